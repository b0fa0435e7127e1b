"""Schemas that would reach out or run for ever (JSON Schema 2020-12; our choice).

A target that does run for ever must not be harmed by being asked: input grows step by step, and
what has grown slow is not asked for more.
"""

from __future__ import annotations

import json
import time
from functools import partial

from conformance.failures import Nonconformance
from conformance.judging import Refused, by_depth, expect, observe, requirement
from conformance.oracles.tasks.model import Task, Type
from conformance.suite.tasks.completing import claimed, prompt, timed, unchanged, unusable
from conformance.suite.tasks.families import UNUSABLE
from conformance.suite.tasks.listening import is_here, listening
from conformance.targets.tasks import TasksTarget

ANSWER_S = 5.0
"""How long a call may take that a pattern or a reference keeps busy."""

OTHERS_S = 2.0
"""How long another call may take meanwhile."""

BUSY_S = 0.3
"""After this the others begin."""

SLOW_S = 0.5
"""An answer that takes this long may take twice as long with one letter more."""

PATTERN = "^(a+)+$"
SHORT, LONG = 16, 28
"""Numbers of letters; what backtracks takes twice as long with each of them."""

PLAIN = json.dumps({"type": "object", "properties": {"x": {"pattern": PATTERN}}})
HIDDEN = PLAIN.replace(PATTERN, '{{index .Metadata "pattern"}}')
"""The same with the pattern in the task, so that only the rendered schema shows it."""


def _match(tasks: TasksTarget, task: Task, length: int) -> float:
    """Have letters matched that end with something else; how long the refusal took."""
    what = f"completion with {length} letters and a mark, against the pattern {PATTERN}"
    call = partial(tasks.complete, task.name, {"x": "a" * length + "!"})
    result, took_s = prompt(partial(unusable, call, what), ANSWER_S, what)
    expect(isinstance(result, Refused), what, got="accepted", wanted=UNUSABLE)
    return took_s


def _judge_pattern(tasks: TasksTarget, type: Type) -> None:
    call = partial(claimed, tasks, type, metadata={"n": "1", "pattern": PATTERN})
    task = unusable(call, f"task whose schema has the pattern {PATTERN}")
    if isinstance(task, Refused):
        observe("refused with the task")
        return
    length, before_s = SHORT, 0.0
    while length <= LONG:
        took_s = _match(tasks, task, length)
        if before_s > SLOW_S and took_s < 1.5 * before_s:
            break  # It grows no more, so something stops it.
        length += 4 if took_s < SLOW_S / 16 else 1
        before_s = took_s
    _others_go_on(tasks, task)
    unchanged(tasks, task)


def _others_go_on(tasks: TasksTarget, task: Task) -> None:
    def match() -> float:
        call = partial(tasks.complete, task.name, {"x": "a" * LONG + "!"})
        unusable(call, "completion while others look")
        return 0.0

    def look() -> float:
        time.sleep(BUSY_S)
        result, took_s = timed(partial(tasks.get_task, task.name))
        if isinstance(result, Refused):
            raise result
        return took_s

    slowest_s = 0.0
    for _ in range(by_depth(full=3, staging=2)):
        times = tasks.together([match, match, *[look] * by_depth(full=4, staging=2)])
        for took_s in times:
            if isinstance(took_s, Refused):
                raise took_s
        slowest_s = max(times[2:])
        if slowest_s <= OTHERS_S:
            return
    what = "another call while patterns are matched"
    raise Nonconformance(what, got=f"{slowest_s:.2f} s", wanted=f"within {OTHERS_S:g} s")


@requirement("TSK-CMP-016")
def test_patterns_do_not_hold_calls_up(tasks: TasksTarget) -> None:
    for source in by_depth(full=(HIDDEN, PLAIN), staging=(HIDDEN,)):
        what = f"creation of a type with the pattern {PATTERN}"
        type = unusable(partial(tasks.fresh_type, input_schema=source), what)
        if isinstance(type, Refused):
            observe("refused with the type")
        else:
            _judge_pattern(tasks, type)


def _remote(root: str) -> dict[str, str]:
    """Schemas that lead to other documents, by how they do."""
    number = {"type": "object", "properties": {"x": {"$ref": f"{root}/schema.json"}}}
    related = {"$id": f"{root}/base.json", "properties": {"x": {"$ref": "other.json"}}}
    dynamic = {"properties": {"x": {"$dynamicRef": f"{root}/dynamic.json"}}}
    filled = {"properties": {"x": {"$ref": '{{index .Metadata "where"}}'}}}
    return {
        "a reference": json.dumps(number),
        "a reference from the task": json.dumps(filled).replace('\\"', '"'),
        "a relative reference": json.dumps(related),
        "a dynamic reference": json.dumps(dynamic),
    }


def _judge_reference(tasks: TasksTarget, how: str, source: str, where: str) -> None:
    what = f"creation of a type whose schema has {how}"
    make = partial(tasks.fresh_type, input_schema=source)
    type, _ = prompt(partial(unusable, make, what), ANSWER_S, what)
    if not isinstance(type, Type):
        return
    call = partial(claimed, tasks, type, metadata={"n": "1", "where": where})
    task = unusable(call, f"task whose schema has {how}")
    if isinstance(task, Refused):
        return
    what = f"completion against a schema with {how}"
    done = partial(tasks.complete, task.name, {"x": 1})
    result, _ = prompt(partial(unusable, done, what), ANSWER_S, what)
    expect(isinstance(result, Refused), what, got="accepted", wanted=UNUSABLE)


@requirement("TSK-CMP-013")
def test_other_documents_are_not_fetched(tasks: TasksTarget) -> None:
    here = is_here(str(tasks.session.target.endpoint))
    with listening() as listener:
        # A name that nobody can have (RFC 2606) where the target could not reach the listener.
        root = f"http://127.0.0.1:{listener.port}" if here else "http://schemas.invalid"
        chosen = _remote(root)
        for how in by_depth(full=list(chosen), staging=list(chosen)[:2]):
            _judge_reference(tasks, how, chosen[how], f"{root}/schema.json")
            if listener.asked:
                raise Nonconformance(
                    f"schema with {how}", got=f"fetched: {listener.asked[0]}", wanted="no request"
                )
    if not here:
        observe("refused; whether it was fetched cannot be seen from another machine")
