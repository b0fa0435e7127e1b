"""Replay scripts of an API with several services, a hook and REST."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from conformance.report.replay import write
from conformance.report.replay_plan import plan
from conformance.targets.profile import MetaProfile, Services, Target
from conformance.tests.targets.meta_server import Registry, served

STEPS: list[dict[str, Any]] = [
    {
        "kind": "hook",
        "method": "upsert",
        "at_us": 1,
        "request": {"resource": {"name": "services/s.test"}},
        "reply": {"ok": True},
        "took_ms": 1.0,
    },
    {
        "kind": "call",
        "method": "ListServices",
        "at_us": 1,
        "request": {"page_size": 1},
        "reply": {"services": [], "next_page_token": "tok"},
        "took_ms": 1.0,
    },
    {
        "kind": "call",
        "method": "GET /v1alpha2/services",
        "at_us": 1,
        "request": {"query": [["pageToken", "tok"], ["filter", 'a "$x"']]},
        "status": {"code": "HTTP 400", "details": "no"},
        "took_ms": 1.0,
    },
    {
        "kind": "open",
        "method": "POST /v1alpha2/services/s.test:watch",
        "stream": 1,
        "at_us": 1,
        "request": {},
    },
    {"kind": "call", "method": "CreateRegion", "at_us": 1, "request": {"bytes_base64": ""}},
]

ROW = {
    "id": "META-GET-001",
    "service": "meta",
    "text": "t",
    "reason": "r",
    "counterexample": {"steps": STEPS},
}


def written(folder: Path, endpoint: str = "127.0.0.1:1", url: str = "http://127.0.0.1:1") -> None:
    target = Target(endpoint=endpoint, http=url, services=Services(meta=MetaProfile()))
    write({"requirements": [ROW]}, target, folder)


def test_hook_steps_stay_and_http_is_told_apart() -> None:
    hook, listed, got, watch, raw = plan(STEPS)
    assert (hook["kind"], listed["saves"]) == ("hook", {"v1": "next_page_token"})
    assert got["http"] == ["GET", "/v1alpha2/services"]
    assert got["request"]["query"][0] == ["pageToken", "{{v1}}"]
    assert watch["http"] == ["POST", "/v1alpha2/services/s.test:watch"]
    assert "bytes" in raw


def test_python_script_speaks_both(tmp_path: Path) -> None:
    registry = Registry(token="Bearer t")
    for name in ("services/a.test", "services/s.test"):
        registry.upsert({"name": name})
    with served(registry) as (endpoint, url):
        written(tmp_path, endpoint, url)
        done = subprocess.run(
            [sys.executable, "META-GET-001.py"],
            cwd=tmp_path,
            env={"GRIDPROOF_METADATA": "authorization: Bearer t"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert done.returncode == 0, done.stderr
    assert "!! the mutation hook did: upsert" in done.stdout
    assert '<- OK {"services": [{"name": "services/a.test"}], "next_page_token": "r.e.O.1"' in (
        done.stdout
    )
    assert '<- HTTP 200 {"services": [{"name": "services/s.test"}]}' in done.stdout
    assert '   event {"result": ' in done.stdout
    assert "<- UNIMPLEMENTED" in done.stdout


def test_shell_script_calls_grpcurl_and_curl(tmp_path: Path) -> None:
    written(tmp_path)
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, answer in (("grpcurl", '{"nextPageToken": "tok2"}'), ("curl", "{}"), ("jq", "tok2")):
        (tools / name).write_text(f"#!/usr/bin/env bash\necho {name} \"$@\" >&2\necho '{answer}'\n")
        (tools / name).chmod(0o755)
    done = subprocess.run(
        ["bash", "META-GET-001.sh", "host:1", "http://host:2/"],
        cwd=tmp_path,
        env={"PATH": f"{tools}:/usr/bin:/bin", "GRIDPROOF_METADATA": "authorization: Bearer t"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    grpcurl = next(line for line in done.stderr.splitlines() if line.startswith("grpcurl"))
    assert "-H authorization: Bearer t" in grpcurl
    assert grpcurl.endswith("host:1 ntt.meta.v1alpha2.ServiceService/ListServices")
    get, watch = (line for line in done.stderr.splitlines() if line.startswith("curl"))
    assert '--data-urlencode pageToken=tok2 --data-urlencode filter=a "$x"' in get
    assert get.endswith("http://host:2/v1alpha2/services")
    assert "-X POST" in watch
