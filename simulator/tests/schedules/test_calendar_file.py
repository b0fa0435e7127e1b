from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from fixtures.documents.problems import DocumentError
from simulator.microgrid.dispatch import Categories, CategoryTypes, Ids
from simulator.microgrid.scenario_category import Category
from simulator.tests.schedules.calendars import BERLIN, EVENT, calendar, loaded, moments


def at(month, day, hour=0, minute=0):
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def test_a_plain_event(tmp_path):
    (entry,) = loaded(
        tmp_path, (*EVENT, "DTSTART:20260413T100000Z", "DTEND:20260413T113000Z", "LOCATION:roof")
    )
    dispatch = entry.to_dispatch(9)
    assert (dispatch.id, dispatch.type, dispatch.duration_s) == (1, "set_power", 5400)
    assert dispatch.target == Categories(categories=(Category.BATTERY,))
    assert dispatch.payload == {"power_w": 2000}
    assert dispatch.rule is None
    assert (dispatch.active, dispatch.dry_run) == (True, False)
    assert moments([entry]) == [(at(4, 13, 10), 5400)]


def test_properties_of_our_own_say_it_exactly(tmp_path):
    (entry,) = loaded(
        tmp_path,
        (
            "SUMMARY:Charge at night, please",
            "DESCRIPTION:free words",
            "X-GRIDPROOF-ID:40",
            "X-GRIDPROOF-TYPE:sim.set_power",
            'X-GRIDPROOF-PAYLOAD:{"power_w": -1.5\\, "priority": 3}',
            'X-GRIDPROOF-TARGET:{"component_ids": [4, 8]}',
            "X-GRIDPROOF-DRY-RUN:TRUE",
            "DTSTART:20260413T100000Z",
        ),
    )
    dispatch = entry.to_dispatch(9)
    assert (dispatch.id, dispatch.type, dispatch.dry_run) == (40, "sim.set_power", True)
    assert dispatch.target == Ids(ids=(4, 8))
    assert dispatch.payload == {
        "power_w": -1.5,
        "priority": 3,
        "note": "Charge at night, please",
    }
    assert dispatch.duration_s == 0


@pytest.mark.parametrize(
    ("words", "target"),
    [
        ("CATEGORIES:4, 8", Ids(ids=(4, 8))),
        ("X-GRIDPROOF-TARGET:4", Ids(ids=(4,))),
        ("CATEGORIES:Battery,EV charger", Categories(categories=(Category(5), Category(6)))),
        (
            "CATEGORIES:battery/li_ion,chp",
            CategoryTypes(pairs=((Category.BATTERY, 1), (Category.CHP, None))),
        ),
    ],
)
def test_targets(tmp_path, words, target):
    (entry,) = loaded(
        tmp_path, ("SUMMARY:set_power", "DESCRIPTION:power_w: 1", words, "DTSTART:20260413T100000Z")
    )
    assert entry.to_dispatch(1).target == target


@pytest.mark.parametrize(
    ("status", "active", "dry_run"),
    [("CONFIRMED", True, False), ("CANCELLED", False, False), ("TENTATIVE", True, True)],
)
def test_status(tmp_path, status, active, dry_run):
    (entry,) = loaded(tmp_path, (*EVENT, "DTSTART:20260413T100000Z", f"STATUS:{status}"))
    assert (entry.is_active, entry.is_dry_run) == (active, dry_run)


def test_recurrence_in_utc_is_one_dispatch(tmp_path):
    (entry,) = loaded(
        tmp_path,
        (*EVENT, "DTSTART:20260413T100000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=30"),
    )
    assert entry.recurrence.end_criteria.count == 30
    assert len(moments([entry])) == 30


def test_time_on_the_wall_is_kept_over_a_change_of_clocks(tmp_path):
    entries = loaded(
        tmp_path,
        (
            *EVENT,
            "DTSTART;TZID=Europe/Berlin:20260327T120000",
            "DURATION:PT1H",
            "RRULE:FREQ=DAILY;COUNT=5",
        ),
    )
    assert [each.id for each in entries] == [1, 2]
    assert [moment for moment, _ in moments(entries)] == [
        at(3, 27, 11),
        at(3, 28, 11),
        at(3, 29, 10),
        at(3, 30, 10),
        at(3, 31, 10),
    ]


def test_a_time_that_the_clocks_leave_out_counts_as_before_the_change(tmp_path):
    entries = loaded(
        tmp_path,
        (*EVENT, "DTSTART;TZID=Europe/Berlin:20260328T023000", "RRULE:FREQ=DAILY;COUNT=3"),
    )
    assert [moment for moment, _ in moments(entries)] == [
        at(3, 28, 1, 30),
        at(3, 29, 1, 30),
        at(3, 30, 0, 30),
    ]


def test_days_last_as_long_as_they_are_and_hours_are_exact(tmp_path):
    day = (*EVENT, "DTSTART;VALUE=DATE:20260329")
    (whole,) = loaded(tmp_path, day)
    (nominal,) = loaded(tmp_path, (*EVENT, "DTSTART:20260329T000000", "DURATION:P1D"))
    (exact,) = loaded(tmp_path, (*EVENT, "DTSTART:20260329T000000", "DURATION:PT24H"))
    assert moments([whole]) == moments([nominal]) == [(at(3, 28, 23), 23 * 3600)]
    assert moments([exact]) == [(at(3, 28, 23), 24 * 3600)]


