"""What automations do through the APIs, in-process."""

import pytest

from simulator.drivers import Steered, collections
from simulator.microgrid.clock import ManualClock
from simulator.server.clock import ServedClock
from simulator.server.desks import ServiceDesk, TaskDesk
from simulator.services.errors import Code, ServiceError
from simulator.services.services import ServicesService
from simulator.services.tasks import TasksService
from simulator.services.texts import TextEngine
from simulator.services.timers import Timers
from simulator.store import TokenSigner

SIGNER = TokenSigner(b"x" * 32, purpose="tests")


class TestServices:
    @pytest.fixture
    def services(self):
        clock = ServedClock(0, 0.0)
        timers = Timers(clock, clock.showing)
        steered = Steered(site=lambda: None, clock=clock, timers=timers)
        service = ServicesService(clock, timers, SIGNER, None, collections(steered))
        service.collections["scratch"].create("mock", service_id="a")
        return service

    def test_starting_and_stopping_twice_is_no_mistake(self, services):
        desk = ServiceDesk(services)
        for call, active in ((desk.start, True), (desk.stop, False)):
            for _ in range(2):
                call("scratch", "a")
                assert services.collections["scratch"].get("a").state.active is active

    @pytest.mark.parametrize(("collection", "service_id"), [("scratch", "b"), ("zones", "a")])
    def test_what_does_not_exist_is_not_found(self, services, collection, service_id):
        with pytest.raises(ServiceError) as caught:
            ServiceDesk(services).start(collection, service_id)
        assert caught.value.code is Code.NOT_FOUND


class TestTasks:
    @pytest.fixture
    async def tasks(self):
        engine = TextEngine()
        service = TasksService(ManualClock(0), SIGNER, None, engine)
        for tenant in ("t1", "t2"):
            service.create_type(tenant, "easy", display_name="Easy", category="system")
            service.create_type(
                tenant,
                "hard",
                display_name="Hard",
                category="system",
                input_schema='{"type": "object", "required": ["x"]}',
            )
        await service.create_task("t1", "hard", {}, "b")
        await service.create_task("t1", "easy", {}, "a")
        await service.create_task("t2", "easy", {}, "a")
        yield service
        engine.close()

    async def test_a_task_is_done_and_no_longer_open(self, tasks):
        desk = TaskDesk(tasks)
        assert [(each.name, each.type_id, each.needs_input) for each in desk.open_tasks()] == [
            ("tenants/t1/tasks/b", "hard", True),
            ("tenants/t1/tasks/a", "easy", False),
            ("tenants/t2/tasks/a", "easy", False),
        ]
        assert desk.claim("tenants/t1/tasks/a", "me")
        assert not desk.claim("tenants/t1/tasks/a", "you")
        assert len(desk.open_tasks()) == 2
        assert desk.complete("tenants/t1/tasks/a", "me")
        assert not desk.complete("tenants/t1/tasks/a", "me")

    async def test_what_needs_an_input_is_left_to_people(self, tasks):
        desk = TaskDesk(tasks)
        assert desk.claim("tenants/t1/tasks/b", "me")
        assert not desk.complete("tenants/t1/tasks/b", "me")
        assert not desk.claim("tenants/t1/tasks/absent", "me")
