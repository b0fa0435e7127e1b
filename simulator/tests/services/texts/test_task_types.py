"""The shipped types of tasks work: templates render, schemas tell good inputs from bad ones."""

import json

import pytest

from fixtures.factories import build
from fixtures.factories.tasks import task_types
from simulator.services.texts import InputInvalid, TextEngine

INPUTS = {
    "meter-burning": (
        {"new_device_number": "n-1", "replaced_on": "2026-06-01", "cause": "overload",
         "final_readings": {"1-0:1.8.0*255": 17.5}, "initial_readings": {"1.8.0": 0}},
        {"new_device_number": "n-1", "replaced_on": "2026-02-30"},
    ),
    "meter-communication-lost": (
        {"action": "replace", "new_device_number": "n-1"}, {"action": "replace"}
    ),
    "meter-reading-due": (
        {"date": "2026-06-01", "values": {"1-0:1.8.0*255": 3}},
        {"date": "2026-06-01", "values": {"1-0:1.8.0*255": -3}},
    ),
    "meter-reading-implausible": (
        {"decision": "accept", "reason": "checked"}, {"decision": "accept"}
    ),
    "battery-overtemperature": ({"cooling_repaired": True, "max_power_kw": 5}, {"max_power_kw": 5}),
    "battery-capacity-degraded": (
        {"action": "replace", "new_device_number": "n-1", "capacity_kwh": 12},
        {"action": "replace"},
    ),
    "inverter-fault": (
        {"action": "replace", "new_device_number": "n-1"},
        {"action": "restart", "new_device_number": "n-1"},
    ),
    "pv-output-low": ({"finding": "soiling"}, {"finding": "moss"}),
    "breaker-tripped": ({"cause_removed": True}, {}),
    "dispatch-not-delivered": (
        {"reschedule_at": "2026-06-01T12:00:00Z"}, {"reschedule_at": "tomorrow"}
    ),
    "follow-up": ({"done": True}, {"done": "yes"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def engine():
    made = TextEngine()
    yield made
    made.close()


def some_task(name):
    made = next(each for each in build("task", 500, seed=6) if each["type"].endswith(f"/{name}"))
    if name == "meter-reading-due":
        made["metadata"]["registers"] = ["1-0:1.8.0*255"]
    return {
        "Name": "tenants/t1/tasks/a",
        "Type": made["type"],
        "State": "NEW",
        "Metadata": made["metadata"],
        "Annotations": made["annotations"],
        "Stage": "dev.",
    }


@pytest.mark.parametrize("name", task_types())
async def test_texts_render_for_generated_tasks(engine, name):
    kind, data = task_types()[name], some_task(name)
    links = [each["uri_template"] for each in kind["links"]]
    for source in (kind["description_template"], kind["recommended_action_template"], *links):
        engine.check_template(source)
        text = await engine.render(source, data)
        assert text
        assert "<no value>" not in text
        assert "%!" not in text


@pytest.mark.parametrize("name", INPUTS)
async def test_schemas_tell_good_inputs_from_bad_ones(engine, name):
    schema, data = task_types()[name]["input_schema"], some_task(name)
    good, bad = INPUTS[name]
    engine.check_schema(schema)
    await engine.check_input(schema, data, good)
    with pytest.raises(InputInvalid):
        await engine.check_input(schema, data, bad)
    with pytest.raises(InputInvalid):
        await engine.check_input(schema, data, good | {"nonsense": 1})


def test_only_a_stopped_service_needs_no_input():
    empty = [name for name, kind in task_types().items() if not kind["input_schema"]]
    assert empty == ["service-stopped"]
    assert set(INPUTS) == set(task_types()) - set(empty)


async def test_the_old_number_is_no_new_number(engine):
    data = some_task("meter-burning")
    value = {"new_device_number": data["Metadata"]["device_number"], "replaced_on": "2026-06-01"}
    with pytest.raises(InputInvalid) as caught:
        await engine.check_input(task_types()["meter-burning"]["input_schema"], data, value)
    assert [path for path, _ in caught.value.violations] == ["input.new_device_number"]
    json.dumps(caught.value.violations)
