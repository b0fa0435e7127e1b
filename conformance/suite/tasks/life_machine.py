"""The life of several tasks as a machine: every answer is held against a model of their states."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from conformance.judging import ABSENT, Refused, attempt, expect, refused
from conformance.oracles.model import Violation
from conformance.oracles.tasks.life import REFUSED, Call, after, judge_history, judge_step
from conformance.oracles.tasks.model import Task
from conformance.strategies.tasks_steps import SLOTS, Step
from conformance.suite.tasks.families import TAKEN, same
from conformance.targets.tasks import TasksTarget


class Machine:
    """Runs one sequence on tasks of its own.

    Attributes:
        shown: each task as it was shown, time after time, by slot.
        from_new: whether a task could be completed that nobody had claimed; None: not tried.
    """

    def __init__(self, tasks: TasksTarget) -> None:
        self.tasks = tasks
        self.type = tasks.fresh_type()
        self.ids = [tasks.fresh_id() for _ in range(SLOTS)]
        self.shown: dict[int, list[Task]] = {}
        self.from_new = tasks.profile.complete_from_new
        self._updates = 0

    def run(self, steps: Sequence[Step]) -> None:
        """Take every step, then look at everything once more.

        Raises:
            Nonconformance: an answer is not what the model says.
        """
        for step in steps:
            self._step(step)
        self._list()
        for slot, history in self.shown.items():
            self._get(slot)
            _none(judge_history(history), "task as it was shown time after time")

    def _step(self, step: Step) -> None:
        if step.verb == "list":
            self._list()
        elif step.verb == "update":
            self._update()
        elif step.verb == "create":
            self._create(step.slot)
        elif step.verb == "get":
            self._get(step.slot)
        elif step.slot in self.shown:
            self._move(step.slot, step.verb)
        else:
            call = self._calls(step.slot)[step.verb]
            refused(call, ABSENT, f"{step.verb} of a task that does not exist")

    def _name(self, slot: int) -> str:
        return f"{self.tasks.parent}/tasks/{self.ids[slot]}"

    def _calls(self, slot: int) -> dict[str, Callable[[], Task]]:
        tasks, name = self.tasks, self._name(slot)
        return {"claim": partial(tasks.claim, name), "complete": partial(tasks.complete, name)}

    def _create(self, slot: int) -> None:
        call = partial(
            self.tasks.create_task, self.type, id=self.ids[slot], metadata={"n": str(slot)}
        )
        if slot in self.shown:
            refused(call, TAKEN, "creation of a task that exists")
            return
        made = call()
        expect(made.state == "NEW", "state of a new task", got=made.state, wanted="NEW")
        self.shown[slot] = [made]

    def _get(self, slot: int) -> None:
        if slot not in self.shown:
            call = partial(self.tasks.get_task, self._name(slot))
            refused(call, ABSENT, "Get of a task that does not exist")
            return
        got = self.tasks.get_task(self._name(slot))
        same(got, self.shown[slot][-1], f"task {slot} by Get")
        self.shown[slot].append(got)

    def _move(self, slot: int, verb: Call) -> None:
        before = self.shown[slot][-1]
        state: Any = before.state
        wanted = after(state, verb, from_new=self.from_new)
        result = attempt(self._calls(slot)[verb])
        what = f"{verb} of a task in state {state}"
        if wanted.open:
            self.from_new = not isinstance(result, Refused)
            wanted = after(state, verb, from_new=self.from_new)
        if isinstance(result, Refused):
            expect(wanted.refused, what, got=result, wanted="accepted")
            expect(result.code in REFUSED, what, got=result.code, wanted=REFUSED)
            return
        expect(not wanted.refused, what, got=f"accepted, state {result.state}", wanted=REFUSED)
        _none(judge_step(before, result, verb), what)
        self.shown[slot].append(result)

    def _list(self) -> None:
        listed = {t.name: t for t in self.tasks.all_tasks(filter=self.tasks.only(self.type))}
        known = {self._name(slot): history for slot, history in self.shown.items()}
        expect(set(listed) == set(known), "tasks in a list", got=set(listed), wanted=set(known))
        for name, history in known.items():
            same(listed[name], history[-1], f"{name} in a list")
            history.append(listed[name])

    def _update(self) -> None:
        self._updates += 1
        text = f"Changed {self._updates} times."
        self.tasks.update_type(self.type.name, ["description_template"], description_template=text)


def _none(found: Sequence[Violation], what: str) -> None:
    expect(not found, what, got=[violation.text for violation in found], wanted="as the model has")
