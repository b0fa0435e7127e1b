"""Filters that are refused: malformed, mistaken, or far too large."""

from __future__ import annotations

import time
from functools import partial

from conformance.judging import (
    TOO_BIG,
    Refused,
    attempt,
    expect,
    passive,
    refused,
    requirement,
    sampled,
)
from conformance.strategies.tasks_filters import (
    MALFORMED,
    MISTAKEN,
    MORE_MISTAKEN,
    broken,
    excessive,
)
from conformance.suite.tasks.families import INVALID, invalid
from conformance.suite.tasks.populations import of_kind
from conformance.targets.tasks import TasksTarget

QUICK_S = 1.0
"""How long the refusal of a filter may take, beyond what calls take anyway."""

UNKNOWN_FIELDS = tuple(text for text in MORE_MISTAKEN if text.startswith("nope."))
NO_TIMES = tuple(text for text in MORE_MISTAKEN if "_time" in text)
OPEN = tuple(text for text in MORE_MISTAKEN if text not in (*UNKNOWN_FIELDS, *NO_TIMES))
"""Comparisons that no published rule forbids or explains."""


@requirement("TSK-FLT-011")
@passive
def test_malformed_filters_are_invalid(tasks: TasksTarget) -> None:
    texts = (*MALFORMED, *broken("type = 'a'"))
    for text in sampled(texts, 8):
        invalid(partial(tasks.list_tasks, filter=text, size=1), f"list of tasks by {text}")


@requirement("TSK-FLT-011")
@passive
def test_malformed_filters_of_types_are_invalid(tasks: TasksTarget) -> None:
    right = [text.replace("type", "category") for text in MALFORMED]
    for text in sampled((*right, *broken("category = 'a'")), 4):
        invalid(partial(tasks.list_types, filter=text, size=1), f"list of types by {text}")


@requirement("TSK-FLT-012")
@passive
def test_mistaken_filters_are_invalid(tasks: TasksTarget) -> None:
    for text in sampled((*MISTAKEN, *UNKNOWN_FIELDS, *NO_TIMES), 3):
        invalid(partial(tasks.list_tasks, filter=text, size=1), f"list of tasks by {text}")
    for text in ("nope = 1", "create_time > 'x'", "metadata.key = 'v'"):
        invalid(partial(tasks.list_types, filter=text, size=1), f"list of types by {text}")


@requirement("TSK-FLT-012")
@passive
def test_strange_comparisons_are_answered(tasks: TasksTarget) -> None:
    for text in sampled(OPEN, 2):
        answer = attempt(partial(tasks.list_tasks, filter=text, size=1))
        if isinstance(answer, Refused):
            what = f"list of tasks by {text}"
            expect(answer.code in INVALID, what, got=answer.code, wanted=INVALID)


@requirement("TSK-FLT-016")
@passive
def test_excessive_filters_are_refused_quickly(tasks: TasksTarget) -> None:
    absent = f"type = '{tasks.absent('types')}'"
    small_s = max(_took(tasks, absent) for _ in range(3))
    for text in sampled(excessive(), 2):
        what = f"list by a filter of {len(text)} characters, {text[:20]} …"
        began = time.monotonic()
        refused(partial(tasks.list_tasks, filter=text, size=1), TOO_BIG, what)
        took_s = time.monotonic() - began
        # A busy line is no fault of the filter's; so is what the plain call takes.
        limit_s = QUICK_S + 5 * max(small_s, _took(tasks, absent))
        expect(took_s <= limit_s, what, got=f"{took_s:.1f} s", wanted=f"{limit_s:.1f} s at most")
    page = of_kind(tasks, "tasks").page(filter=absent)
    expect(not page.items, "a list after that", got=page.names, wanted="what it was before")


def _took(tasks: TasksTarget, filter: str) -> float:
    began = time.monotonic()
    tasks.list_tasks(filter=filter, size=1)
    return time.monotonic() - began
