"""One run from its options to its report and exit code."""

from __future__ import annotations

import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import FrameType

from conformance.context import ProfileName
from conformance.failures import UsageError
from conformance.histories import tape
from conformance.outcome import Outcome
from conformance.requirements import Ledger, Level, Requirement, load
from conformance.requirements.ledger import SERVICES
from conformance.run import known
from conformance.run.builtin import builtin_target, reference_server
from conformance.run.cleaning import Cleaned, clean
from conformance.run.pytest_process import Process, outcomes
from conformance.run.result import Result
from conformance.run.settings import Settings
from conformance.running import budget_of
from conformance.targets import journal
from conformance.targets.api import Caretaker
from conformance.targets.apis import APIS
from conformance.targets.budget import Budget
from conformance.targets.profile import Target
from conformance.verdicts import rows
from fixtures.terminal import progress, say

ALONE_CALLS = 100
"""Failed checks are repeated by themselves only if at least so many calls are left."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the user asked for.

    Attributes:
        target: None judges the built-in server.
        services: None is every API that the target claims.
        depth: None is full for the built-in server, staging with writes, smoke without.
        seed: None draws one.
        arguments: for pytest.
        replay: the command line that repeats this run, without the choice of checks.
        record: where everything that is said is taken down, if anywhere.
    """

    target: Target | None
    services: tuple[str, ...] | None = None
    depth: ProfileName | None = None
    writes: bool = False
    level: Level | None = None
    only: tuple[str, ...] = ()
    seed: int | None = None
    workers: int | None = None
    known_failing: Path | None = None
    arguments: tuple[str, ...] = ()
    replay: str = "gridproof conform"
    record: Path | None = None


def selection(options: Options, target: Target, ledger: Ledger) -> tuple[Requirement, ...]:
    """The requirements that a run is about.

    Raises:
        UsageError: an API that the target does not claim.
        LedgerError: an id or API that does not exist.
    """
    claimed = target.services.claimed
    wanted = options.services or claimed
    for name in wanted:
        if name in SERVICES and name not in claimed:
            raise UsageError(f"the target file claims no API {name}; it has {', '.join(claimed)}")
    profiles = {
        name: block.profile
        for name, block in (("meta", target.services.meta), ("exchange", target.services.exchange))
        if block is not None
    }
    return ledger.declared(profiles).select(services=wanted, level=options.level, only=options.only)


def _served(options: Options) -> tuple[str, ...]:
    """The APIs that the built-in server has to have: the judged ones."""
    wanted = options.services or SERVICES
    return tuple(name for name in SERVICES if name in wanted)


def described(options: Options) -> Target:
    """The target as far as it is known before anything runs."""
    return options.target or builtin_target(_served(options))


