"""When an event of a calendar happens, and which rules of the dispatch API say the same.

A calendar counts on the wall of a time zone and knows exceptions; the API counts in UTC and knows
none. So an event is worked out into its moments first, and these are then put together again to as
few recurring dispatches as possible: each one is checked against the moments that it stands for,
so that a change of clocks or an exception starts a new one and nothing is ever approximated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from dateutil.rrule import rrulestr
from icalendar import vRecur

from simulator.microgrid.recurrence import Frequency, Rule, occurrences
from simulator.microgrid.scenario_base import from_us, to_us

MAX_MOMENTS = 100_000
"""More occurrences of one event than that are refused."""
MAX_COUNT = 4096
"""As many as one recurrence of the API may have."""

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_LISTS = ("BYMINUTE", "BYHOUR", "BYMONTHDAY", "BYMONTH")
_BEYOND = ("BYSETPOS", "BYYEARDAY", "BYWEEKNO")
_KNOWN = {*_LISTS, *_BEYOND, "BYDAY", "FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"}
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Recurrence:
    """An RRULE, in time on the wall."""

    rule: Rule | None
    """In the form of the API, without an end; None if that has no form for it."""
    text: str
    """Its parts without an end, for what the API has no form for."""
    count: int | None
    until: datetime | None
    """On the wall, included."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """Moments that one dispatch stands for."""

    start_us: int
    duration_s: int
    rule: Rule | None
    """None for a single moment."""


def parse_rule(text: str, zone: tzinfo) -> Recurrence:
    """Return an RRULE.

    Args:
        text: such as `FREQ=WEEKLY;BYDAY=MO,TU`.
        zone: of the start of the event.

    Raises:
        ValueError: no rule, or one of a kind that is refused; the text says what was expected.
    """
    try:
        parts: dict[str, list[Any]] = {
            str(key).upper(): list(values) for key, values in vRecur.from_ical(text).items()
        }
    except (ValueError, KeyError, TypeError):
        raise ValueError("a rule such as FREQ=WEEKLY;BYDAY=MO,TU") from None
    unknown = sorted(set(parts) - _KNOWN)
    if unknown:
        raise ValueError(f"a rule without {', '.join(unknown)}, which no dispatch can follow")
    freq = str(parts["FREQ"][0]).upper() if "FREQ" in parts else ""
    if freq not in Frequency.__members__:
        raise ValueError("FREQ of " + ", ".join(Frequency.__members__))
    if "COUNT" in parts and "UNTIL" in parts:
        raise ValueError("COUNT or UNTIL, not both")
    count = int(parts["COUNT"][0]) if "COUNT" in parts else None
    if count is not None and count < 1:
        raise ValueError("COUNT of at least 1")
    rule = _api_form(Frequency[freq], parts)
    if rule is None and freq in ("MINUTELY", "HOURLY", "DAILY"):
        raise ValueError(f"{', '.join(_BEYOND)} and numbered weekdays only from FREQ=WEEKLY on")
    ends = ("COUNT=", "UNTIL=")
    kept = ";".join(each for each in text.split(";") if not each.strip().upper().startswith(ends))
    until = _until(parts["UNTIL"][0], zone) if "UNTIL" in parts else None
    return Recurrence(rule=rule, text=kept, count=count, until=until)


def walls(found: Recurrence, start: datetime, last: datetime) -> list[datetime]:
    """Return when a rule happens on the wall, up to `last`.

    Raises:
        ValueError: the start is no occurrence itself, or there are too many.
    """
    last = last if found.until is None else min(last, found.until)
    moments: list[datetime] = []
    for moment in _endless(found, start):
        if not moments and moment != start:
            break
        if moment > last or len(moments) == found.count:
            return moments
        moments.append(moment)
        if len(moments) > MAX_MOMENTS:
            raise ValueError(f"at most {MAX_MOMENTS:,} occurrences up to the end of the run")
    if not moments:
        # RFC 5545 §3.8.5.3 leaves undefined what such a rule means.
        raise ValueError("a DTSTART that the rule meets itself")
    return moments


def pieces(
    moments: Sequence[tuple[int, int]], found: Recurrence | None, zone: tzinfo
) -> Iterator[Piece]:
    """Yield what together happens exactly at the moments.

    Args:
        moments: starts in microseconds of UTC, ascending, each with its length in seconds.
        found: the rule that most of them come from.
        zone: whose wall the rule counts on.
    """
    place = 0
    while place < len(moments):
        start_us, duration_s = moments[place]
        rule = None if found is None else _in_utc(found.rule, from_us(start_us), zone)
        many = 0 if rule is None else _agreeing(rule, moments[place : place + MAX_COUNT])
        single = rule is None or many < 2
        yield Piece(
            start_us=start_us,
            duration_s=duration_s,
            rule=None if single or rule is None else replace(rule, count=many),
        )
        place += 1 if single else many


def _api_form(freq: Frequency, parts: dict[str, list[Any]]) -> Rule | None:
    """Return a rule without its end, None if the API has no form for it."""
    interval = int(parts.get("INTERVAL", [1])[0])
    if interval < 1:
        raise ValueError("INTERVAL of at least 1")
    days = [str(each).upper() for each in parts.get("BYDAY", ())]
    weeks = freq is Frequency.WEEKLY and interval > 1
    if (
        any(key in parts for key in _BEYOND)
        or any(day not in _WEEKDAYS for day in days)
        or (weeks and str(parts.get("WKST", ["MO"])[0]).upper() != "MO")
    ):
        return None
    numbers = {key: tuple(map(int, parts.get(key, ()))) for key in _LISTS}
    return Rule(
        freq=freq,
        interval=interval,
        byminutes=numbers["BYMINUTE"],
        byhours=numbers["BYHOUR"],
        byweekdays=tuple(_WEEKDAYS.index(day) + 1 for day in days),
        bymonthdays=numbers["BYMONTHDAY"],
        bymonths=numbers["BYMONTH"],
    )


def _until(value: date | datetime, zone: tzinfo) -> datetime:
    """Return an UNTIL on the wall; a plain date means all of that day."""
    if not isinstance(value, datetime):
        return datetime.combine(value, datetime.max.time())
    return value if value.tzinfo is None else value.astimezone(zone).replace(tzinfo=None)


def _endless(found: Recurrence, start: datetime) -> Iterator[datetime]:
    if found.rule is None:
        yield from rrulestr(found.text, dtstart=start)
        return
    # The engine counts in UTC, which has no clock changes; a wall without a zone has none either.
    for t_us in occurrences(found.rule, to_us(start.replace(tzinfo=UTC))):
        yield from_us(t_us).replace(tzinfo=None)


def _in_utc(rule: Rule | None, start: datetime, zone: tzinfo) -> Rule | None:
    """Return a guess of what a rule on the wall is in UTC while the clocks stay as at `start`."""
    if rule is None:
        return None
    offset = start.astimezone(zone).utcoffset() or timedelta()
    wall = start.astimezone(zone).replace(tzinfo=None)
    days = (start.date() - wall.date()).days
    hours, minutes = divmod(offset // timedelta(minutes=1), 60)
    borrowed = 1 if start.minute + minutes >= 60 else 0
    return replace(
        rule,
        byminutes=tuple(sorted({(each - minutes) % 60 for each in rule.byminutes})),
        byhours=tuple(sorted({(each - hours - borrowed) % 24 for each in rule.byhours})),
        byweekdays=tuple(sorted({(each - 1 + days) % 7 + 1 for each in rule.byweekdays})),
    )


def _agreeing(rule: Rule, moments: Sequence[tuple[int, int]]) -> int:
    """Return how many of the first moments a rule from the first one on meets exactly."""
    first_us, duration_s = moments[0]
    many = 0
    for t_us, moment in zip(occurrences(rule, first_us), moments, strict=False):
        if moment != (t_us, duration_s):
            break
        many += 1
    return many
