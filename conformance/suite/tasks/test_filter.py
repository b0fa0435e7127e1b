"""Filters of lists: types, categories, states and times (seed 001; AIP-160)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import product

from conformance.judging import (
    by_depth,
    expect,
    explore,
    not_applicable,
    observe,
    passive,
    requirement,
    sampled,
)
from conformance.oracles.meta.times import format_time
from conformance.oracles.tasks.filter_text import And, Compare, In, Not, Or, Value, ValueKind
from conformance.suite.laws.paging import TOTALS
from conformance.suite.tasks.filtering import plain_trees, state_is, text_is
from conformance.suite.tasks.listing import EACH_ONCE, exact, judge
from conformance.suite.tasks.populations import (
    Kind,
    Population,
    agrees,
    makes,
    mixed,
    of_kind,
)
from conformance.targets.tasks import TasksTarget

BOTH: Sequence[Kind] = ("tasks", "types")
SIGNS = ("=", "!=", "<", "<=", ">", ">=")
OFFSETS = (120, -330, 0)
US = 1000


def _values(population: Population, field: str) -> list[str]:
    return list(dict.fromkeys(getattr(item, field) for item in population.items))


def _exactly(population: Population, filter: str, field: str, wanted: Sequence[str]) -> None:
    """Fail unless a filter alone finds what has these values, and all of the population's."""
    shown = population.part(filter, In((field,), tuple(map(Value, wanted))))
    pages = shown.walk()
    found = [item for page in pages for item in page.items]
    what = f"list of {population.family.kind} by {filter}"
    surplus = [item.name for item in found if getattr(item, field) not in wanted]
    expect(not surplus, what, got=f"with {surplus[:3]}", wanted=f"only {field} of {wanted}")
    missing = sorted(set(shown.names) - {item.name for item in found})
    expect(not missing, what, got=f"without {missing[:3]}", wanted="listed")


@requirement("TSK-FLT-001")
@passive
def test_tasks_of_a_type(tasks: TasksTarget) -> None:
    population = mixed(tasks, "tasks")
    for type in sampled(_values(population, "type"), 2):
        _exactly(population, f"type = '{type}'", "type", [type])
        for other in (type[:-1], type.upper(), f"{type} "):
            found = population.listed(filter=f"type = '{other}'")
            names = [item.name for item in found]
            expect(not names, f"list of tasks by type = '{other}'", got=names[:3], wanted="nothing")


@requirement("TSK-FLT-002")
@passive
def test_types_of_listed_categories(tasks: TasksTarget) -> None:
    population = mixed(tasks, "types")
    words = _values(population, "category")
    none = [f"{words[0]}-{n}" for n in range(7)]
    for some in (words[:1], words[:2], [*words[1:], none[0]], [*none, words[-1]]):
        _exactly(population, _listed(some), "category", some)
    near = (words[0].upper(), words[0][:-1], f"{words[0]} ")
    others = [word for word in near if word and word not in words]
    found = [item.name for item in population.listed(filter=_listed(others))]
    expect(not found, f"list of types by {_listed(others)}", got=found[:3], wanted="nothing")


def _listed(categories: Sequence[str]) -> str:
    return f"category IN ({', '.join(map(repr, categories))})"


@requirement("TSK-FLT-003")
@passive
def test_spellings_of_texts(tasks: TasksTarget) -> None:
    population = mixed(tasks, "tasks")
    type = population.items[-1].type  # type: ignore[union-attr] # a Task
    node = text_is("type", type)
    for spelled in (f'"{type}"', type):
        agrees(population, node, f"type = {spelled}")
    for spelled in (f'("{type}")', f"({type})"):
        agrees(population, In(("type",), (Value(type),)), f"type IN {spelled}")


@requirement("TSK-FLT-004")
@passive
def test_states(tasks: TasksTarget) -> None:
    population = mixed(tasks, "tasks")
    states = ("NEW", "IN_PROGRESS", "COMPLETED")
    for state, sign in sampled(list(product(states, ("=", "!="))), 3):
        agrees(population, state_is(state, sign))
    for some in (states[:2], states[1:], states[2:]):
        agrees(population, In(("state",), tuple(Value(state, "word") for state in some)))


@requirement("TSK-FLT-005")
@passive
def test_logic(tasks: TasksTarget) -> None:
    population = mixed(tasks, "tasks")
    types = _values(population, "type")
    new, first, last = state_is("NEW"), text_is("type", types[0]), text_is("type", types[-1])
    for node in (
        And((Not(new), Or((first, last)))),
        Or((new, And((last, Not(first, minus=True))))),
        Not(Or((new, first)), minus=True),
        Not(And((state_is("COMPLETED", "!="), first))),
        And((Or((And((Or((And((Not(new), Or((first, new)))), last)), Not(new))), new)), Not(last))),
    ):
        agrees(population, node)


