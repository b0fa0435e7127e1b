import sys
from importlib import resources
from zoneinfo import ZoneInfo

import pytest

from fixtures.documents.problems import DocumentError
from simulator.microgrid.scenario import load
from simulator.schedules.reading import is_calendar, load_schedule
from simulator.tests.schedules.calendars import EVENT, calendar

STRETCH = {"zone": ZoneInfo("UTC"), "start_us": 0, "end_us": 4 * 10**15}
YAML = """\
- {type: set_power, start_time: 2026-06-01T08:00:00Z, duration_s: 60,
   target: {component_ids: [4]}, payload: {power_w: 1}}
"""


def test_a_file_is_read_in_the_form_that_it_has(tmp_path):
    event = calendar((*EVENT, "DTSTART:20260401T100000Z"))
    for name, text, expected in (
        ("a.yaml", YAML, False),
        ("a.ics", event, True),
        ("a.txt", "\ufeff" + event, True),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert is_calendar(tmp_path / name) is expected
        (entry,) = load_schedule(tmp_path / name, **STRETCH)
        assert entry.type == "set_power"


@pytest.mark.parametrize("name", ["none.ics", "none.yaml"])
def test_absent_file_is_told(tmp_path, name):
    with pytest.raises(DocumentError, match="No such file"):
        load_schedule(tmp_path / name, **STRETCH)


def test_absent_library_names_the_extra(tmp_path, monkeypatch):
    (tmp_path / "a.ics").write_text(calendar())
    monkeypatch.setitem(sys.modules, "icalendar", None)
    for name in [each for each in sys.modules if each.startswith("simulator.schedules.calendar_")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(DocumentError, match=r"pip install gridproof\[ical\]"):
        load_schedule(tmp_path / "a.ics", **STRETCH)


def test_shipped_example_fits_the_shipped_home():
    home = load("home")
    path = resources.files("fixtures.scenarios").joinpath("week.ics")
    entries = load_schedule(
        path, zone=home.zone, start_us=home.meta.start_us, end_us=home.meta.end_us
    )
    assert [each.id for each in entries] == [1, 5, 2, 6, 3, 4]
    assert [each.is_dry_run for each in entries][-1]
