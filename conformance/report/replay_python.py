"""A counter-example as a Python script that needs grpcio and protobuf, and nothing of ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conformance.report.replay_plan import Context, plan

TEMPLATE = Path(__file__).with_name("replay_template.py.txt")


def script(row: dict[str, Any], context: Context) -> str:
    """The script for one row of the report.

    Args:
        row: with a counter-example, redacted.
        context: of the target.
    """
    steps = json.dumps(plan(row["counterexample"]["steps"]), ensure_ascii=True, indent=1)
    return (
        TEMPLATE.read_text(encoding="utf-8")
        .replace("@ID@", row["id"])
        .replace("@TEXT@", _plain(row["text"]))
        .replace("@REASON@", _plain(row["reason"]))
        .replace("@ENDPOINT@", context.endpoint)
        .replace("@HTTP@", context.http)
        .replace("@FILE@", context.file)
        .replace("@SERVICES@", repr(context.replay.services))
        .replace("@TLS@", repr(context.tls))
        .replace("@METADATA@", repr(list(context.replay.metadata)))
        .replace("@STEPS@", steps.replace("\\", "\\\\").replace("'''", "\\'\\'\\'"))
    )


def _plain(text: str) -> str:
    printable = "".join(c if c.isprintable() else " " for c in text)
    return printable.replace("\\", "\\\\").replace('"""', "'''")


__all__ = ["Context", "script"]
