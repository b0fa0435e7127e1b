"""Calendar files for tests, and what a schedule makes of them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from simulator.microgrid.recurrence import occurrences
from simulator.microgrid.scenario_base import from_us, to_us
from simulator.schedules.calendar_file import load_calendar

BERLIN = ZoneInfo("Europe/Berlin")
JANUARY, NEXT_YEAR = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
EVENT = ("SUMMARY:set_power", "CATEGORIES:BATTERY", "DESCRIPTION:power_w: 2000")


def calendar(*events, newline="\r\n", version="2.0"):
    lines = ["BEGIN:VCALENDAR", f"VERSION:{version}", "PRODID:test"]
    for place, event in enumerate(events):
        uid = [] if any(line.startswith("UID") for line in event) else [f"UID:{place}"]
        lines += ["BEGIN:VEVENT", *uid, *event, "END:VEVENT"]
    return newline.join([*lines, "END:VCALENDAR", ""])


def loaded(folder, *events, zone=BERLIN, start=JANUARY, end=NEXT_YEAR, text=None):
    path = folder / "plan.ics"
    path.write_bytes((calendar(*events) if text is None else text).encode())
    return load_calendar(path, zone=zone, start_us=to_us(start), end_us=to_us(end))


def moments(entries):
    """Every occurrence of a schedule as `(start, seconds)` in UTC, ascending."""
    found = []
    for number, entry in enumerate(entries, start=1):
        each = entry.to_dispatch(number)
        starts = [each.start_us] if each.rule is None else occurrences(each.rule, each.start_us)
        found += [(from_us(t_us), each.duration_s) for t_us in starts]
    return sorted(found)
