"""The summary of a run as plain data: `summary.json`, schema 1.

Everything else in a report is made from it. It holds no credentials: of the target only the
address is named.
"""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from typing import Any

from loadtests.catalogue import Entry
from loadtests.histogram import Histogram
from loadtests.memory import Growth
from loadtests.outcome import Outcome
from loadtests.plan import version
from loadtests.verdict import Verdict, shown

SCHEMA = 1
PERCENTILES = {"p50": 50.0, "p90": 90.0, "p99": 99.0, "p99.9": 99.9, "max": 100.0}
PART_SCALARS = ("offered_per_s", "achieved_per_s", "deliveries_per_s", "failures")
COUNTED = ("lag.", "batch.")
"""Distributions of counts; all others are microseconds, shown as milliseconds."""


def build(outcome: Outcome, verdict: Verdict, entry: Entry) -> dict[str, Any]:
    """The summary. Latencies in `metrics` are milliseconds, in their histograms microseconds."""
    options = outcome.plan.options
    counts = outcome.totals.counts
    return {
        "schema": SCHEMA,
        "gridproof": version(),
        "scenario": entry.id,
        "run": outcome.plan.run,
        "target": outcome.plan.target.endpoint,
        "started": outcome.started,
        "measured_s": round(outcome.measured_s, 3),
        "seed": options.seed,
        "plane": " and ".join(_planes(outcome)),
        "verify": options.verify,
        "options": {**options.to_json(), "lifeline": None},
        "environment": _environment(outcome),
        "verdict": {
            "exit": int(verdict.exit),
            "name": verdict.exit.name.lower(),
            "errors": list(verdict.errors),
            "bad": list(verdict.bad),
            "inconclusive": list(verdict.inconclusive),
        },
        "integrity": {
            "codes": list(entry.codes),
            "violations": outcome.integrity,
            "total": sum(outcome.integrity.values()),
            "waived": dict(verdict.waived),
            "streams": outcome.watched,
            "lagging": outcome.lagging,
        },
        "thresholds": [
            {
                "expression": item.threshold.text,
                "result": str(item.result),
                "measured": shown(item),
                "value": item.value,
                "bound": item.threshold.bound,
                "reason": item.reason,
            }
            for item in verdict.judgements
        ],
        "scalars": {name: round(value, 6) for name, value in sorted(outcome.scalars().items())},
        "metrics": {
            name: metric(name, histogram)
            for name, histogram in sorted(outcome.totals.distributions.items())
            if histogram.count
        },
        "failures": {
            name.removeprefix("failed."): count
            for name, count in sorted(counts.items())
            if name.startswith("failed.")
        },
        "flags": {
            "saturated": outcome.is_saturated,
            "client_saturated": outcome.is_client_saturated,
            "clock_uncertain": outcome.clock_is_uncertain,
        },
        "streams": {name: outcome.streams[name] for name in ("opened", "closed")},
        "memory": {
            name.split(".")[1].split("_")[0]: _memory(growth)
            for name, growth in outcome.growths().items()
        },
        "parts": [_part(part) for part in outcome.parts],
        "residue": outcome.residue,
        "notes": list(outcome.notes),
    }


def metric(name: str, histogram: Histogram) -> dict[str, Any]:
    """Count and percentiles of a distribution; None where the samples are too few."""
    scale = 1 if name.startswith(COUNTED) else 1000
    found: dict[str, Any] = {
        "unit": "count" if scale == 1 else "ms",
        "count": histogram.count,
        "mean": round(histogram.total / histogram.count / scale, 3),
    }
    for label, percent in PERCENTILES.items():
        value = histogram.percentile(percent) if histogram.is_enough_for(percent) else None
        found[label] = None if value is None else round(value / scale, 3)
    return {**found, "histogram": histogram.to_json()}


def _planes(outcome: Outcome) -> list[str]:
    """Who read the streams; several if the parts of a run differ."""
    watching = [part for part in outcome.parts if part.watched] or [outcome]
    in_engine = {part.plan.options.reads_in_engine for part in watching}
    return ["engine" if here else "greenlet" for here in sorted(in_engine)]


def _memory(growth: Growth | None) -> dict[str, float | None] | None:
    """MB in the end, and MB per hour with the interval in which that lies; None: not measured.

    `history`: what of it may be that of the changes that were committed.
    """
    if growth is None:
        return None
    found: dict[str, float | None] = {"mb": round(growth.held_mb, 2)}
    for label, name in (("mb_per_h", "value"), ("low", "low"), ("high", "high")):
        found[label] = round(getattr(growth.slope, name), 3) if growth.slope else None
    return {**found, "history": round(growth.history, 3)}


def _part(outcome: Outcome) -> dict[str, Any]:
    scalars = outcome.scalars()
    return {
        "scenario": outcome.plan.scenario,
        "run": outcome.plan.run,
        "streams": outcome.watched,
        "violations": sum(outcome.integrity.values()),
        **{name: round(scalars.get(name, 0.0), 6) for name in PART_SCALARS},
    }


def _environment(outcome: Outcome) -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "platform": sys.platform,
        "cores": os.cpu_count(),
        "grpcio": metadata.version("grpcio"),
        "locust": metadata.version("locust"),
        "processes": [{"id": node["id"], "version": node["version"]} for node in outcome.nodes],
    }