def test_exceptions_extra_dates_and_moved_occurrences(tmp_path):
    entries = loaded(
        tmp_path,
        (
            *EVENT,
            "UID:a",
            "DTSTART:20260401T100000Z",
            "DURATION:PT1H",
            "RRULE:FREQ=DAILY;UNTIL=20260406T100000Z",
            "EXDATE:20260402T100000Z,20260404T100000Z",
            "RDATE:20260410T120000Z",
        ),
        (
            "UID:a",
            "RECURRENCE-ID:20260405T100000Z",
            "DTSTART:20260405T150000Z",
            "DURATION:PT2H",
        ),
        ("UID:a", "RECURRENCE-ID:20260403T100000Z", "DTSTART:20260403T100000Z", "STATUS:CANCELLED"),
    )
    assert moments(entries) == [
        (at(4, 1, 10), 3600),
        (at(4, 5, 15), 7200),
        (at(4, 6, 10), 3600),
        (at(4, 10, 12), 3600),
    ]
    assert {tuple(each.payload.items()) for each in entries} == {(("power_w", 2000),)}
    assert len({each.id for each in entries}) == len(entries)


def test_exception_without_time_means_that_day(tmp_path):
    entries = loaded(
        tmp_path,
        (
            *EVENT,
            "DTSTART:20260401T100000Z",
            "RRULE:FREQ=DAILY;COUNT=3",
            "EXDATE;VALUE=DATE:20260402",
        ),
    )
    assert [moment for moment, _ in moments(entries)] == [at(4, 1, 10), at(4, 3, 10)]


def test_only_what_touches_the_run_is_taken(tmp_path):
    entries = loaded(
        tmp_path,
        (*EVENT, "DTSTART:20200101T230000Z", "DURATION:PT2H", "RRULE:FREQ=DAILY"),
        start=at(4, 1),
        end=at(4, 3),
    )
    assert [moment for moment, _ in moments(entries)] == [
        at(3, 31, 23),
        at(4, 1, 23),
        at(4, 2, 23),
    ]


def test_zone_that_the_calendar_defines_itself(tmp_path):
    zone = "\r\n".join(
        [
            "BEGIN:VTIMEZONE",
            "TZID:Site Time",
            "BEGIN:STANDARD",
            "DTSTART:19700101T000000",
            "TZOFFSETFROM:+0500",
            "TZOFFSETTO:+0500",
            "END:STANDARD",
            "END:VTIMEZONE",
            "BEGIN:VEVENT",
        ]
    )
    text = calendar((*EVENT, "DTSTART;TZID=Site Time:20260401T100000"))
    (entry,) = loaded(tmp_path, text=text.replace("BEGIN:VEVENT", zone, 1))
    assert moments([entry]) == [(at(4, 1, 5), 0)]


def test_times_without_a_zone_are_those_of_the_site(tmp_path):
    event = (*EVENT, "DTSTART:20260701T120000")
    assert moments(loaded(tmp_path, event, zone=BERLIN))[0][0] == at(7, 1, 10)
    assert moments(loaded(tmp_path, event, zone=ZoneInfo("UTC")))[0][0] == at(7, 1, 12)


def test_folded_lines_and_plain_newlines(tmp_path):
    text = calendar((*EVENT, "DTSTART:20260401T100000Z"), newline="\n")
    text = text.replace("DESCRIPTION:power_w: 2000", "DESCRIPTION:pow\n er_w: 20\n\t00")
    (entry,) = loaded(tmp_path, text=text)
    assert entry.payload == {"power_w": 2000}


START = "DTSTART:20260413T100000Z"
FIRST = 6
"""Line of the first property after UID in a file of `calendar`."""


