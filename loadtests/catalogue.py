"""The scenarios by their stable names, without importing any of them (locust would come along).

CI refers to the ids; the aliases are for people. Sizes are those of a laptop run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fixtures.documents.names import nearest
from loadtests.errors import UsageError

SCENARIOS_DIR = Path(__file__).parent / "scenarios"

UNARY = tuple(
    f"unary.{method}{suffix}"
    for method in (
        "CreateMicrogridDispatch",
        "UpdateMicrogridDispatch",
        "DeleteMicrogridDispatch",
        "ListMicrogridDispatches",
    )
    for suffix in ("", ".service")
)
STREAMED = ("deliver.dispatch", "open.dispatch", "gap.dispatch", "spread.dispatch", "lag.dispatch")
HARNESS = ("harness.lateness", "harness.lateness.engine")
SCALARS = (
    "failures",
    "offered_per_s",
    "achieved_per_s",
    "dropped",
    "deliveries_per_s",
    "messages_per_s",
    "bytes_per_s",
    "cpu.engine_us_per_message",
)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A scenario: its id, alias, file, a line for people, default options and metric names."""

    id: str
    alias: str
    file: str
    summary: str
    defaults: Mapping[str, Any] = field(default_factory=dict)
    distributions: tuple[str, ...] = ()
    scalars: tuple[str, ...] = SCALARS
    is_disruptive: bool = False

    @property
    def path(self) -> Path:
        """The scenario module, which is a plain locustfile too."""
        return SCENARIOS_DIR / self.file


ENTRIES = (
    Entry(
        id="L-DSP-1",
        alias="dispatch-fanout",
        file="dispatch_fanout.py",
        summary="dispatch: every change reaches every subscriber, once, in order, and how fast",
        defaults={"subscribers": 100, "rate": 20.0},
        distributions=(*UNARY, *STREAMED, *HARNESS),
    ),
    Entry(
        id="L-DSP-2",
        alias="dispatch-paging",
        file="dispatch_paging.py",
        summary="dispatch: lists walked page by page during writes show untouched items once",
        defaults={"subscribers": 0, "rate": 20.0, "walkers": 5, "population": 400},
        distributions=(*UNARY, "walk.dispatch", *HARNESS),
        scalars=(*SCALARS, "walks_per_s"),
    ),
    Entry(
        id="L-DSP-3",
        alias="dispatch-churn",
        file="dispatch_churn.py",
        summary="dispatch: streams opened and cancelled at a rate, beside steady ones",
        defaults={"subscribers": 20, "rate": 10.0, "flaps": 20.0},
        distributions=(*UNARY, *STREAMED, "open.flap", "deliver.dispatch.quiet", *HARNESS),
        scalars=(*SCALARS, "churn.open_rate", "churn.deliver_ratio"),
        is_disruptive=True,
    ),
)


def find(name: str) -> Entry:
    """The scenario with this id or alias, in any case.

    Raises:
        UsageError: there is none; names the nearest one and all of them.
    """
    wanted = name.lower()
    for entry in ENTRIES:
        if wanted in (entry.id.lower(), entry.alias):
            return entry
    names = [known for entry in ENTRIES for known in (entry.id.lower(), entry.alias)]
    near = nearest(wanted, names, cutoff=0.4)
    ids = {alias: entry.id for entry in ENTRIES for alias in (entry.id.lower(), entry.alias)}
    hint = f"; did you mean {ids[near]}?" if near else "."
    known = ", ".join(f"{entry.id} ({entry.alias})" for entry in ENTRIES)
    raise UsageError(f"no load scenario {name!r}{hint} There are {known}")
