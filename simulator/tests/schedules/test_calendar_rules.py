"""What becomes of a rule, against python-dateutil, which reads RFC 5545 on the wall by itself."""

from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from simulator.microgrid.recurrence import occurrences
from simulator.microgrid.scenario_base import to_us
from simulator.schedules.calendar_rules import parse_rule, pieces, walls

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")


@st.composite
def rules(draw):
    freq = draw(st.sampled_from(["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={freq}", f"INTERVAL={draw(st.integers(1, 4))}"]
    if draw(st.booleans()):
        days = draw(
            st.sets(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1)
        )
        numbered = freq == "MONTHLY" and draw(st.booleans())
        parts.append("BYDAY=" + ",".join(f"{'2' if numbered else ''}{day}" for day in sorted(days)))
    if freq != "HOURLY" and draw(st.booleans()):
        parts.append(f"BYHOUR={draw(st.integers(0, 23))},{draw(st.integers(0, 23))}")
    if draw(st.booleans()):
        parts.append(f"BYMINUTE={draw(st.integers(0, 59))}")
    if freq == "WEEKLY" and draw(st.booleans()):
        parts.append("WKST=SU")
    return ";".join(parts)


@settings(max_examples=60, deadline=None)
@given(
    rules(),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(
        lambda each: each.replace(second=0, microsecond=0)
    ),
    st.sampled_from(ZONES).map(ZoneInfo),
)
def test_pieces_happen_exactly_when_the_rule_does_on_the_wall(text, anywhere, zone):
    start = next(islice(rrulestr(text, dtstart=anywhere), 1), None)
    assume(start is not None and start.year < 2028)
    last = start + timedelta(days=300)
    expected = rrulestr(text, dtstart=start).between(start, last, inc=True)
    assume(len(expected) < 1500)
    found = parse_rule(text, zone)
    assert walls(found, start, last) == expected
    moments = sorted({(to_us(wall.replace(tzinfo=zone)), 60) for wall in expected})
    happened = []
    for piece in pieces(moments, found, zone):
        starts = [piece.start_us] if piece.rule is None else occurrences(piece.rule, piece.start_us)
        happened += [(t_us, piece.duration_s) for t_us in starts]
    assert happened == moments


def test_few_pieces_stand_for_a_year():
    zone = ZoneInfo("Europe/Berlin")
    found = parse_rule("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=8,17", zone)
    starts = walls(found, datetime(2026, 1, 5, 8), datetime(2026, 12, 31))
    moments = [(to_us(wall.replace(tzinfo=zone)), 60) for wall in starts]
    counts = [piece.rule.count for piece in pieces(moments, found, zone)]
    assert len(counts) == 3  # the clocks change twice
    assert sum(counts) == len(starts) > 500


def test_end_of_a_rule_counts_itself():
    found = parse_rule("FREQ=DAILY;UNTIL=20260103T090000Z", ZoneInfo("Europe/Berlin"))
    start, last = datetime(2026, 1, 1, 10), datetime(2027, 1, 1)
    assert len(walls(found, start, last)) == 3
    whole_day = parse_rule("FREQ=DAILY;UNTIL=20260103", ZoneInfo("Europe/Berlin"))
    assert len(walls(whole_day, start, last)) == 3
