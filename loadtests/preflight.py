"""What is checked before there is any load: the target, the safety rules, the expressions.

Used by the command line before it starts anything, and again by a scenario that locust runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from loadtests import apis, marks, target, thresholds
from loadtests.apis.base import Context, Desk
from loadtests.calls import Gate
from loadtests.catalogue import ENTRIES, Entry
from loadtests.errors import UsageError
from loadtests.mixture import Part, parts_of
from loadtests.options import Options
from loadtests.safety import check
from loadtests.target import Target
from loadtests.thresholds import Measured
from loadtests.verdict import read_baseline

PROBE_TIMEOUT_S = 10.0
RUN_SEPARATOR = "+"
"""Between the ids of the runs of a mixture."""


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What the checks found: where the run goes, what it does there, what it is judged by."""

    target: Target
    options: Options
    parts: tuple[Part, ...]
    expressions: list[str]
    baseline: Measured | None


def check_all(options: Options, entry: Entry) -> Checked:
    """Check everything that can be checked without load, a harmless call to each API included.

    Raises:
        UsageError: options, profile, expressions or baseline are wrong, or the rules forbid the
            run.
        Unreachable: nobody answers, or not with the API.
    """
    expressions = thresholds.read(options.fail, entry.distributions, entry.figures)
    baseline = read_baseline(Path(options.baseline)) if options.baseline else None
    wanted = resolve_target(options)
    parts = parts_of(options, entry, wanted)
    check(wanted, *parts)
    parts = tuple(
        replace(part, options=writable(part.options, wanted, part.entry)) for part in parts
    )
    for part in parts:
        probe(wanted, part.options, part.entry)
    return Checked(
        target=wanted,
        options=options if entry.parts else parts[0].options,
        parts=parts,
        expressions=expressions,
        baseline=baseline,
    )


def new_id(part: Part) -> str:
    """A fresh id for a run of a part."""
    return marks.new_run_id(apis.PREFIXES[part.entry.api], part.options.grids)


def writable(options: Options, wanted: Target, entry: Entry) -> Options:
    """The options; without writes where the target's API only reads and there is no hook.

    Raises:
        UsageError: the scenario shows nothing without writes.
    """
    api = apis.kind(entry.api)
    if api.can_write(wanted):
        return options
    if entry.needs_writes:
        raise UsageError(f"{entry.id} needs somebody who writes: name {api.how_to_write}")
    return replace(options, rate=0.0, population=0)


def resolve_target(options: Options) -> Target:
    """The target that the options name.

    Raises:
        UsageError: none is named, or its profile is wrong.
    """
    if options.target:
        found = target.read(Path(options.target), endpoint=options.endpoint)
    elif options.endpoint:
        found = target.at(options.endpoint)
    else:
        raise UsageError("name a target: --endpoint HOST:PORT or --target FILE")
    return target.hooked(found, options.hook) if options.hook else found


def probe(wanted: Target, options: Options, entry: Entry) -> None:
    """Make one harmless call, so that a wrong address is told before anything starts.

    Raises:
        Unreachable: nobody answers, or not with the API.
        UsageError: the target refuses our credentials or what the run would do.
    """
    run = marks.new_run_id(apis.PREFIXES[entry.api], 1)
    with _desk(Context(run=run, entry=entry, options=options, target=wanted)) as desk:
        desk.check()


def sweep(wanted: Target, run: str, options: Options) -> tuple[int, int]:
    """Delete what a crashed run left; how many objects were deleted and how many are left.

    Raises:
        UsageError: not a run id, or the target refuses our credentials.
        Unreachable: nobody answers.
    """
    entry = entry_of(run)
    with _desk(Context(run=run, entry=entry, options=options, target=wanted)) as desk:
        desk.check()
        return desk.sweep()


def entry_of(run: str) -> Entry:
    """Any scenario of the API that a run was about.

    Raises:
        UsageError: not a run id.
    """
    try:
        prefix, _, _ = marks.parts_of(run)
    except ValueError as error:
        raise UsageError(str(error)) from None
    for entry in ENTRIES:
        if apis.PREFIXES.get(entry.api) == prefix:
            return entry
    raise UsageError(f"{run!r}: no API has runs whose ids begin with {prefix}")


@contextmanager
def _desk(context: Context) -> Iterator[Desk]:
    api = apis.load(context)
    if api.protocol == "grpc" and not context.target.has_grpc:
        raise UsageError(
            f"the {api.name} API speaks gRPC: name its endpoint, expected HOST:PORT, not a URL"
        )
    call = api.caller(Gate(context.target), timeout_s=PROBE_TIMEOUT_S)
    try:
        yield api.desk(call)
    finally:
        call.close()
