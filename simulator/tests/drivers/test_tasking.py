"""`task-automation`: one task after the other, and what the log tells of them."""

from __future__ import annotations

import pytest

from simulator.drivers import OpenTask
from simulator.services.services.kinds import LoadFailed
from simulator.tests.drivers.served import Served

AUTOMATIONS = "automations"


class Desk:
    """A few tasks that can be claimed once."""

    def __init__(self, *tasks: OpenTask) -> None:
        self.tasks = list(tasks)
        self.completed: list[str] = []
        self.lost: set[str] = set()

    def open_tasks(self) -> list[OpenTask]:
        return list(self.tasks)

    def claim(self, name: str, agent: str) -> bool:
        self.tasks = [each for each in self.tasks if each.name != name]
        return name not in self.lost

    def complete(self, name: str, agent: str) -> bool:
        self.completed.append(name)
        return True


def task(name: str, type_id: str = "service-stopped", needs_input: bool = False) -> OpenTask:
    return OpenTask(name=name, type_id=type_id, needs_input=needs_input)


def test_without_the_tasks_api_it_cannot_load() -> None:
    with pytest.raises(LoadFailed, match="tasks API is not served") as failure:
        Served().start("task-automation", collection=AUTOMATIONS)
    assert failure.value.fatal


def test_it_works_off_one_task_after_the_other_and_tells_how_far_it_is() -> None:
    served = Served(schedule=False)
    desk = Desk(task("a", needs_input=True), task("b"), task("c", "other"), task("d"))
    desk.lost = {"b"}
    served.steered.tasks = desk
    config = {"accept": ["service-stopped"], "progressInterval": "1m", "workTime": "3m"}
    driver = served.start("task-automation", collection=AUTOMATIONS, **config)
    served.hours(0.1)
    assert desk.completed == ["d"]
    assert [each["task"] for each in served.events("TASK_CLAIMED")] == ["d"]
    assert [each["done"] for each in served.events("TASK_PROGRESS")] == pytest.approx(
        [1 / 3, 2 / 3]
    )
    desk.tasks.append(task("e"))
    served.hours(1 / 60)
    driver.stop()
    assert served.events("TASK_CANCELLED")[0]["task"] == "e"
    assert served.timers.next_us is None
