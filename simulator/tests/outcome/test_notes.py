from simulator.microgrid.recurrence import Frequency, Rule
from simulator.microgrid.scenario_base import parse_instant
from simulator.outcome.notes import notes_of
from simulator.tests.microgrid import sites
from simulator.tests.microgrid.sites import START


def test_quiet_run_has_no_notes():
    assert notes_of(sites.run(sites.site(hours=1))) == []


def test_dispatches_without_effect_are_told_once():
    rule = Rule(freq=Frequency.HOURLY)
    record = sites.run(
        sites.site(hours=4),
        sites.dispatch(3, "dance", s=60, rule=rule),
        sites.dispatch(4, "set_power", s=60, power_w="much"),
    )
    notes = notes_of(record)
    assert sum(note.startswith("dispatch 3 had no effect: dance") for note in notes) == 1
    assert any(note.startswith("dispatch 4 had no effect") and "/power_w" in note for note in notes)


def test_recurrence_over_a_change_of_clocks_is_warned_of():
    start = parse_instant("2026-03-28T00:00:00Z")
    scenario = sites.site(hours=72, start_us=start, meta={"zone": "Europe/Berlin"})
    daily = sites.dispatch(9, at=start - START, s=60, power_w=1.0, rule=Rule(freq=Frequency.DAILY))
    (note,) = notes_of(sites.run(scenario, daily))
    assert "clocks in Europe/Berlin change on 2026-03-29" in note
    assert "dispatches 9 keep their time of day in UTC" in note
    in_utc = sites.site(hours=72, start_us=start)
    assert notes_of(sites.run(in_utc, daily)) == []


def test_clear_sky_is_admitted():
    scenario = sites.site(hours=1)
    sky = {"name": "sky", "kind": "pv", "kwp": 1.0, "latitude": 50.0, "longitude": 10.0}
    data = scenario.model_dump(by_alias=True, exclude={"inputs"})
    inputs = [each.model_dump() for each in scenario.inputs]
    changed = type(scenario).model_validate({**data, "inputs": [*inputs, sky]})
    assert notes_of(sites.run(changed)) == [
        "input sky has an always clear sky, which overstates its yield"
    ]
