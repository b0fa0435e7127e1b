"""Properties over generated input, with a budget of calls for making a failure smaller.

Hypothesis draws and shrinks; what it costs is ours to bound, because every attempt is a number of
calls to somebody's server. Once a failure was seen, only so many further calls are made; after
that every candidate is turned down unseen, and the smallest failure is raised from memory.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar
from unittest import SkipTest

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis.strategies import SearchStrategy

from conformance.context import DIRECTED, SHARE, Check, current
from conformance.failures import Nonconformance

T = TypeVar("T")


class _Memory:
    """What has failed so far in one exploration."""

    def __init__(self, check: Check) -> None:
        self.check = check
        self.start = check.recorder.mark()
        self.failures: dict[str, Nonconformance] = {}
        self.best: Nonconformance | None = None
        self.stop: BaseException | None = None
        self.calls_at_failure = 0

    def run(self, body: Callable[..., None], arguments: Mapping[str, Any]) -> None:
        """Run one example; a failure keeps only its own exchange."""
        began = self.check.recorder.mark()
        try:
            body(**arguments)
        except Nonconformance as failure:
            failure.example = dict(arguments)
            failure.steps = self.check.recorder.steps(without=(self.start, began))
            self._keep(repr(arguments), failure)
            raise
        except Exception as error:
            # Not a finding: nothing to make smaller, so no further example may run.
            self.stop = error
            raise

    def _keep(self, key: str, failure: Nonconformance) -> None:
        self.failures[key] = failure
        if self.best is None:
            self.calls_at_failure = self.check.recorder.calls
        if self.best is None or failure.what == self.best.what:
            self.best = failure

    @property
    def shrunk(self) -> int:
        """Calls made since the first failure."""
        return self.check.recorder.calls - self.calls_at_failure if self.best else 0

    @property
    def spent(self) -> bool:
        """Whether the calls granted after the first failure are used up."""
        return self.best is not None and self.shrunk >= self.check.shrink_calls


def sampled(items: Sequence[T], at_most: int) -> list[T]:
    """All of them in profile full; otherwise a few, drawn by the seed, in their order."""
    check = current()
    if check.profile == "full" or len(items) <= at_most:
        return list(items)
    chosen = random.Random(check.seed_here).sample(range(len(items)), at_most)
    return [items[index] for index in sorted(chosen)]


def explore(
    body: Callable[..., None],
    *,
    examples: int = 25,
    directed: Iterable[Mapping[str, Any]] = (),
    **strategies: SearchStrategy[Any],
) -> None:
    """Run `body` with drawn keyword arguments; raise the smallest failure found.

    Args:
        body: one example; takes the names of `strategies`.
        examples: drawn ones with profile full; other profiles draw a share of them. 0 is none.
        directed: examples that run first, the most telling one at the front, since profiles
            other than full run only a few.
        strategies: what to draw for each argument.

    Raises:
        Nonconformance: with the example and only its own exchange.
    """
    check = current()
    memory = _Memory(check)
    for arguments in islice(directed, DIRECTED[check.profile]):
        memory.run(body, arguments)
    if not examples:
        return
    # What is drawn first is the simplest of all and tells least: a few calls are too good for it.
    skipped = 0 if check.profile == "full" else 1
    phases = [Phase.generate, Phase.shrink] if check.shrink_calls else [Phase.generate]

    # Database and deadlines stay off: the same seed has to make the same calls, however slow.
    @hypothesis.seed(check.seed_here)
    @settings(
        max_examples=max(1, examples // SHARE[check.profile]) + skipped,
        database=None,
        deadline=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=Verbosity.quiet,
    )
    @given(**strategies)
    def drawn(**arguments: Any) -> None:
        nonlocal skipped
        if memory.stop is not None:
            raise memory.stop
        if skipped:
            skipped -= 1
            return
        known = memory.failures.get(repr(arguments))
        if known is not None:
            raise known
        if memory.spent:
            # Ends the search at once; a rejected example would be drawn anew, hundreds of times.
            raise SkipTest("no call left to make the failure smaller")
        memory.run(body, arguments)

    try:
        drawn()
    except KeyboardInterrupt:
        raise
    except BaseException:
        # Hypothesis may also call it flaky or unsatisfiable once the budget is spent.
        if memory.stop is not None:
            raise memory.stop from None
        if memory.best is not None:
            check.shrunk += memory.shrunk
            raise memory.best from None
        raise
