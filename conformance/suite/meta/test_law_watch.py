"""Whatever happens to a watch, its clients end up with what List shows (seed 003, watches).

The machine of `laws.watch_machine` draws writes, cuts, old tokens, resets and sizes; a breach is
reported under the requirement that it breaks.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import islice

import pytest

from conformance.judging import by_depth, explore, requirement, sampled
from conformance.strategies.meta_histories import Step, histories
from conformance.suite.laws.watch import View
from conformance.suite.laws.watch_histories import telling
from conformance.suite.laws.watch_machine import WIDE, Machine
from conformance.suite.meta.watched import Watched
from conformance.targets.meta import MetaTarget

SETS = (View(chunk=1), View(chunk=2, narrow=True, inside=True), View(chunk=3, inside=True))
WINDOWS = (
    View(stateful=True, chunk=1, page=WIDE),
    View(stateful=True, page=3, narrow=True, inside=True),
    View(stateful=True, chunk=2, page=2),
)
BOTH = (View(chunk=2), View(stateful=True, chunk=2, page=WIDE))
EITHER = (
    "META-CHK-001",
    "META-CHK-002",
    "META-CHK-004",
    "META-CHK-005",
    "META-CHK-012",
    "META-CHK-016",
    "META-CHK-018",
    "META-CHK-023",
)
SET = (
    "META-CHK-013",
    "META-WSL-001",
    "META-WSL-004",
    "META-RSM-001",
    "META-RSM-003",
    "META-RSM-006",
    "META-RSM-007",
    "META-RST-001",
    "META-RST-004",
    "META-RST-005",
    "META-SZ-001",
    "META-SZ-002",
)
WINDOW = ("META-WST-002", "META-WST-003", "META-WST-005", "META-WST-006", "META-WST-008")
"""What the law finds broken, in watches of both types and of one."""

STEPS = 14

ENOUGH_S = 30.0
"""No sequence begins after this: where changes take long, fewer have to do."""


def judge(
    target: MetaTarget,
    kind: str,
    views: Sequence[View],
    examples: int,
    every: int = 1,
) -> None:
    """Draw sequences for clients of these views, after each n-th of the telling ones.

    Where calls are few, only one of the telling ones is taken, for fewer clients.
    """
    began = time.monotonic()
    views = sampled(views, 2)

    def body(steps: Sequence[Step]) -> None:
        if time.monotonic() - began < ENOUGH_S:
            Machine(Watched(target, kind), views).run(steps)

    capabilities = target.capabilities
    drawn = histories(watchers=len(views), capabilities=capabilities, max_steps=STEPS)
    known = telling(capabilities, at_once=by_depth(full=False, staging=True))
    directed = sampled([*islice(known, 0, None, every)], 1)
    count = by_depth(full=examples, staging=0)
    explore(body, examples=count, directed=directed, steps=drawn)


@requirement(*EITHER, *SET, needs=["mutate"])
def test_sets_come_right(meta: MetaTarget) -> None:
    judge(meta, "regions", SETS, 30)


@requirement(*EITHER, *WINDOW, needs=["mutate"])
def test_windows_come_right(meta: MetaTarget) -> None:
    judge(meta, "regions", WINDOWS, 20, every=2)


@requirement("META-CHK-023", needs=["mutate", "full"])
@pytest.mark.parametrize("kind", ["services", "resources"])
def test_other_kinds_come_right(meta: MetaTarget, kind: str) -> None:
    judge(meta, kind, BOTH, 2, every=4)


@requirement("META-CHK-023", needs=["mutate", "rest"])
def test_watches_over_rest_come_right(meta: MetaTarget) -> None:
    judge(meta.over_rest(), "regions", BOTH, 3, every=3)
