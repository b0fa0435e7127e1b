"""A scenario as the conductor sees it: which users, which rates, what is special."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from locust import User

from loadtests.catalogue import Entry
from loadtests.course import cuts
from loadtests.options import Options

Roles = Mapping[type[User], int]

QUIET_SHARE = 1 / 3
"""How much of the measured time passes before a run that disturbs its streams begins to."""


def _nobody(options: Options) -> Roles:
    return {}


def _writes(options: Options) -> Mapping[str, float]:
    return {"write": options.rate}


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What distinguishes one load scenario from another.

    Attributes:
        entry: its name, defaults and what its streams do.
        writer: serves arrivals of `write`.
        reader: reads one stream, on the greenlet plane.
        engine: keeps a process that reads this process's share, on the engine plane.
        others: how many users of further classes, given the options.
        rates: arrivals per second of each kind of work, in total.
        workers: the class that does each kind of work, if it is not the writer.
        starts_late: kinds of work that begin only after the quiet share of the measured time.
    """

    entry: Entry
    writer: type[User] | None = None
    reader: type[User] | None = None
    engine: type[User] | None = None
    others: Callable[[Options], Roles] = _nobody
    rates: Callable[[Options], Mapping[str, float]] = _writes
    workers: Mapping[str, type[User]] = field(default_factory=dict)
    starts_late: tuple[str, ...] = ()

    def roles(self, options: Options, nodes: int) -> Roles:
        """How many users of each class, given the options and the number of processes."""
        streams, in_engine = options.subscribers, options.reads_in_engine
        found: dict[type[User], int] = {}
        if self.writer:
            found[self.writer] = options.max_inflight if options.rate else 0
        if self.reader:
            found[self.reader] = 0 if in_engine else streams
        if self.engine:
            found[self.engine] = nodes if in_engine and streams else 0
        return {**found, **self.others(options)}

    def worker(self, work: str) -> str:
        """The name of the user class that does a kind of work."""
        found = self.workers.get(work, self.writer)
        return found.__name__ if found else ""

    def order(
        self, options: Options, *, start_us: int, measure_us: int, end_us: int
    ) -> dict[str, Any]:
        """When everything begins and ends, for the order that starts the run."""
        span_us, behaviour = end_us - measure_us, self.entry.behaviour
        late_us = measure_us + round(span_us * QUIET_SHARE)
        is_disturbed = behaviour.stalls or any(self.rates(options)[n] for n in self.starts_late)
        stall_us = round(options.stall * 1e6)
        storms = options.storms if behaviour.storms else 0
        return {
            "start_us": start_us,
            "measure_us": measure_us,
            "end_us": end_us,
            "quiet_until_us": late_us if is_disturbed else 0,
            "storms_us": [measure_us + span_us * n // (storms + 1) for n in range(1, storms + 1)],
            "cuts": cuts(
                options.subscribers if behaviour.cuts else 0,
                options.cut_share,
                measure_us,
                end_us,
                seed=options.seed,
            ),
            "stall_us": [late_us, late_us + stall_us] if behaviour.stalls else [0, 0],
            "rates": {
                name: {"rate": rate, "start_us": late_us if name in self.starts_late else start_us}
                for name, rate in self.rates(options).items()
            },
        }
