"""Orders of lists of tasks, and of types by the same rules (seed 001, order_by)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

import grpc

from conformance.judging import (
    Refused,
    attempt,
    by_depth,
    expect,
    explore,
    observe,
    passive,
    requirement,
    sampled,
)
from conformance.strategies.tasks_filters import orders
from conformance.suite.tasks.families import INVALID, invalid
from conformance.suite.tasks.listing import EACH_ONCE, judge
from conformance.suite.tasks.ordering import ordered, sequence
from conformance.suite.tasks.populations import ENOUGH, Kind, Population, mixed, of_kind
from conformance.targets.tasks import TasksTarget

GROUPS = {"tasks": "type", "types": "category"}
"""A field of each kind in which several items agree."""

SORTED = {
    "tasks": ("name", "type", "update_time", "metadata.rank", "metadata.color", "description"),
    "types": ("name", "category", "display_name", "update_time"),
}
"""Fields besides the creation time by which a server may sort; none says which it has to."""

MALFORMED = ("create_time,,name", "--create_time", "-create_time desc", "create_time up")
UNKNOWN = ("nope", "-nope", "create_time,nope", "nope desc")
SPACED = (" {0} , -create_time ", "{0} ,-create_time", "{0},  -create_time")
BOTH: Sequence[Kind] = ("tasks", "types")


def _sizes(population: Population) -> Collection[int]:
    number = len(population.items)
    return by_depth(full=(1, max(2, number // 2), ENOUGH), staging=(max(2, number - 2),))


def _each(api: TasksTarget, kind: Kind, order: str) -> None:
    population = mixed(api, kind)
    for size in _sizes(population):
        ordered(population, order, size=size)


def _keys(api: TasksTarget, kind: Kind) -> None:
    group = GROUPS[kind]
    for order in (f"{group},-create_time", f"-{group},create_time"):
        _each(api, kind, order)


def _may_be_refused(population: Population, order: str) -> None:
    answer = attempt(lambda: ordered(population, order))
    if isinstance(answer, Refused):
        what = f"list by {order!r}"
        expect(answer.code in INVALID, what, got=answer.code, wanted=INVALID)


@requirement("TSK-ORD-001")
@passive
def test_field_sorts_upward(tasks: TasksTarget) -> None:
    _each(tasks, "tasks", "create_time")


@requirement("TSK-ORD-001")
@passive
def test_what_can_be_sorted_is_sorted(tasks: TasksTarget) -> None:
    for kind in BOTH:
        population = mixed(tasks, kind)
        if population.own:  # of others' values only the times are sure to be plain
            for field in sampled(SORTED[kind], 2):
                _may_be_refused(population, field)


@requirement("TSK-ORD-002")
@passive
def test_minus_sorts_downward(tasks: TasksTarget) -> None:
    _each(tasks, "tasks", "-create_time")


@requirement("TSK-ORD-002")
@passive
def test_what_can_be_sorted_is_sorted_downward(tasks: TasksTarget) -> None:
    for kind in BOTH:
        population = mixed(tasks, kind)
        if population.own:
            for field in sampled(SORTED[kind], 2):
                _may_be_refused(population, f"-{field}")


@requirement("TSK-ORD-003")
@passive
def test_desc_sorts_downward(tasks: TasksTarget) -> None:
    for kind in BOTH:
        _each(tasks, kind, "create_time desc")


@requirement("TSK-ORD-004")
@passive
def test_first_key_decides_first(tasks: TasksTarget) -> None:
    _keys(tasks, "tasks")


@requirement("TSK-ORD-004")
@passive
def test_orders_of_several_keys(tasks: TasksTarget) -> None:
    for kind in BOTH:
        population = mixed(tasks, kind)
        paths = ("create_time", GROUPS[kind], "name")
        directed = [{"order": f"-{GROUPS[kind]},name"}, {"order": f"{GROUPS[kind]},-name"}]
        body = partial(_in_seed_form, population)
        explore(body, examples=15, directed=directed, order=orders(paths))


def _in_seed_form(population: Population, order: str) -> None:
    # Words after a field and blanks are the business of other requirements.
    plain = ",".join(part.strip() for part in order.split(","))
    ordered(population, plain.replace(" desc", "").replace(" asc", ""))


@requirement("TSK-ORD-003")
@passive
def test_words_and_minus_say_the_same(tasks: TasksTarget) -> None:
    for kind in BOTH:
        population = mixed(tasks, kind)
        paths = ("create_time", GROUPS[kind], "name")
        explore(partial(_in_words, population), examples=12, order=orders(paths))


def _in_words(population: Population, order: str) -> None:
    # Only desc is a word of the published rules; blanks are another requirement's.
    keys = [part.strip().removesuffix(" asc") for part in order.split(",")]
    worded = [f"{key[1:]} desc" if key.startswith("-") else key for key in keys]
    ordered(population, ",".join(worded))


@requirement("TSK-ORD-005")
@passive
def test_unknown_fields_are_invalid(tasks: TasksTarget) -> None:
    for kind in BOTH:
        for order in sampled(UNKNOWN, 2):
            what = f"list of {kind} by {order!r}"
            invalid(partial(of_kind(tasks, kind).page, order=order, size=1), what)


@requirement("TSK-ORD-006")
@passive
def test_spaces_do_not_matter(tasks: TasksTarget) -> None:
    for kind in BOTH:
        population = mixed(tasks, kind)
        group = GROUPS[kind]
        wanted = sequence(population, f"{group},-create_time")
        for form in sampled(SPACED, 2):
            order = form.format(group)
            got = sequence(population, order)
            expect(got == wanted, f"list of {kind} by {order!r}", got=got, wanted=wanted)


@requirement("TSK-ORD-007")
@passive
def test_nothing_is_lost_among_equals(tasks: TasksTarget) -> None:
    for kind in BOTH:
        population = mixed(tasks, kind)
        for order in (GROUPS[kind], f"-{GROUPS[kind]}"):
            for size in by_depth(full=(1, 2, 3), staging=(2,)):
                judge(population, size, EACH_ONCE, order)


@requirement("TSK-ORD-008")
@passive
def test_created_time(tasks: TasksTarget) -> None:
    population = mixed(tasks, "tasks")
    declared = tasks.profile.created_time_alias

    def listed() -> None:
        ordered(population, "created_time", meaning="create_time")
        ordered(population, "-created_time", meaning="-create_time")

    answer = attempt(listed)
    taken = not isinstance(answer, Refused)
    if isinstance(answer, Refused):
        bad = grpc.StatusCode.INVALID_ARGUMENT
        expect(
            answer.code is bad, "list by created_time", got=answer.code, wanted="OK or " + bad.name
        )
    right = declared is None or declared == taken
    expect(right, "created_time_alias of the profile", got=taken, wanted=declared)
    observe("created_time is create_time" if taken else "created_time is refused")


@requirement("TSK-ORD-009")
@passive
def test_malformed_orders_are_invalid(tasks: TasksTarget) -> None:
    for kind in BOTH:
        for order in sampled(MALFORMED, 2):
            what = f"list of {kind} by {order!r}"
            invalid(partial(of_kind(tasks, kind).page, order=order, size=1), what)


@requirement("TSK-TYP-001")
@passive
def test_types_are_sorted(tasks: TasksTarget) -> None:
    for order in ("create_time", "-create_time"):
        _each(tasks, "types", order)
    _keys(tasks, "types")
