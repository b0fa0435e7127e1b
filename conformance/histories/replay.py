"""One replay from its file to its result: what `conform --replay FILE` does. It calls nothing."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from conformance.failures import UsageError
from conformance.histories.history import History, load
from conformance.histories.judging import OPEN, judge, outcomes
from conformance.histories.rules.dialects import DIALECTS
from conformance.outcome import Outcome
from conformance.requirements import Level, Requirement
from conformance.requirements import load as load_ledger
from conformance.requirements.ledger import SERVICES
from conformance.run import known
from conformance.run.result import Replayed, Result
from conformance.run.settings import Settings
from conformance.targets.apis import APIS
from conformance.targets.profile import Services, Target
from conformance.verdicts import Row, rows


@dataclass(frozen=True, kw_only=True)
class Replay:
    """What the user asked for.

    Attributes:
        path: of the history.
        target: what its target says of itself; None takes what the file says.
        services: None is every API of which the file has anything.
        command: that repeats this, without the choice of rows.
    """

    path: Path
    target: Target | None = None
    services: tuple[str, ...] | None = None
    level: Level | None = None
    only: tuple[str, ...] = ()
    known_failing: Path | None = None
    command: str = "gridproof conform"


def replay(options: Replay) -> Result:
    """Judge a history.

    Raises:
        UsageError: the file cannot be read, has lines that are none, or nothing of a wanted API.
        LedgerError: an id or API that does not exist.
    """
    ledger = load_ledger()
    listed = known.read(options.known_failing, ledger) if options.known_failing else {}
    began = time.monotonic()
    # What may be mistyped is read before the file, which may be long.
    ledger.select(services=options.services, level=options.level, only=options.only)
    history = load(options.path)
    wanted = tuple(name for name in SERVICES if name in (options.services or history.apis))
    target = _target(options, history, wanted)
    selected = ledger.declared(_profiles(target)).select(
        services=wanted, level=options.level, only=options.only
    )
    notes, troubles, found = list(history.notes), [], []
    counts: dict[str, int] = {}
    for name in wanted:
        seen, passed_over, broken = judge(history, target, DIALECTS[name])
        seen = {id_: tally for id_, tally in seen.items() if _demanded(ledger[id_], target)}
        notes += passed_over
        troubles += broken
        found += outcomes(seen)
        counts |= {id_: tally.kept for id_, tally in seen.items()}
    found += _silent(selected, counts.keys() | {o.breaks or "" for o in found}, target)
    judged = rows(selected, found, known=listed, today=date.today())
    calls, streams = history.total()
    return Result(
        settings=Settings(
            run_id="",
            folder=options.path.parent,
            journal=options.path.parent,
            target=target,
            depth="full",
            writes=False,
            seed=0,
            selected=tuple(r.id for r in selected),
        ),
        rows=tuple(_counted(row, counts) for row in judged),
        started=datetime.now(UTC),
        duration_s=time.monotonic() - began,
        calls=calls,
        residue=0,
        broken=tuple(troubles),
        options_replay=options.command,
        replayed=Replayed(
            file=str(options.path),
            lines=history.lines,
            streams=streams,
            span_s=history.span_s(),
            sole_writer=history.about.sole_writer,
            notes=tuple(notes),
        ),
    )


def _target(options: Replay, history: History, wanted: Iterable[str]) -> Target:
    """The profile by which the history is judged, with a block for each wanted API."""
    said = history.about.services
    blocks: dict[str, Any] = {}
    for name in wanted:
        given = getattr(options.target.services, name) if options.target is not None else None
        blocks[name] = said.get(name) or {} if given is None else given
    try:
        services = Services.model_validate(blocks)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{options.path}:1: services.{where}: {first['msg']}") from None
    return Target(services=services)


def _profiles(target: Target) -> Mapping[str, str]:
    blocks = {"meta": target.services.meta, "exchange": target.services.exchange}
    return {name: block.profile for name, block in blocks.items() if block is not None}


def _demanded(row: Requirement, target: Target) -> bool:
    return APIS[row.service].demanded(row, target) is None


def _silent(selected: Iterable[Requirement], seen: Iterable[str], target: Target) -> list[Outcome]:
    """Why nothing is said of the rows of which nothing was seen."""
    spoken = set(seen)
    return [
        Outcome(node="", ids=(row.id,), state="not_applicable", message=_why_not(row, target))
        for row in selected
        if row.id not in spoken
    ]


def _why_not(row: Requirement, target: Target) -> str:
    if row.untestable:
        return row.untestable
    if reason := APIS[row.service].demanded(row, target):
        return reason
    dialect = DIALECTS[row.service]
    if row.level == "may" and row.id not in dialect.ids:
        return OPEN
    return dialect.why_not(row.id)


def _counted(row: Row, counts: Mapping[str, int]) -> Row:
    if row.verdict == "pass":
        count = counts[row.requirement.id]
        return replace(row, reason=f"kept {count} time{'s' if count != 1 else ''}")
    return replace(row, checks=()) if row.verdict == "not_applicable" else row
