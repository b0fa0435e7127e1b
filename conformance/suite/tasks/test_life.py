"""States and times of tasks over their life (seed 001, Task.State; AIP-216)."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.judging import by_depth, expect, explore, passive, requirement
from conformance.oracles.tasks.life import judge_task
from conformance.oracles.tasks.model import Task
from conformance.strategies.tasks_steps import WHOLE_LIFE, Step, steps
from conformance.suite.tasks.life_machine import Machine
from conformance.targets.tasks import TasksTarget

PAGE = 100
"""Tasks of others that are looked at."""


@requirement("TSK-STA-001")
def test_states_follow_the_calls(tasks: TasksTarget) -> None:
    def body(steps: tuple[Step, ...]) -> None:
        Machine(tasks).run(steps)

    explore(
        body,
        examples=by_depth(full=20, staging=20),
        directed=[{"steps": WHOLE_LIFE}],
        steps=steps,
    )


def _none(found: Iterable[Task], code: str, what: str) -> None:
    """Fail if a task breaks a rule of its own, by the code of `judge_task`."""
    wrong = [v.text for task in found for v in judge_task(task) if v.code == code]
    expect(not wrong, what, got=wrong[:3], wanted="none")


def _seen(tasks: TasksTarget) -> list[Task]:
    """Tasks as every method shows them, in all states."""
    type = tasks.fresh_type()
    lives = [tasks.create_task(type, metadata={"n": str(number)}) for number in range(3)]
    answers = [*lives, tasks.claim(lives[1].name), tasks.claim(lives[2].name)]
    answers.append(tasks.complete(lives[2].name))
    answers += [tasks.get_task(task.name) for task in lives]
    answers += tasks.all_tasks(filter=tasks.only(type))
    return answers


@requirement("TSK-STA-002")
@passive
def test_every_task_that_is_there_has_a_state(tasks: TasksTarget) -> None:
    _none(tasks.list_tasks(size=PAGE).items, "state", "tasks without a state")


@requirement("TSK-STA-002")
def test_every_answer_shows_a_state(tasks: TasksTarget) -> None:
    _none(_seen(tasks), "state", "tasks without a state")


@requirement("TSK-STA-003")
@passive
def test_times_of_every_task_that_is_there_agree(tasks: TasksTarget) -> None:
    _none(tasks.list_tasks(size=PAGE).items, "times", "tasks whose times do not agree")


@requirement("TSK-STA-003")
def test_times_of_every_answer_agree(tasks: TasksTarget) -> None:
    _none(_seen(tasks), "times", "tasks whose times do not agree")
