"""How close a run comes to the least that its site could cost over the same stretch.

For a few frozen scenarios that least cost was computed once by linear programming
(`python -m benchmarks.reference_costs`) and is kept with its inputs in `fixtures/data/optima`. The
programme leaves out what only makes things dearer (tapers, standby and quadratic losses, faults,
the import limit, what happens inside a quarter hour), so that no run can cost less.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Any

from simulator.microgrid.scenario import Scenario

FOLDER = resources.files("fixtures.data") / "optima"
_SITE = {"components", "connections", "loads", "inputs", "tariff"}
_META = {"zone", "holidays", "seed", "start_us", "end_us"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Optimum:
    """Costs of one stretch of one site, in its tariff's currency.

    Attributes:
        scenario: name of the shipped scenario.
        digest: of everything that the costs follow from.
        idle: cost with batteries that do nothing.
        least: cost that no schedule can undercut.
    """

    scenario: str
    digest: str
    idle: float
    least: float

    def reached(self, cost: float) -> float:
        """Share of the possible saving that a cost makes good: 1 is all, below 0 is a loss."""
        return (self.idle - cost) / (self.idle - self.least)


def optimum_of(scenario: Scenario, start_us: int, end_us: int, seed: int) -> Optimum | None:
    """Return what is known of a stretch of a site, whatever its schedule; mostly nothing."""
    if (start_us, end_us, seed) != (
        scenario.meta.start_us,
        scenario.meta.end_us,
        scenario.meta.seed,
    ):
        return None
    return _kept().get(digest(scenario))


def digest(scenario: Scenario) -> str:
    """Return a text that changes with the site, its inputs, its tariff or the stretch."""
    site = scenario.model_dump(mode="json", include=_SITE)
    meta = scenario.meta.model_dump(mode="json", include=_META)
    text = json.dumps([site, meta], sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:16]


def section(optimum: Optimum, cost: float) -> dict[str, Any]:
    """Return the value of the key `optimum` of summary.json."""
    return {
        "idle_cost": optimum.idle,
        "least_cost": optimum.least,
        "reached": optimum.reached(cost),
    }


@cache
def _kept() -> Mapping[str, Optimum]:
    entries = json.loads((FOLDER / "optima.json").read_text("utf-8"))
    return {entry["digest"]: Optimum(**entry) for entry in entries}


def sentence(summary: Mapping[str, Any]) -> str:
    """Return what people are told of the key `optimum` of a summary that has it."""
    known, bill = summary["optimum"], summary["site"]["cost"]
    worse = ", so that leaving the batteries idle is cheaper" if known["reached"] < 0.0 else ""
    return (
        f"Reaches {known['reached']:.0%} of the optimum{worse}: this costs {bill['total']:,.2f}, "
        f"idle batteries {known['idle_cost']:,.2f}, and no schedule less than "
        f"{known['least_cost']:,.2f} {summary['site']['currency']}."
    )
