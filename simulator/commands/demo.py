"""`gridproof demo`: the main job in one go, each step by the command that a person would type.

Serves a shipped site, asks for dispatches through the API, simulates what they deliver, judges the
server, loads it for a moment, and says where the reports are. Every command is printed first.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from fixtures.terminal import Exit, say

from .serving import serving

SITE = "commercial"
START = "2026-06-15T00:00:00+02:00"
MICROGRID = 2

ASKED: tuple[dict[str, Any], ...] = (
    {
        "type": "set_power",
        "start_time": "2026-06-16T15:00:00Z",
        "duration": 4 * 3600,
        "target": {"component_categories_types": {"categories": [{"category": 5}]}},
        "is_active": True,
        "payload": {"power_w": -140_000, "note": "sell four hours of the evening peak"},
        "recurrence": {"freq": "FREQUENCY_DAILY", "interval": 1, "end_criteria": {"count": 3}},
    },
    {
        "type": "self_consumption",
        "start_time": "2026-06-20T04:00:00Z",
        "duration": 14 * 3600,
        "target": {"component_ids": {"ids": [7]}},
        "is_active": True,
        "payload": {"reserve_soc": 0.4, "note": "keep a reserve over Saturday"},
    },
)
"""Asked for through the API, beside the schedule that the scenario brings."""


class Story(StrEnum):
    """What can be told instead."""

    BURNING_METER = "burning-meter"


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the reports.")] = Path("gridproof-demo"),
    story: Annotated[
        Story | None, typer.Option(help="Tell this story instead, with curl alone.")
    ] = None,
) -> None:
    """Serve a site, dispatch through the API, simulate, judge, load: reports in one folder."""
    began = time.monotonic()
    out.mkdir(parents=True, exist_ok=True)
    if story is not None:
        from .story import tell

        tell(out)
        return
    with serving(out, [SITE, "--start", START]) as addresses:
        address = addresses["grpc"]
        _title("Ask for dispatches through the API")
        for asked in ASKED:
            say(f"  created dispatch {_create(address, asked)}: {asked['payload']['note']}")

        _title("What the schedule would really do to the site")
        _step(
            [
                *("simulate", SITE, "--dispatches-from", address),
                *("--microgrid-id", str(MICROGRID), "--out", str(out / "simulation")),
            ],
            good={Exit.GOOD},
        )

        _title("Does the server behave as documented?")
        target = out / "target.yaml"
        target.write_text(
            f'endpoint: "{address}"\n'
            "caps: {max_rate: 1000, max_calls: 20000}\n"
            'services: {dispatch: {generation: "1.1", simulated_site: true, clock: simulated}}\n'
        )
        judged = _step(
            # Only the MUST rows: several of the others watch a stream in silence for a minute.
            [
                *("conform", "--target", str(target), "--profile", "staging", "--allow-writes"),
                *("--level", "must", "-n", "2", "--report", str(out / "conformance")),
            ],
            good={Exit.GOOD, Exit.BAD},
        )

        _title("Does the stream hold under load, and lose nothing?")
        loaded = _step(
            [
                *("load", "L-DSP-1", "--endpoint", address, "--subscribers", "20"),
                *("--rate", "20", "--duration", "8s", "--warmup", "1s"),
                *("--report", str(out / "load")),
            ],
            good={Exit.GOOD, Exit.BAD, Exit.INCONCLUSIVE},
        )

    _title(f"Done in {time.monotonic() - began:.0f} s; the reports")
    for name, what in (
        ("simulation/summary.json", "what each occurrence asked and delivered; tables, plots"),
        ("conformance/report.html", "every requirement with its verdict"),
        ("load/report.html", "latencies, integrity, thresholds"),
    ):
        say(f"  {out / name}  {what}")
    if Exit.BAD in (judged, loaded):
        raise SystemExit(int(Exit.BAD))


def _title(text: str) -> None:
    say(f"\n== {text}")


def _step(words: Sequence[str], *, good: set[Exit]) -> int:
    """Run one of our own commands; leave with its code unless that is a `good` one."""
    say(f"$ gridproof {' '.join(words)}")
    code = subprocess.run([sys.executable, "-m", "gridproof", *words], check=False).returncode
    if code not in good:
        raise SystemExit(code)
    return code


def _create(address: str, asked: dict[str, Any]) -> int:
    """Create a dispatch, given in the JSON form of the API; return its id."""
    import grpc
    from google.protobuf.json_format import ParseDict

    from fixtures.contracts import load

    contract = load("dispatch")
    method = contract.methods("frequenz.api.dispatch.v1.MicrogridDispatchService")[
        "CreateMicrogridDispatch"
    ]
    request = ParseDict(
        {"microgrid_id": MICROGRID, "dispatch_data": asked},
        method.request(),
        descriptor_pool=contract.pool,
    )
    with grpc.insecure_channel(address) as channel:
        call = channel.unary_unary(
            method.path,
            request_serializer=method.request.SerializeToString,
            response_deserializer=method.response.FromString,
        )
        answer: Any = call(request, timeout=10)
    return int(answer.dispatch.metadata.dispatch_id)
