"""`simulate --check`: every mistake at once, each with its line and what was expected."""

from pathlib import Path

import pytest

from simulator.microgrid.scenario_check import check
from simulator.microgrid.scenario_file import find, shipped_names

TWELVE = """\
schema: 1
scenario:
  name: twelve
  start: 2026-06-02
  end: 2026-06-01
  zone: Europe/Berlinn
  arbitraton: sum
components:
  - {id: 1, category: grid_connection_point, fuse_a: -35}
  - {id: 2, category: meter}
  - {id: 3, category: inverter, type: battery, rated_power_w: 5000}
  - {id: 4, category: battery, capacity_wh: 10 kWh}
  - {id: 5, category: ev_charger, rated_power_w: 11000, strategy: later}
  - {id: 5, category: chp, rated_power_w: 5000}
connections: [[1, 2], [2, 3], [3, 4], [2, 9]]
loads:
  - {meter: 3, input: huose}
inputs:
  - {name: house, kind: constant, power_w: 1000}
tariff:
  windows: [{from: "08:00", to: "25:00", buy_per_kwh: 0.4}]
dispatches:
  - type: set_power
    start_time: 2026-06-01T10:00:00Z
    target: {component_ids: [4]}
    payload: {power_w: "5"}
"""
EXPECTED = [
    "5: scenario.end: found '2026-06-01', expected an end after the start",
    "6: scenario.zone: found 'Europe/Berlinn', expected a zone of the IANA database",
    "7: scenario.arbitraton: unknown key; did you mean arbitration?",
    "9: components[0].fuse_a: found -35, expected a number above 0",
    "12: components[3].capacity_wh: found '10 kWh', expected a number",
    "13: components[4].strategy: found 'later', expected 'asap', 'even' or 'latest'",
    "14: components[5].id: found 5 a second time",
    "15: connections[3][1]: found 9, expected a component's id",
    "17: loads[0].input: found 'huose', expected one of the inputs house; did you mean house?",
    "17: loads[0].meter: found 3, expected the id of a meter",
    "21: tariff.windows[0].to: found '25:00', expected a local time",
    "26: dispatches[0].payload.power_w: found '5', expected a number",
]

SMALL = """\
schema: 1
scenario: {name: small, start: 2026-06-01, end: 2026-06-02}
components:
  - {id: 1, category: grid_connection_point}
  - {id: 2, category: meter}
  - {id: 3, category: ev_charger, rated_power_w: 11000}
connections: [[1, 2], [2, 3]]
dispatches:
"""


def written(folder: Path, text: str, name: str = "site.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def order(type_: str = "ev_charge", payload: str = "{}", target: str = "[3]") -> str:
    return (
        f"  - {{type: {type_}, start_time: 2026-06-01T10:00:00Z, "
        f"target: {{component_ids: {target}}}, payload: {payload}}}\n"
    )


def test_twelve_mistakes_are_twelve_lines(tmp_path):
    path = written(tmp_path, TWELVE)
    found = [str(each).removeprefix(f"{path}:") for each in check(path).mistakes]
    assert len(found) == 12
    for line, expected in zip(found, EXPECTED, strict=True):
        assert line.startswith(expected)


@pytest.mark.parametrize("name", shipped_names())
def test_what_ships_has_no_mistakes(name):
    report = check(name)
    assert report.mistakes == ()
    assert report.scenario is not None


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (order("ev_chrage"), "is not in the vocabulary: it will have no effect; did you mean ev_c"),
        (order(target="[7]"), "names no component of the site"),
        (order("soc_target", "{soc: 0.5}"), "nothing that it names can do soc_target"),
        (order(payload="{max_power: 5000}"), "means nothing to ev_charge; did you mean max_w?"),
    ],
)
def test_what_will_have_no_effect_is_noted(tmp_path, entry, expected):
    report = check(written(tmp_path, SMALL + order() + entry))
    assert report.mistakes == ()
    (note,) = report.notes
    assert expected in note.text
    assert (note.line, note.field[:13]) == (10, "dispatches[1]")


def test_a_dispatch_file_is_checked_beside_its_scenario(tmp_path):
    path = written(tmp_path, SMALL + order())
    other = written(tmp_path, "[" + order(payload="{max_w: -1}").strip(" -") + "]", "other.yaml")
    (mistake,) = check(path, other).mistakes
    assert str(mistake) == f"{other}:1: [0].payload.max_w: found -1, expected 0 to 1e+12"


def test_parts_that_are_not_simulated_are_mistakes(tmp_path):
    text = SMALL.replace("ev_charger,", "inverter, type: hybrid,") + order("switch", "{state: on}")
    (mistake,) = check(written(tmp_path, text)).mistakes
    assert "not simulated in this version: inverter 3 (3) has no battery" in mistake.text


def test_tables_that_the_scenario_names_are_read_too(tmp_path):
    text = (Path(str(find("fleet"))).read_text()).replace(
        "    name: visitors 1\n", "    name: visitors 1\n    sessions_file: {path: visits.csv}\n"
    )
    path = tmp_path / "fleet.yaml"
    path.write_text(text)
    (tmp_path / "visits.csv").write_text("arrive,depart,energy_kwh\nnoon,later,much\n,,\n")
    (mistake,) = check(path).mistakes
    assert "visits.csv:2: arrive: found 'noon', expected an ISO 8601 instant" in mistake.text
    assert mistake.field.endswith("sessions_file")


def test_an_island_that_nobody_keeps_alive_is_worth_a_note(tmp_path):
    path = tmp_path / "hut.yaml"
    path.write_text(
        """\
schema: 1
scenario: {name: hut, start: 2026-06-01, end: 2026-06-02, allow_no_grid: true}
components:
  - {id: 2, category: meter}
  - {id: 3, category: inverter, type: battery, rated_power_w: 5000}
  - {id: 4, category: battery, capacity_wh: 10000}
connections: [[2, 3], [3, 4]]
""",
        "utf-8",
    )
    (note,) = check(path).notes
    assert "no inverter forms a grid" in note.text
    path.write_text(path.read_text("utf-8").replace("5000}", "5000, grid_forming: true}"), "utf-8")
    assert check(path).notes == ()
