"""Keeps locust's own tables from growing with the run: a soak must not leak itself.

Locust counts the requests of every second for as long as it runs, though it reads the last twelve
only, and copies all response times each second, which only its web page looks at.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import gevent

if TYPE_CHECKING:
    from locust.env import Environment
    from locust.stats import RequestStats

KEPT_S = 60
"""So many of the latest seconds stay in the tables."""
EVERY_S = 10.0


def tend(environment: Environment) -> None:
    """Forget what lies behind, again and again; runs until it is killed."""
    if environment.web_ui is None:
        spare_copies(environment.stats)
    while True:
        gevent.sleep(EVERY_S)
        forget(environment.stats, before_s=time.time() - KEPT_S)


def spare_copies(stats: RequestStats) -> None:
    """Let no response times be copied; percentiles of the whole run are as they were."""
    stats.use_response_times_cache = False
    entries: list[Any] = [stats.total, *stats.entries.values()]
    for entry in entries:
        entry.use_response_times_cache = False
        entry.response_times_cache = None


def forget(stats: RequestStats, *, before_s: float) -> None:
    """Drop the counts of all seconds before an instant; totals stay."""
    for entry in (stats.total, *stats.entries.values()):
        for counts in (entry.num_reqs_per_sec, entry.num_fail_per_sec):
            for second in [second for second in counts if second < before_s]:
                del counts[second]
