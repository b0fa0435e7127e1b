from pathlib import Path

import pytest

from fixtures.documents.problems import DocumentError
from simulator.microgrid.dispatch import Categories, CategoryTypes, Ids
from simulator.microgrid.recurrence import Frequency
from simulator.microgrid.scenario_category import Category
from simulator.microgrid.scenario_file import load_dispatches


@pytest.fixture
def write(tmp_path: Path):
    def writer(text: str, name: str = "dispatches.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return writer


def problems(path: Path) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        load_dispatches(path)
    return [str(each).removeprefix(f"{path}:") for each in caught.value.problems]


def test_dispatch_in_the_words_of_the_api_and_in_short_ones_are_the_same(write):
    short = """\
- id: 7
  type: set_power
  start_time: 2026-06-01T10:00:00Z
  duration_s: 60
  target: {component_ids: [4]}
  payload: {power_w: 100, state: on}
  recurrence: {freq: weekly, byweekdays: [mo, friday], end_criteria: {count: 3}}
"""
    api = """\
[{"metadata": {"dispatchId": "7", "endTime": "2026-06-15T10:01:00Z"},
  "data": {"type": "set_power", "startTime": "2026-06-01T10:00:00Z", "duration": 60,
    "target": {"componentIds": {"ids": ["4"]}}, "isActive": true,
    "payload": {"power_w": 100, "state": "on"},
    "recurrence": {"freq": "FREQUENCY_WEEKLY", "interval": 1,
      "byweekdays": ["WEEKDAY_MONDAY", "WEEKDAY_FRIDAY"], "endCriteria": {"count": 3}}}}]
"""
    first = load_dispatches(write(short, "a.yaml"))
    second = load_dispatches(write(api, "b.json"))
    assert [each.to_dispatch(1) for each in first] == [each.to_dispatch(1) for each in second]
    dispatch = first[0].to_dispatch(1)
    assert dispatch.target == Ids(ids=(4,))
    assert dispatch.payload == {"power_w": 100, "state": "on"}
    assert dispatch.rule is not None
    assert (dispatch.rule.freq, dispatch.rule.byweekdays) == (Frequency.WEEKLY, (1, 5))


def test_printed_message_without_is_active_is_inactive(write):
    """Protobuf's JSON leaves out what is false; a hand-written dispatch is meant to run."""
    body = '"type": "x", "startTime": "2026-06-01T10:00:00Z", "target": {"componentIds": {}}'
    (printed,) = load_dispatches(write(f'[{{"data": {{{body}}}}}]'))
    (written,) = load_dispatches(write(f"[{{{body}}}]"))
    assert not printed.to_dispatch(1).active
    assert written.to_dispatch(1).active


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("{component_categories: [battery, 6]}", Categories(categories=(Category(5), Category(6)))),
        (
            "{component_categories: {categories: [ELECTRICAL_COMPONENT_CATEGORY_CHP]}}",
            Categories(categories=(Category.CHP,)),
        ),
        (
            "{component_categories_types: [{category: inverter, type: pv}, {category: meter}]}",
            CategoryTypes(pairs=((Category.INVERTER, 2), (Category.METER, None))),
        ),
        (
            "{component_categories_types: [{category: battery, battery: BATTERY_TYPE_NA_ION}]}",
            CategoryTypes(pairs=((Category.BATTERY, 2),)),
        ),
    ],
)
def test_targets(write, target, expected):
    path = write(f"[{{type: x, start_time: 2026-06-01T10:00:00Z, target: {target}}}]")
    assert load_dispatches(path)[0].to_dispatch(1).target == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("target: {}", "1: [0].target: found a mapping, expected exactly one of component_ids"),
        ("duration_s: -1", "1: [0].duration_s: found -1, expected a number of at least 0"),
        ("durations: 1", "1: [0].durations: unknown key; did you mean duration_s?"),
        ("start_time: 2026-06-01T10:00:00", "expected an instant with Z or an offset"),
        ("is_active: 1", "1: [0].is_active: found 1, expected true or false"),
        ("recurrence: {freq: weekly, bymonthdays: [1]}", "no bymonthdays beside freq: weekly"),
        ("recurrence: {freq: daily, byhours: [24]}", "byhours[0]: found 24, expected a number of"),
        ("recurrence: {freq: secondly}", "expected one of minutely, hourly, daily"),
        (
            "recurrence: {freq: daily, end_criteria: {count: 1, until: 2026-06-01T00:00:00Z}}",
            "expected count or until_time, not both",
        ),
    ],
)
def test_wrong_dispatch_is_told_with_its_place(write, change, expected):
    base = {
        "type": "type: x",
        "start_time": "start_time: 2026-06-01T10:00:00Z",
        "target": "target: {component_ids: [1]}",
    }
    base[change.split(":")[0]] = change
    path = write("[{" + ", ".join(base.values()) + "}]")
    assert expected in "\n".join(problems(path))


def test_mistakes_inside_a_printed_message_are_found_there(write):
    text = '- metadata: {dispatchId: "3"}\n  data:\n    type: x\n    startTime: noon\n'
    assert problems(write(text)) == [
        "2: [0].data.target: missing; expected a value",
        "4: [0].data.startTime: found 'noon', expected an ISO 8601 instant such as "
        "2026-06-01T12:00:00Z",
    ]


def test_dispatch_file_with_repeated_ids_is_refused(write):
    entry = "type: x, start_time: 2026-06-01T10:00:00Z, target: {component_ids: [1]}"
    path = write(f"dispatches:\n- {{id: 1, {entry}}}\n- {{id: 1, {entry}}}\n")
    assert "3: dispatches[1].id: found 1 a second time" in problems(path)[0]
