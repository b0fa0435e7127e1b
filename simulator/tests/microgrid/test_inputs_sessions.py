"""Sessions from a CSV file: the same as those in the scenario, and mistakes told line by line."""

from zoneinfo import ZoneInfo

import pytest

from simulator.microgrid.inputs_errors import InputError
from simulator.microgrid.inputs_sessions import sessions_of
from simulator.microgrid.scenario_components import EvCharger
from simulator.microgrid.scenario_sessions import Session, SessionsFile
from simulator.microgrid.sessions import stays
from simulator.tests.microgrid.sites import EV, START, plant

BERLIN = ZoneInfo("Europe/Berlin")
GOOD = """\
arrive,depart,energy_kwh,capacity_wh,phases
2026-01-02T18:20:00,2026-01-03T05:00:00,20,90000,3
2026-01-01T18:20:00+01:00,2026-01-02T05:00:00Z,78,,1
"""


@pytest.fixture
def read(tmp_path):
    def read(text, charger_id=1, **keys):
        (tmp_path / "s.csv").write_text(text)
        entry = SessionsFile(path="s.csv", **keys)
        return sessions_of(entry, charger_id, folder=tmp_path, zone=BERLIN)

    return read


def refused(read, text, **keys) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(text, **keys)
    return [line.rsplit("/", 1)[-1] for line in str(caught.value).splitlines()]


def test_rows_are_sessions_by_arrival_in_the_local_time_of_the_site(read):
    first, second = read(GOOD)
    assert first == Session(
        arrive="2026-01-01T17:20:00Z", depart="2026-01-02T05:00:00Z", energy_wh=78e3, phases=1
    )
    assert (
        second.arrive_us
        == Session(
            arrive="2026-01-02T17:20:00Z", depart="2026-01-03T04:00:00Z", energy_wh=1.0
        ).arrive_us
    )
    assert second.capacity_wh == 90e3


def test_one_file_serves_a_depot(read):
    text = "charger,arrive,depart,energy_wh\n7,2026-01-01T10:00,2026-01-01T11:00,5000\n"
    assert len(read(text, 7)) == 1
    assert read(text, 8) == ()


def test_columns_of_others_are_named_and_the_rest_is_passed_over(read):
    text = "RFID,Start,End,kWh\nab,2026-01-01T10:00,2026-01-01T11:00,5\n"
    (found,) = read(text, columns={"arrive": "Start", "depart": "End", "energy_kwh": "kWh"})
    assert found.energy_wh == 5000.0


def test_every_mistake_is_told_with_its_line(read):
    text = """\
arrive,depart,energy_kwh,capacity_wh,phases
2026-01-01 18.20,2026-01-02T05:00:00,78,90000,3
2026-01-03T18:00,2026-01-04T05:00,70,60000,3
2026-01-05T18:00,2026-01-04T05:00,x,,3
2026-01-05T18:00,2026-01-06T05:00,,,2

2026-01-07T01:00,2026-01-08T05:00,1,,
2026-01-07T03:00,2026-01-07T05:00,1,,
2026-01-09T01:00,2026-01-09T05:00,-1,,
"""
    assert refused(read, text) == [
        "s.csv:2: arrive: found '2026-01-01 18.20', expected an ISO 8601 instant",
        "s.csv:3: expected an energy_wh that fits into the battery",
        "s.csv:4: energy_kwh: found 'x', expected a number",
        "s.csv:5: phases: found 2, expected 1 or 3",
        "s.csv:5: energy is empty, expected a value",
        "s.csv:9: energy_kwh: found -1, expected greater than 0",
        "s.csv:8: arrives while the vehicle of line 7 is there, expected one vehicle at a time",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("arive,depart,energy_wh\n", "no column arrive; column arive means nothing; did you mean"),
        ("arrive,depart\n", "expected a column energy_wh or energy_kwh, one of them"),
        ("arrive,depart,energy_wh,energy_kwh\n", "one of them"),
        ("", "the header names nothing"),
        ("arrive,depart,energy_wh\n1,2\n", "s.csv:2: found 2 cells, expected 3"),
    ],
)
def test_a_file_of_another_form_is_refused(read, text, told):
    (line,) = refused(read, text)
    assert told in line


def test_a_charging_point_takes_its_sessions_from_the_file(tmp_path):
    (tmp_path / "s.csv").write_text(GOOD)
    scenario = plant(ev={"sessions_file": {"path": "s.csv"}})
    scenario._folder = tmp_path
    entry = scenario.component(EV)
    assert isinstance(entry, EvCharger)
    assert [each.energy_wh for each in stays(entry, scenario, 1, START)] == [78e3, 20e3]


def test_unknown_columns_and_two_sources_are_refused():
    with pytest.raises(ValueError, match="did you mean arrive"):
        SessionsFile(path="s.csv", columns={"arive": "x"})
    session = {"arrive": "2026-01-01T00:00Z", "depart": "2026-01-02T00:00Z", "energy_wh": 1.0}
    with pytest.raises(ValueError, match="not both"):
        plant(ev={"sessions": [session], "sessions_file": {"path": "s.csv"}})