def new_run_id() -> str:
    """A name for a run that no other run has."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def judge(options: Options) -> Result:
    """Run the checks and gather what came of them; whatever was made is gone afterwards.

    Raises:
        UsageError, LedgerError: the options or files are wrong; nothing was called.
        Unreachable: nobody answers; nothing was checked.
        JudgeError: the built-in server does not start.
    """
    ledger = load()
    run_id = new_run_id()
    folder = Path(tempfile.mkdtemp(prefix="gridproof-"))
    server: AbstractContextManager[Target] = (
        nullcontext(options.target)
        if options.target is not None
        else reference_server(folder, _served(options))
    )
    try:
        # Everything that may be mistyped is read before anything is started.
        list_path = options.known_failing or (options.target and options.target.known_failing)
        listed: Mapping[str, known.Known] = known.read(list_path, ledger) if list_path else {}
        selection(options, described(options), ledger)
        if options.record is not None:
            tape.Recording(options.record, ()).close()
        with server as target:
            selected = selection(options, target, ledger)
            settings = _settings(options, target, selected, run_id, folder)
            if options.record is not None:
                # Of the built-in server nobody else knows.
                alone = options.target is None
                tape.begin(options.record, target, run_id=run_id, sole_writer=alone)
            return _Run(options, settings, selected).result(listed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clean_up(target: Target, run_id: str) -> Cleaned:
    """Remove what an earlier run left behind.

    Raises:
        UsageError: no such run, or no endpoint.
        Unreachable: nobody answers.
    """
    folder = journal.run_folder(run_id)
    if not folder.exists():
        raise UsageError(f"run {run_id} left nothing behind")
    budget = Budget(max_rate=target.caps.max_rate)
    with _caretakers(target, {made.service for made in journal.read(folder)[0]}, budget) as them:
        for caretaker in them.values():
            caretaker.require()
        cleaned = clean(folder, them, budget)
    if not cleaned.residue:
        journal.discard(folder)
    return cleaned


def _settings(
    options: Options,
    target: Target,
    selected: Sequence[Requirement],
    run_id: str,
    folder: Path,
) -> Settings:
    foreign = options.target is not None
    writes = options.writes or not foreign
    depth: ProfileName = options.depth or (
        ("staging" if writes else "smoke") if foreign else "full"
    )
    # A dedicated target is bounded only by what its file says; a shared one always.
    bounded = foreign and (depth != "full" or "caps" in target.model_fields_set)
    return Settings(
        run_id=run_id,
        folder=folder,
        journal=journal.run_folder(run_id),
        target=target,
        depth=depth,
        writes=writes,
        seed=secrets.randbelow(2**31) if options.seed is None else options.seed,
        selected=tuple(r.id for r in selected),
        workers=_workers(options, target),
        max_calls=target.caps.calls_for(len({r.service for r in selected})) if bounded else None,
        max_rate=target.caps.max_rate if bounded else None,
        max_streams=target.caps.max_streams if bounded else None,
        # How long a run takes follows from calls and rate, so only a file's own word ends it.
        ends_s=time.monotonic() + target.caps.max_duration
        if bounded and "max_duration" in target.caps.model_fields_set
        else None,
        record=None if options.record is None else options.record.absolute(),
    )


def _workers(options: Options, target: Target) -> int:
    wanted = options.workers or (1 if options.target is not None else 2)
    bounds = (APIS[n].most_workers(target) for n in target.services.claimed if n in APIS)
    return min([wanted, *(bound for bound in bounds if bound is not None)])


@contextmanager
def _caretakers(
    target: Target, names: Iterable[str], budget: Budget
) -> Iterator[dict[str, Caretaker]]:
    """One for each of these APIs, closed at the end."""
    with ExitStack() as stack:
        them = {}
        for name in sorted(names):
            them[name] = APIS[name].caretaker(target, budget)
            stack.callback(them[name].close)
        yield them


class _Run:
    """The part of a run in which the target is there."""

    def __init__(
        self, options: Options, settings: Settings, selected: Sequence[Requirement]
    ) -> None:
        self._options = options
        self._settings = settings
        self._selected = selected
        self._budget = budget_of(settings)

    def result(self, listed: Mapping[str, known.Known]) -> Result:
        """Everything from the first call to the last."""
        try:
            judged = {requirement.service for requirement in self._selected}
            with _caretakers(self._settings.target, judged, self._budget) as caretakers:
                return self._result(listed, caretakers)
        finally:
            self._budget.close()
            _discard_if_empty(self._settings.journal)

    def _result(
        self, listed: Mapping[str, known.Known], caretakers: Mapping[str, Caretaker]
    ) -> Result:
        settings = self._settings
        started, began = datetime.now(UTC), time.monotonic()
        for caretaker in caretakers.values():
            caretaker.require()
        settings.journal.mkdir(parents=True, exist_ok=True)
        interrupted = False
        failed: list[str] = []
        try:
            with _terminated_like_interrupted():
                failed = self._checks()
        except KeyboardInterrupt:
            interrupted = True
            say("gridproof: interrupted; removing what was made")
        with _uninterrupted():
            cleaned = clean(settings.journal, caretakers, self._budget, looks=self._budget.looks)
            alive = all(caretaker.alive(1.0) for caretaker in caretakers.values())
        found = self._outcomes()
        return Result(
            options_replay=self._options.replay,
            settings=settings,
            rows=rows(
                self._selected,
                found,
                known=listed,
                today=date.today(),
                missing="interrupted" if interrupted else "no check ran",
            ),
            started=started,
            duration_s=time.monotonic() - began,
            calls=self._budget.used,
            residue=cleaned.residue,
            interrupted=interrupted,
            lost=not alive,
            broken=(*failed, *(f"{o.node}: {o.message}" for o in found if not o.ids)),
        )

    def _checks(self) -> list[str]:
        """Run them, and the failed ones once more by themselves; troubles of pytest itself."""
        troubles = self._pytest(self._settings, arguments=self._options.arguments)
        doubtful = [o.node for o in outcomes(self._settings.results) if o.runs == ["fail"] * 2]
        alone = self._alone_settings()
        if doubtful and alone is not None:
            troubles += self._pytest(alone, nodes=doubtful)
        return troubles

    def _alone_settings(self) -> Settings | None:
        left = self._budget.left
        if left is not None and left < ALONE_CALLS:
            return None
        return replace(self._settings, alone=True, workers=1)

    def _pytest(
        self, settings: Settings, *, nodes: Sequence[str] = (), arguments: Sequence[str] = ()
    ) -> list[str]:
        process = Process(settings, nodes=nodes, arguments=arguments)
        label = "repeating failures" if settings.alone else "checking"
        try:
            with progress(1.0, label) as show:
                code = process.wait(
                    lambda done, all_: show(done / all_ if all_ else 0.0, f"{done}/{all_}")
                )
        finally:
            process.close()
        # 0 all passed, 1 some did not, 5 none were selected; the rest is trouble of ours.
        if code in (0, 1, 5):
            return []
        return [f"pytest ended with {code}: {process.last_words()}"]

    def _outcomes(self) -> list[Outcome]:
        """What came of each check, with the later run of its own added to its runs."""
        found = outcomes(self._settings.results)
        again = {o.node: o.state for o in outcomes(replace(self._settings, alone=True).results)}
        for outcome in found:
            later = again.get(outcome.node)
            if later in ("pass", "fail"):
                outcome.runs.append(later)
        return found


def _discard_if_empty(folder: Path) -> None:
    if not journal.read(folder)[1]:
        journal.discard(folder)


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Make SIGTERM raise what Ctrl-C raises, so that both clean up.

    SIGINT is set too: a shell that starts us in the background has it ignored.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    with _handled(stop):
        yield


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold back Ctrl-C for the short time in which things are removed."""
    with _handled(signal.SIG_IGN):
        yield


@contextmanager
def _handled(handler: Callable[[int, FrameType | None], None] | signal.Handlers) -> Iterator[None]:
    """Both stopping signals handled like this meanwhile."""
    try:
        old = {s: signal.signal(s, handler) for s in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not in the main thread, as when called from a library
        yield
        return
    try:
        yield
    finally:
        for number, before in old.items():
            signal.signal(number, before)