@pytest.mark.parametrize(
    ("event", "line", "text"),
    [
        ((*EVENT,), 4, "an event without DTSTART"),
        (("SUMMARY:Meeting", START), 6, "expected a dispatch type as its first word"),
        (("SUMMARY:set_powr", START), 6, "did you mean set_power?"),
        ((*EVENT[:2], "DESCRIPTION:2 kW", START), 8, "DESCRIPTION: expected the payload as lines"),
        ((*EVENT[:2], "DESCRIPTION:power_w: a", START), 8, "payload.power_w: expected a number"),
        ((*EVENT[:2], "X-GRIDPROOF-PAYLOAD:{", START), 8, "expected a JSON object"),
        (("SUMMARY:set_power", "CATEGORIES:4,chp", START), 7, "ids or categories, not both"),
        (("SUMMARY:set_power", "CATEGORIES:batery", START), 7, "did you mean battery?"),
        (("SUMMARY:set_power", "DESCRIPTION:power_w: 1", START), 4, "target: missing"),
        ((*EVENT, START, "X-GRIDPROOF-TARGETS:4"), 10, "did you mean X-GRIDPROOF-TARGET?"),
        ((*EVENT, START, "X-GRIDPROOF-ID:0"), 10, "id: found 0, expected a number above 0"),
        ((*EVENT, START, "X-GRIDPROOF-DRY-RUN:si"), 10, "expected TRUE or FALSE"),
        ((*EVENT, "DTSTART;TZID=Mars/Base:20260413T100000"), 9, "found the zone 'Mars/Base'"),
        ((*EVENT, "DTSTART:soon"), 9, "found 'soon', expected a date"),
        ((*EVENT, START, "DTEND:20260413T090000Z"), 10, "expected an end after the start"),
        ((*EVENT, START, "DTEND;VALUE=DATE:20260414"), 10, "expected a date beside a date"),
        ((*EVENT, START, "DURATION:1h"), 10, "expected a length such as PT1H"),
        ((*EVENT, START, "DTEND:20260414T090000Z", "DURATION:PT1H"), 11, "DTEND or DURATION"),
        ((*EVENT, START, "RRULE:FREQ=SECONDLY"), 10, "RRULE: expected FREQ of MINUTELY"),
        ((*EVENT, START, "RRULE:FREQ=DAILY;BYHOUR=x"), 10, "RRULE: expected a rule such as"),
        ((*EVENT, START, "RRULE:FREQ=DAILY;BYSECOND=1"), 10, "a rule without BYSECOND"),
        ((*EVENT, START, "RRULE:FREQ=DAILY;BYSETPOS=1"), 10, "only from FREQ=WEEKLY on"),
        ((*EVENT, START, "RRULE:FREQ=DAILY;COUNT=1;UNTIL=20270101"), 10, "COUNT or UNTIL"),
        ((*EVENT, START, "RRULE:FREQ=WEEKLY;BYDAY=TU"), 10, "a DTSTART that the rule meets"),
        ((*EVENT, "DTSTART:20250101T000000Z", "RRULE:FREQ=MINUTELY"), 10, "at most 100,000"),
        ((*EVENT, START, "RRULE:FREQ=DAILY", "RRULE:FREQ=DAILY"), 11, "a second RRULE"),
        ((*EVENT, START, "EXRULE:FREQ=DAILY"), 10, "EXRULE was taken out of the standard"),
        ((*EVENT, START, "RDATE;VALUE=PERIOD:20260414T1Z/PT1H"), 10, "VALUE=PERIOD is not taken"),
        (
            (*EVENT, START, "RECURRENCE-ID;RANGE=THISANDFUTURE:20260413T100000Z"),
            10,
            "RANGE=THISANDFUTURE is not taken",
        ),
    ],
)
def test_every_mistake_has_its_line(tmp_path, event, line, text):
    with pytest.raises(DocumentError) as caught:
        loaded(tmp_path, event)
    (problem,) = caught.value.problems
    assert text in str(problem)
    assert problem.line == line


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("", 1, "expected a calendar"),
        ("type: set_power\n", 1, "expected a calendar"),
        ("BEGIN:VCALENDAR\n", 1, "BEGIN:VCALENDAR has no END:VCALENDAR"),
        ("BEGIN:VCALENDAR\nEND:VEVENT\n", 2, "found END:VEVENT, expected END:VCALENDAR"),
        ("BEGIN:VCALENDAR\nnonsense\nEND:VCALENDAR\n", 2, "expected NAME:value"),
        (
            "BEGIN:VCALENDAR\nBEGIN:VTODO\nEND:VTODO\nEND:VCALENDAR\n",
            2,
            "VTODO is not taken; expected VEVENT",
        ),
    ],
)
def test_what_is_no_calendar_is_told_with_its_line(tmp_path, text, line, expected):
    with pytest.raises(DocumentError) as caught:
        loaded(tmp_path, text=text)
    assert expected in str(caught.value)
    assert caught.value.problems[0].line == line


def test_mistakes_of_several_events_are_told_at_once(tmp_path):
    with pytest.raises(DocumentError) as caught:
        loaded(tmp_path, (*EVENT,), ("SUMMARY:x", START), (*EVENT, START, "DURATION:x"))
    assert len(caught.value.problems) == 3


def test_ids_and_uids_that_repeat_are_told(tmp_path):
    with pytest.raises(DocumentError, match="the UID a stands here a second time"):
        loaded(tmp_path, ("UID:a", *EVENT, START), ("UID:a", *EVENT, START))
    with pytest.raises(DocumentError, match="the id 7 is that of the event in line 4, too"):
        loaded(tmp_path, *(((*EVENT, START, "X-GRIDPROOF-ID:7"),) * 2))


def test_year_of_a_yearly_weekday_rule_with_an_ordinal(tmp_path):
    entries = loaded(
        tmp_path,
        (*EVENT, "DTSTART:20260105T100000Z", "RRULE:FREQ=MONTHLY;BYDAY=1MO;COUNT=3"),
    )
    starts = [moment for moment, _ in moments(entries)]
    assert starts == [at(1, 5, 10), at(2, 2, 10), at(3, 2, 10)]
    assert all(moment.weekday() == 0 and moment.day <= 7 for moment in starts)
    assert starts[1] - starts[0] == timedelta(days=28)
