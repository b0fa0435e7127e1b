"""What a reader of a run should know beside its figures, as sentences."""

from collections.abc import Iterator
from datetime import timedelta

from simulator.microgrid.record import Record
from simulator.microgrid.scenario_base import from_us
from simulator.microgrid.scenario_inputs import PvInput

from .shape import iso

WITHOUT_EFFECT = ("UNKNOWN_TYPE", "PAYLOAD_INVALID", "SELECTOR_EMPTY", "LIMIT_CONFLICT")
"""Events that explain why a dispatch did not do what it says."""


def notes_of(record: Record) -> list[str]:
    """Return the notes of a run, in a fixed order, each once."""
    return list(dict.fromkeys((*_clear_sky(record), *_clock_changes(record), *_events(record))))


def _clear_sky(record: Record) -> Iterator[str]:
    for each in record.scenario.inputs:
        if isinstance(each, PvInput) and each.weather is None:
            yield f"input {each.name} has an always clear sky, which overstates its yield"


def _clock_changes(record: Record) -> Iterator[str]:
    """Recurrences follow UTC: where clocks change, their local time moves by an hour."""
    recurring = sorted(
        {each.dispatch_id for each in record.occurrences if each.index > 0 and not each.dry_run}
    )
    if not recurring:
        return
    zone = record.scenario.zone
    moment, end = from_us(record.start_us), from_us(record.end_us)
    while moment < end:
        after = min(moment + timedelta(hours=1), end)
        if moment.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            names = ", ".join(map(str, recurring[:10]))
            day = after.astimezone(zone).date()
            yield (
                f"clocks in {record.scenario.meta.zone} change on {day}: the recurring "
                f"dispatches {names} keep their time of day in UTC, not on the wall"
            )
        moment = after


def _events(record: Record) -> Iterator[str]:
    seen: set[tuple[str, object]] = set()
    for event in record.events:
        key = (event["event"], event.get("dispatch_id"))
        if event["event"] not in WITHOUT_EFFECT or key in seen:
            continue
        seen.add(key)
        details = " ".join(
            str(event[name]) for name in ("pointer", "reason") if event.get(name) is not None
        )
        who = f"dispatch {event['dispatch_id']}: " if "dispatch_id" in event else ""
        yield f"{who}{event['event']} at {iso(event['t_us'])}" + (
            f" ({details})" if details else ""
        )
