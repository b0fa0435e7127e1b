from datetime import date
from pathlib import Path

import pytest

from fixtures.documents.problems import DocumentError
from simulator.microgrid.scenario import Scenario, load
from simulator.microgrid.scenario_base import parse_instant
from simulator.microgrid.scenario_category import Category
from simulator.microgrid.scenario_components import Battery, Inverter
from simulator.microgrid.scenario_file import shipped_names

SMALL = """\
schema: 1
scenario: {name: small, start: 2026-06-01, end: 2026-06-02, zone: Europe/Berlin}
components:
- {id: 1, category: grid_connection_point}
- {id: 2, category: meter}
- {id: 3, category: inverter, type: battery, rated_power_w: 5000}
- {id: 4, category: battery, capacity_wh: 10000}
connections: [[1, 2], {from: 2, to: 3}, [3, 4]]
"""


@pytest.fixture
def write(tmp_path: Path):
    def writer(text: str, name: str = "site.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return writer


def problems(path: Path) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        load(path)
    return [str(each).removeprefix(f"{path}:") for each in caught.value.problems]


def test_small_scenario_takes_the_defaults(write):
    scenario = load(write(SMALL))
    assert scenario.meta.start_us == parse_instant("2026-05-31T22:00:00Z")  # local midnight
    assert scenario.meta.control_s == 60
    assert scenario.connections == ((1, 2), (2, 3), (3, 4))
    battery = scenario.component(4)
    assert isinstance(battery, Battery)
    assert (battery.max_charge_w, battery.max_discharge_w) == (5000, 5000)
    assert battery.soc_taper_low == pytest.approx(0.15)
    assert battery.soc_taper_high == pytest.approx(0.85)
    assert (battery.number, battery.type_number) == (Category.BATTERY, 1)
    inverter = scenario.component(3)
    assert isinstance(inverter, Inverter)
    assert inverter.type_number == 1
    assert scenario.base_strategy.kind == "idle"


def test_shipped_scenarios_load_and_bring_their_schedules():
    assert {"commercial", "home"} <= set(shipped_names())
    for name in shipped_names():
        scenario = load(name)
        assert isinstance(scenario, Scenario)
        assert 2 <= (scenario.meta.end_us - scenario.meta.start_us) / 86_400_000_000 <= 7
        assert scenario.schedule()


def test_all_mistakes_are_told_at_once_with_line_field_and_expectation(write):
    text = SMALL.replace("capacity_wh", "capacity_kwh").replace("5000}", "yes}")
    text = text.replace("[3, 4]]", "[3, 9]]")
    text += (
        "loads: [{meter: 3, input: hous}]\ninputs: [{name: house, kind: constant, power_w: -1}]\n"
    )
    assert problems(write(text)) == [
        "6: components[2].rated_power_w: found 'yes', expected a number",
        "7: components[3].capacity_kwh: unknown key; did you mean capacity_wh?",
        "7: components[3].capacity_wh: missing; expected a value",
        "8: connections[2][1]: found 9, expected a component's id",
        "9: loads[0].input: found 'hous', expected one of the inputs house; did you mean house?",
        "9: loads[0].meter: found 3, expected the id of a meter",
        "10: inputs[0].power_w: found -1, expected a number of at least 0",
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("schema: 1", "schema: 2", "1: schema: found 2, expected 1"),
        (
            "name: small",
            "nam: small",
            "2: scenario.nam: unknown key; did you mean name?",
        ),
        (
            "start: 2026-06-01",
            "start: 2026-06-01T00:00",
            "2: scenario.start: found '2026-06-01T00:00', expected a date such as 2026-06-01, "
            "or an instant with Z or an offset, such as 2026-06-01T12:00:00Z",
        ),
        (
            "Europe/Berlin",
            "Europe/Berln",
            "2: scenario.zone: found 'Europe/Berln', expected a zone of the IANA database, "
            "such as Europe/Berlin",
        ),
        ("2026-06-02", "2026-05-02", "expected an end after the start"),
        ("category: meter", "category: metre", "did you mean meter?"),
        ("type: battery", "type: pv", "inverter (3) is a PV inverter and has nothing below it"),
        ("{id: 2, category: meter}", "{id: 4, category: meter}", "found 4 a second time"),
        ("id: 4", "id: true", "7: components[3].id: found true, expected a whole number"),
    ],
)
def test_mistake_is_named(write, old, new, expected):
    assert expected in "\n".join(problems(write(SMALL.replace(old, new))))


def test_wrong_window_of_a_battery_says_which_values(write):
    text = SMALL.replace("capacity_wh: 10000", "capacity_wh: 10000, soc_min: 0.9, soc_max: 0.5")
    assert "expected soc_min below soc_max, not 0.9 and 0.5" in problems(write(text))[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1: found nothing, expected a mapping"),
        ("- a\n", "1: found a list of 1, expected a mapping"),
        ("schema: 1\nschema: 1\n", "2: the key schema stands here a second time"),
        ("schema: [1\n", "2: not YAML"),
        ("a: &a [*a]\n", "1: more than 1000000 values or 100 levels, or an alias of itself"),
    ],
)
def test_text_that_is_no_scenario_is_refused(write, text, expected):
    assert expected in "\n".join(problems(write(text)))


def test_unknown_name_lists_what_ships():
    with pytest.raises(DocumentError, match=r"shipped are .*home.*did you mean home"):
        load("hom")


def test_binary_file_is_refused_in_one_line(tmp_path):
    path = tmp_path / "site.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    assert problems(path) == ["1: expected text in UTF-8"]


def test_tariff_times_are_text_and_not_sexagesimal_numbers(write):
    path = write(SMALL + "tariff: {windows: [{from: 22:00, to: 06:30, buy_per_kwh: 0.2}]}\n")
    (window,) = load(path).tariff.windows
    assert (window.from_minute, window.to_minute) == (22 * 60, 6 * 60 + 30)


def test_holidays_listed_or_from_a_calendar(write):
    listed = load(write(SMALL.replace("zone:", "holidays: [2026-05-01, 2027-05-01], zone:")))
    assert listed.holidays([2026]) == {date(2026, 5, 1)}
    calendar = "holidays: {country: DE, subdivision: BE}, zone:"
    assert date(2026, 3, 8) in load(write(SMALL.replace("zone:", calendar))).holidays([2026])
