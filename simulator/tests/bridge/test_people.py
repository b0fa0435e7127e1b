"""What people do with the tasks of a site: claim and forget, change a type meanwhile, order it."""

import pytest

from simulator.services.errors import Code, ServiceError
from simulator.services.tasks.methods import dialects
from simulator.tests.bridge.bridged import IN_PROGRESS, MACHINES, ROOF, bridged, scenario

NAME = "tenants/site/tasks/inverter-fault-4-1"


@pytest.fixture
async def site(tmp_path):
    async with bridged(scenario(tmp_path)) as found:
        found.break_("inverter_fault", ROOF, code=301.0)
        yield found


async def test_a_crew_that_claims_and_never_completes(site):
    await site.tasks.claim_task(NAME)
    await site.hours(24 * 7)
    assert [each.state for each in site.listed()] == [IN_PROGRESS]
    with pytest.raises(ServiceError) as caught:
        await site.tasks.claim_task(NAME)
    assert caught.value.code is Code.FAILED_PRECONDITION
    # Nothing else is opened about what is still broken; anyone may complete it.
    assert site.ids() == ["inverter-fault-4-1"]
    await site.tasks.complete_task(NAME, {"action": "replace"})
    await site.hours(3.1)
    assert site.world.faults == {}


async def test_a_type_that_changes_leaves_open_tasks_as_they_are(site):
    before = site.tasks.task(NAME).description
    update = next(each for each in dialects(site.tasks)[1].methods if each.name == "UpdateType")
    changed = {
        "name": "tenants/site/types/inverter-fault",
        "description_template": "Another text",
    }
    request = update.request(type=changed, update_mask={"paths": ["description_template"]})
    await update.handle(request)
    assert (await site.tasks.claim_task(NAME)).description == before
    await site.tasks.complete_task(NAME, {"action": "replace"})
    await site.hours(4)
    site.break_("inverter_fault", ROOF)
    assert site.listed()[-1].description == "Another text"
    assert site.ids()[-1] == "inverter-fault-4-2"


async def test_an_id_that_a_client_has_taken_is_passed_over(site):
    await site.tasks.create_task("site", "follow-up", {"x": "y"}, "meter-burning-8-1")
    site.break_("meter_burning", MACHINES)
    assert site.ids()[-1] == "meter-burning-8-2"


async def test_tasks_of_clients_have_no_effect(site):
    metadata = site.tasks.task(NAME).metadata
    plain = {"device_number": metadata["device_number"], "fault_code": "E1"}
    await site.tasks.create_task("site", "inverter-fault", plain, "mine")
    await site.work("mine", action="replace")
    await site.hours(4)
    assert site.world.faults


async def test_a_completion_counts_once_however_it_is_asked_for(site):
    await site.work("inverter-fault-4-1", action="replace", new_device_number="WR-2")
    for _ in range(3):
        with pytest.raises(ServiceError):
            await site.tasks.complete_task(NAME, {"action": "replace"})
        await site.hours(2)
    assert len(site.events("TASK_EFFECT")) == 1
    assert len(site.events("DEVICE_REPLACED")) == 1
