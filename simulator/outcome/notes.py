"""What a reader of a run should know beside its figures, as sentences."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from simulator.microgrid.record import Record
from simulator.microgrid.scenario_base import from_us
from simulator.microgrid.scenario_inputs import PvInput

from .heat import Heat
from .shape import iso

WITHOUT_EFFECT = {
    "UNKNOWN_TYPE": "had no effect",
    "PAYLOAD_INVALID": "had no effect",
    "SELECTOR_EMPTY": "had no effect, for its target names nothing",
    "NO_ACTUATOR": "had no effect",
    "LIMIT_CONFLICT": "limits power in a way that others contradict",
}
"""Events that explain why a dispatch did not do what it says, in words."""


def notes_of(record: Record, heat: Mapping[int, Heat] | None = None) -> list[str]:
    """Return the notes of a run, in a fixed order, each once; `heat` by the id of a CHP unit."""
    parts = (_clear_sky, _clock_changes, _events, _left_out)
    notes = [note for part in parts for note in part(record)]
    return list(dict.fromkeys((*notes, *_heat(record, heat or {}))))


def _clear_sky(record: Record) -> Iterator[str]:
    for each in record.scenario.inputs:
        if isinstance(each, PvInput) and each.is_always_clear:
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
        details = ", ".join(
            str(event[name])
            for name in ("type", "pointer", "reason")
            if event.get(name) is not None
        )
        who = f"dispatch {event['dispatch_id']} " if "dispatch_id" in event else ""
        words = WITHOUT_EFFECT[event["event"]]
        told = f": {details}" if details else ""
        yield f"{who}{words}{told} ({event['event']} at {iso(event['t_us'])})"


def _heat(record: Record, heat: Mapping[int, Heat]) -> Iterator[str]:
    for unit_id, found in heat.items():
        lost = found.surplus_wh / 1e3
        yield (
            f"{record.scenario.component(unit_id).label} left {found.unserved_wh / 1e3:,.1f} of "
            f"{found.demand_wh / 1e3:,.1f} kWh of heat to others, and {lost:,.1f} kWh were too much"
        )


def _left_out(record: Record) -> Iterator[str]:
    """Dispatches that the schedule has and the run does not."""
    for each in record.metadata.get("left_out", ()):
        yield f"dispatch {each['dispatch_id']} did not run: it {each['why']}"
