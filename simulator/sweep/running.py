"""Gets a plan done: hands out jobs a few ahead of the workers, keeps outcomes as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, wait
from itertools import islice

from .crews import Crew
from .errors import Unreachable, WorkersLost
from .plan import Plan, Point
from .results import Results
from .work import Job, Outcome, execute_all

AHEAD = 2
"""Hand-outs for each worker, so that none waits for the next."""
TOGETHER = {"reference": 1, "batch": 100, "compiled": 200}
"""Jobs in one hand-out, at most: as many as an engine likes to run side by side."""


def run_all(plan: Plan, results: Results, crew: Crew, report: Callable[[int, int], None]) -> None:
    """Do the runs of a plan that are not finished yet; failed ones are tried again.

    `report` is called with the runs done now and how many of them failed.

    Raises:
        WorkersLost: a local worker process died.
        Unreachable: a cluster lost its workers, or it is gone.
    """
    left = unfinished(plan, results)
    # No worker gets all there is; each gets as much at a time as its engine likes.
    together = min(TOGETHER[plan.engine], max(-(-len(left) // crew.size), 1))
    todo = iter(left)
    waiting: set[Future[tuple[Outcome, ...]]] = set()
    done = failed = 0
    while True:
        while len(waiting) < _ahead(crew):
            jobs = tuple(_job(plan, each) for each in islice(todo, together))
            if not jobs:
                break
            waiting.add(crew.executor.submit(execute_all, jobs))
        if not waiting:
            return
        finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        # Runs that end together are kept in the order of the plan.
        for outcome in sorted(_outcomes(finished), key=lambda each: each.run):
            results.add(outcome)
            done += 1
            failed += outcome.error is not None
            report(done, failed)


def unfinished(plan: Plan, results: Results) -> list[Point]:
    """Return what is still to do."""
    good = {run for run, each in results.outcomes.items() if each.error is None}
    return [each for each in plan.points if each.run not in good]


def _ahead(crew: Crew) -> int:
    return 1 if crew.size == 1 else AHEAD * crew.size


def _outcomes(futures: Iterable[Future[tuple[Outcome, ...]]]) -> Iterable[Outcome]:
    for future in futures:
        try:
            yield from future.result()
        except BrokenExecutor:
            raise WorkersLost("a worker process died in the middle of a run") from None
        except (CancelledError, Exception) as error:
            # `execute` tells its own errors, so this one comes from the cluster.
            raise Unreachable(f"the cluster did not finish a run: {error}") from None


def _job(plan: Plan, point: Point) -> Job:
    paths = (each.key.path for each in plan.variations)
    return Job(
        run=point.run,
        base=plan.base,
        changes=tuple(zip(paths, point.values, strict=True)),
        seed=point.seed,
        engine=plan.engine,
    )
