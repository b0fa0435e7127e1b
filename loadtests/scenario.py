"""A scenario as the conductor sees it: which users, which rates, what is special."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from locust import User

from loadtests.catalogue import Entry
from loadtests.options import Options

Roles = Mapping[type[User], int]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What distinguishes one load scenario from another.

    Attributes:
        entry: its name and defaults.
        roles: how many users of each class, given the options and the number of processes.
        rates: arrivals per second of each kind of work, in total.
        workers: the name of the user class that does each kind of work.
        starts_late: kinds of work that begin after this share of the measured time.
    """

    entry: Entry
    roles: Callable[[Options, int], Roles]
    rates: Callable[[Options], Mapping[str, float]]
    workers: Mapping[str, str]
    starts_late: Mapping[str, float] = field(default_factory=dict)

    def work(self, options: Options, *, start_us: int, measure_us: int, end_us: int) -> Any:
        """Rates and starts of each kind of work, for the order that starts the run."""
        late = {
            name: measure_us + round((end_us - measure_us) * share)
            for name, share in self.starts_late.items()
        }
        return {
            name: {"rate": rate, "start_us": late.get(name, start_us)}
            for name, rate in self.rates(options).items()
        }