@requirement("TSK-FLT-005")
@passive
def test_trees(tasks: TasksTarget) -> None:
    for kind in BOTH:
        population = mixed(tasks, kind)
        if population.own:  # what others wrote may be of any kind
            explore(partial(agrees, population), examples=40, node=plain_trees(population))


@requirement("TSK-FLT-006")
@passive
def test_precedence(tasks: TasksTarget) -> None:
    population = mixed(tasks, "tasks")
    type, absent = _values(population, "type")[0], tasks.absent("types")
    text = f"type = '{absent}' AND type = '{absent}' OR type = '{type}'"
    page = population.page(filter=text, size=10)
    sql = bool(page.items)
    declared = tasks.profile.sql_precedence
    right = declared is None or sql == declared
    expect(right, "sql_precedence of the profile", got=sql, wanted=declared)
    observe("AND binds tighter than OR" if sql else "OR binds tighter than AND")


@requirement("TSK-FLT-007")
@passive
def test_times_are_instants(tasks: TasksTarget) -> None:
    for kind in BOTH:
        population = mixed(tasks, kind)
        item = population.items[len(population.items) // 2]
        if item.create_ns is None:
            not_applicable("the target shows no creation times")
        around = [
            (sign, shift, OFFSETS[n % 3])
            for n, (sign, shift) in enumerate(product(SIGNS, (0, -US, US)))
        ]
        for sign, shift, offset in sampled(around, 5):
            text = format_time(item.create_ns + shift, offset_minutes=offset)
            spelling: ValueKind = "time" if shift else "quoted"
            agrees(population, Compare(("create_time",), sign, Value(text, spelling)))


STARRED = (
    *("Unit*", "*red.", "*gre*", "Un*e.", "Unit * *.", "nit*", "*gree", "*"),
    # A star may stand for nothing, but no character for two parts of the pattern.
    *("*Unit*", "*d.*", "*red.*."),
)


@requirement("TSK-FLT-010")
@passive
def test_stars(tasks: TasksTarget) -> None:
    population = mixed(tasks, "tasks")
    if not population.own:
        prefix = f"{tasks.parent}/tasks/"
        for pattern in (f"{prefix}*", "*", f"*{population.names[0][-3:]}"):
            agrees(population, text_is("name", pattern))
        return
    for pattern, sign in sampled(list(product(STARRED, ("=", "!="))), 5):
        agrees(population, text_is("description", pattern, sign))
    types = mixed(tasks, "types")
    for pattern in sampled(("red*", "*1", "*e*", "ed*", "red*d 0", "red 0*"), 2):
        agrees(types, text_is("display_name", pattern))


@requirement("TSK-FLT-013")
@passive
def test_pages_count_what_is_left(tasks: TasksTarget) -> None:
    codes = EACH_ONCE | (TOTALS if exact(tasks) else set())
    population = mixed(tasks, "tasks")
    types = _values(population, "type")
    for type in types[: by_depth(full=3, staging=1)]:
        part = population.part(f"type = '{type}'", text_is("type", type))
        for size in by_depth(full=(1, 2, len(part.items), len(part.items) + 1), staging=(1,)):
            judge(part, size, codes)


@requirement("TSK-FLT-014")
@passive
def test_empty_filter_is_none(tasks: TasksTarget) -> None:
    for kind in BOTH:
        family = of_kind(tasks, kind)
        if makes(tasks):
            mixed(tasks, kind)
        method = family.method("List")
        # The oldest ones: nothing can be removed, and what is made meanwhile comes behind them.
        request = tasks.request(method, parent=tasks.parent, page_size=5, order_by="create_time")
        number = request.DESCRIPTOR.fields_by_name["filter"].number
        data = request.SerializeToString()
        replies = [
            tasks.codec.message(f"{method}Response").FromString(
                tasks.call_bytes(method, data + written)
            )
            for written in (b"", _empty_text(number))
        ]
        names = [[item.name for item in getattr(reply, kind)] for reply in replies]
        what = f"oldest {kind} by an empty filter"
        expect(names[0] == names[1], what, got=names[1], wanted=names[0])
        if makes(tasks):
            expect(names[0] or replies[0].next_page_token, what, got="nothing", wanted="some")


def _empty_text(number: int) -> bytes:
    """A field of type string that is there and empty, as bytes of a message."""
    return bytes([number << 3 | 2, 0])
