"""What is checked before there is any load: the target, the safety rules, the expressions.

Used by the command line before it starts anything, and again by a scenario that locust runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loadtests import channels, marks, target, thresholds
from loadtests.calls import Caller, Gate
from loadtests.catalogue import Entry
from loadtests.coordinator import Coordinator
from loadtests.dispatch import Wire
from loadtests.errors import UsageError
from loadtests.options import Options
from loadtests.safety import check
from loadtests.target import Target
from loadtests.thresholds import Measured
from loadtests.verdict import read_baseline

PROBE_TIMEOUT_S = 10.0


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What the checks found: where the run goes, and what it will be judged by."""

    target: Target
    expressions: list[str]
    baseline: Measured | None


def check_all(options: Options, entry: Entry) -> Checked:
    """Check everything that can be checked without load, one harmless call included.

    Raises:
        UsageError: options, profile, expressions or baseline are wrong, or the rules forbid the
            run.
        Unreachable: nobody answers, or not with the dispatch API.
    """
    expressions = thresholds.read(options.fail, entry.distributions, entry.scalars)
    baseline = read_baseline(Path(options.baseline)) if options.baseline else None
    wanted = resolve_target(options)
    check(options, wanted, entry)
    probe(wanted)
    return Checked(target=wanted, expressions=expressions, baseline=baseline)


def resolve_target(options: Options) -> Target:
    """The target that the options name.

    Raises:
        UsageError: none is named, or its profile is wrong.
    """
    if options.target:
        return target.read(Path(options.target), endpoint=options.endpoint)
    if options.endpoint:
        return target.at(options.endpoint)
    raise UsageError("name a target: --endpoint HOST:PORT or --target FILE")


def probe(wanted: Target) -> None:
    """Make one harmless call, so that a wrong address is told before anything starts.

    Raises:
        Unreachable: nobody answers, or not with the dispatch API.
        UsageError: the target refuses our credentials or our microgrids.
    """
    run = marks.new_run_id(1)
    grids = marks.microgrids_of(run, wanted.dispatch.microgrid_ids)
    with _coordinator(wanted, run, grids) as coordinator:
        coordinator.check()


def sweep(wanted: Target, run: str) -> tuple[int, int]:
    """Delete what a crashed run left; how many dispatches were deleted and how many are left.

    Raises:
        UsageError: not a run id, or the target refuses our credentials.
        Unreachable: nobody answers.
    """
    try:
        grids = marks.microgrids_of(run, wanted.dispatch.microgrid_ids)
    except ValueError as error:
        raise UsageError(str(error)) from None
    with _coordinator(wanted, run, grids) as coordinator:
        coordinator.check()
        return coordinator.sweep()


@contextmanager
def _coordinator(wanted: Target, run: str, grids: tuple[int, ...]) -> Iterator[Coordinator]:
    wire = Wire(wanted.dispatch.generation)
    channel = channels.connect(wanted)
    try:
        call = Caller(wanted, wire, channel, Gate(wanted), timeout_s=PROBE_TIMEOUT_S)
        yield Coordinator(run, grids, wire, call)
    finally:
        channel.close()
