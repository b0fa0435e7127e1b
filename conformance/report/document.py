"""`report.json`: the whole result as data (schema 1)."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import asdict
from importlib import metadata
from typing import Any

from conformance.run.result import Result
from conformance.targets.apis import APIS
from conformance.targets.profile import Target
from conformance.verdicts import Row, summary

SCHEMA = 1


def document(result: Result) -> dict[str, Any]:
    """The result as JSON-able data; credentials are taken out by `redaction`."""
    settings = result.settings
    replayed = {} if result.replayed is None else {"history": asdict(result.replayed)}
    return {
        "schema": SCHEMA,
        "gridproof": version(),
        "target": target(result),
        **replayed,
        "profile": "replay" if replayed else settings.depth,
        "seed": settings.seed,
        "started": result.started.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "duration_s": round(result.duration_s, 3),
        "calls": result.calls,
        "residue": result.residue,
        "summary": summary(result.rows),
        "requirements": [requirement(row, result) for row in result.rows],
    }


def target(result: Result) -> dict[str, Any]:
    """What was judged, without anything secret."""
    target = result.settings.target
    return {
        "endpoint": address(target),
        "tls": target.tls is not None,
        "contract": target.contract,
        "run_id": result.settings.run_id,
        "writes": result.settings.writes,
        "services": {
            name: APIS[name].described(target) for name in target.services.claimed if name in APIS
        },
    }


def address(target: Target) -> str | None:
    """Where the target is: its endpoint, or the URL of one that has no gRPC."""
    exchange = target.services.exchange
    return target.endpoint or target.http or (exchange.url if exchange else None)


def requirement(row: Row, result: Result) -> dict[str, Any]:
    """One row of the report."""
    return {
        "id": row.requirement.id,
        "service": row.requirement.service,
        "level": row.requirement.level,
        "text": row.requirement.text,
        "source": row.requirement.source,
        "verdict": row.verdict,
        "reason": row.reason,
        "checks": list(row.checks),
        "observed": [
            {"trait": o["trait"], "reading": o["reading"]} for o in _distinct(row.observed)
        ],
        "counterexample": counterexample(row, result),
    }


def counterexample(row: Row, result: Result) -> dict[str, Any] | None:
    """The exchange that shows a finding, and the command that repeats it."""
    if row.failure is None or "steps" not in row.failure:
        return None
    return {"steps": row.failure["steps"], "replay": replay_command(row, result)}


def replay_command(row: Row, result: Result) -> str:
    """One command that runs the checks of this requirement again with the same input."""
    parts = ["--only", row.requirement.id]
    if result.replayed is None:
        parts += ["--seed", str(result.settings.seed)]
    return f"{result.options_replay} {shlex.join(parts)}"


def version() -> str:
    """The version of this tool."""
    try:
        return metadata.version("gridproof")
    except metadata.PackageNotFoundError:
        return "0+unknown"


def _distinct(observed: tuple[Mapping[str, Any], ...]) -> list[Mapping[str, Any]]:
    return list({(o["trait"], o["reading"]): o for o in observed}.values())
