"""A calendar as a schedule: every event becomes the dispatches that happen exactly when it does.

Recurring events keep the time on the wall of their zone, as calendars do; exceptions (EXDATE),
extra dates (RDATE) and moved occurrences (RECURRENCE-ID) are followed. What the API has no form for
becomes several dispatches: the first has the id of the event, the others get free ones after the
largest. Of each event only what touches the run is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar
from pydantic import ValidationError

from fixtures.documents.problems import DocumentError, Problem, problems_of
from fixtures.documents.yaml_lines import Document
from fixtures.documents.yaml_lines import Path as Place
from simulator.microgrid.recurrence import Rule
from simulator.microgrid.scenario_base import from_us
from simulator.microgrid.scenario_dispatch import (
    MAX_DURATION_S,
    DispatchEntry,
    EndCriteria,
    RecurrenceEntry,
)
from simulator.microgrid.vocabulary import Invalid, parse

from .calendar_event import EventError, Length, Moment, dispatch_of, length, moments, strangers
from .calendar_lines import Block, read_blocks
from .calendar_rules import Piece, Recurrence, parse_rule, pieces, walls

_IGNORED = ("VTIMEZONE", "VALARM")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Event:
    """An event that was understood."""

    block: Block
    entry: DispatchEntry
    """Its times are those of its first occurrence."""
    start: Moment
    length: Length
    rule: Recurrence | None


def load_calendar(
    path: Path, *, zone: ZoneInfo, start_us: int, end_us: int
) -> tuple[DispatchEntry, ...]:
    """Return the dispatches of a calendar in the stretch `[start_us, end_us)`.

    Args:
        path: of the file.
        zone: of dates and of times without a zone of their own.
        start_us: what ended before is left out.
        end_us: where an event without end is cut.

    Raises:
        DocumentError: lists every mistake with its line.
    """
    text, calendars = read_blocks(path)
    problems: list[Problem] = []

    def wrong(line: int, why: str) -> None:
        problems.append(Problem(file=str(path), line=line, field="", text=why))

    try:
        Calendar.from_ical(text, multiple=True)  # makes its time zones known to the library
    except ValueError as error:
        wrong(1, f"no calendar that can be read: {error}")
    masters: list[_Event] = []
    changes: list[Block] = []
    uids: dict[str, Block] = {}
    for block in (each for calendar in calendars for each in calendar.blocks):
        if block.name in _IGNORED:
            continue
        if block.name != "VEVENT":
            wrong(block.number, f"{block.name} is not taken; expected VEVENT")
            continue
        uid = block.one("UID")
        if block.one("RECURRENCE-ID") is not None and uid is not None:
            changes.append(block)
            continue
        if uid is not None and uid.value in uids:
            wrong(uid.number, f"the UID {uid.value} stands here a second time")
            continue
        if uid is not None:
            uids[uid.value] = block
        event = _understood(block, zone, str(path), problems)
        if event is not None:
            masters.append(event)
    replaced: dict[int, list[tuple[Moment, _Event | None]]] = {}
    for block in changes:
        uid = block.one("UID")
        master = uids.get(uid.value) if uid is not None else None
        own = _understood(_inherited(block, master), zone, str(path), problems)
        if own is not None:
            try:
                (moved,) = moments(block.all("RECURRENCE-ID")[0], zone)
            except EventError as error:
                wrong(error.line, str(error))
                continue
            if master is None:
                masters.append(own)
            else:
                kept = own if own.entry.is_active else None
                replaced.setdefault(id(master), []).append((moved, kept))
    if problems:
        raise DocumentError(problems)
    found: list[tuple[_Event, list[Piece]]] = []
    for event in masters:
        own_changes = replaced.get(id(event.block), ())
        try:
            found.append((event, _pieces(event, own_changes, zone, start_us, end_us)))
        except EventError as error:
            wrong(error.line, str(error))
        for _, change in own_changes:
            if change is not None:
                found.append((change, _pieces(change, (), zone, start_us, end_us)))
    entries = _numbered(found, wrong)
    if problems:
        raise DocumentError(problems)
    return entries


def _understood(block: Block, zone: ZoneInfo, file: str, problems: list[Problem]) -> _Event | None:
    """Return what an event says, or None after telling its mistakes."""
    wrong = [
        Problem(file=file, line=each.line, field="", text=str(each)) for each in strangers(block)
    ]
    try:
        values, lines = dispatch_of(block)
        begin = block.one("DTSTART")
        if begin is None:
            raise EventError(block.number, "an event without DTSTART")
        (start,) = moments(begin, zone)
        lasts = length(block, start, zone)
        rule = None
        rules = block.all("RRULE")
        if len(rules) > 1:
            raise EventError(rules[1].number, "a second RRULE; expected one")
        if rules:
            try:
                rule = parse_rule(rules[0].value, start.zone)
            except ValueError as error:
                raise EventError(rules[0].number, f"RRULE: expected {error}") from None
        seconds = lasts.of(start.wall, start.zone)
        if seconds > MAX_DURATION_S:
            raise EventError(begin.number, f"expected an event of at most {MAX_DURATION_S} seconds")
        values |= {"start_time": from_us(start.t_us).isoformat(), "duration_s": seconds}
        lines |= {"start_time": begin.number}
    except EventError as error:
        problems += [*wrong, Problem(file=file, line=error.line, field="", text=str(error))]
        return None
    places: dict[Place, int] = {(): block.number, (0,): block.number}
    places |= {(0, key): number for key, number in lines.items()}
    try:
        entry = DispatchEntry.model_validate(values)
    except ValidationError as error:
        document = Document(value=[values], lines=places)
        problems += wrong
        problems += (
            Problem(
                file=each.file,
                line=each.line,
                field=each.field.removeprefix("[0]").removeprefix("."),
                text=each.text,
            )
            for each in problems_of(error, DispatchEntry, file, document, at=(0,))
        )
        return None
    problems += wrong
    command = parse(entry.type, entry.payload)
    if isinstance(command, Invalid) and command.pointer is not None:
        place = f"payload{command.pointer.replace('/', '.')}"
        number = lines.get("payload", block.number)
        problems.append(Problem(file=file, line=number, field=place, text=command.reason))
        return None
    return _Event(block=block, entry=entry, start=start, length=lasts, rule=rule)


def _inherited(block: Block, master: Block | None) -> Block:
    """Return a changed occurrence with what it does not say itself taken from its series."""
    if master is None:
        return block
    own = {line.name for line in block.lines}
    times = {"DTEND", "DURATION"}
    skipped = {"RRULE", "RDATE", "EXDATE", "EXRULE", "DTSTART", "X-GRIDPROOF-ID"}
    if own & times:
        skipped |= times
    more = [line for line in master.lines if line.name not in own | skipped]
    return Block(name=block.name, number=block.number, lines=[*block.lines, *more])


def _pieces(
    event: _Event,
    changes: Sequence[tuple[Moment, _Event | None]],
    zone: ZoneInfo,
    start_us: int,
    end_us: int,
) -> list[Piece]:
    """Return what an event is in a run: its moments, put together to recurrences."""
    own_zone = event.start.zone
    last = from_us(end_us).astimezone(own_zone).replace(tzinfo=None) + timedelta(days=1)
    starts = [event.start.wall]
    rule_line = event.block.one("RRULE")
    if event.rule is not None and rule_line is not None:
        try:
            starts = walls(event.rule, event.start.wall, last)
        except ValueError as error:
            raise EventError(rule_line.number, f"RRULE: expected {error}") from None
    taken = {Moment(wall=wall, zone=own_zone, is_date=False).t_us: wall for wall in starts}
    for extra in (each for line in event.block.all("RDATE") for each in moments(line, zone)):
        taken[extra.t_us] = _wall(extra, own_zone)
    without = [each for line in event.block.all("EXDATE") for each in moments(line, zone)]
    for each in (*without, *(moved for moved, _ in changes)):
        taken.pop(each.t_us, None)
        if each.is_date and not event.start.is_date:
            # Some programs leave out the time: that day is meant.
            day = each.wall.date()
            taken = {t_us: wall for t_us, wall in taken.items() if wall.date() != day}
    found = []
    for t_us, wall in sorted(taken.items()):
        seconds = event.length.of(wall, own_zone)
        if t_us < end_us and (t_us + seconds * 1_000_000 > start_us or t_us >= start_us):
            found.append((t_us, seconds))
    return list(pieces(found, event.rule, own_zone))


def _wall(moment: Moment, zone: Any) -> datetime:
    aware = datetime.replace(moment.wall, tzinfo=moment.zone)
    return aware.astimezone(UTC).astimezone(zone).replace(tzinfo=None)


def _numbered(
    found: Sequence[tuple[_Event, Sequence[Piece]]], wrong: Any
) -> tuple[DispatchEntry, ...]:
    """Return the dispatches with ids: their own, or the position among the events."""
    used: dict[int, int] = {}
    ids: list[int] = []
    for place, (event, _) in enumerate(found, start=1):
        number = place if event.entry.id is None else event.entry.id
        line = event.block.one("X-GRIDPROOF-ID")
        if number in used:
            where = event.block.number if line is None else line.number
            wrong(where, f"the id {number} is that of the event in line {used[number]}, too")
        used.setdefault(number, event.block.number)
        ids.append(number)
    following = max(used, default=0) + 1
    entries = []
    for number, (event, parts) in zip(ids, found, strict=True):
        for place, piece in enumerate(parts):
            if place:
                number, following = following, following + 1
            update = {
                "id": number,
                "start_us": piece.start_us,
                "duration_s": piece.duration_s,
                "recurrence": _entry(piece.rule),
            }
            entries.append(event.entry.model_copy(update=update))
    return tuple(entries)


def _entry(rule: Rule | None) -> RecurrenceEntry | None:
    if rule is None:
        return None
    return RecurrenceEntry(
        freq=rule.freq,
        interval=rule.interval,
        end_criteria=EndCriteria(count=rule.count),
        byminutes=rule.byminutes,
        byhours=rule.byhours,
        byweekdays=rule.byweekdays,
        bymonthdays=rule.bymonthdays,
        bymonths=rule.bymonths,
    )
