"""What filters let pass, compared with a small reading of our own over plain values."""

import re
from typing import Any

import pytest
from google.protobuf import json_format
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.services.tasks.filters import FilterError, parse
from simulator.services.tasks.resources import TASK, TYPE
from simulator.services.tasks.wire import Task, Type


def task(**fields: Any) -> Any:
    """A task from JSON, its names in snake_case."""
    return json_format.ParseDict(fields, Task())


def passes(text: str, message: Any, **readings: bool) -> bool:
    kind = TASK if isinstance(message, Task) else TYPE
    matches = parse(text, kind, **readings).matches
    assert matches is not None
    return matches(message)


BURNING = task(
    name="tenants/t1/tasks/a",
    type="tenants/t1/types/meter-burning",
    state="NEW",
    description="Meter 4711 is on Fire.",
    create_time="2026-01-02T00:00:00.000001Z",
    links=[{"name": "portal", "uri": "https://x.test"}, {"name": "map", "uri": ""}],
    metadata={
        "device_number": "4711",
        "n": 3,
        "f": -2.5,
        "b": True,
        "nul": None,
        "list": ["a", 7],
        "obj": {"k": "v", "deep": {"er": 1}},
        "device number": "x",
        "star": "a*b",
        "time": "2026-01-01T00:00:00Z",
    },
)
EMPTY = task(name="tenants/t1/tasks/b", type="tenants/t1/types/plain", state="COMPLETED")


@pytest.mark.parametrize(
    "text",
    [
        "type = 'tenants/t1/types/meter-burning'",
        "type = tenants/t1/types/meter-*",
        "type IN ('x', 'tenants/t1/types/meter-burning')",
        "type NOT IN ('x', 'tenants/t1/types/*')",
        "type != 'tenants/*/types/plain'",
        "state = NEW",
        "state = 'NEW'",
        "state != COMPLETED",
        "state IN (NEW, IN_PROGRESS)",
        "state:NEW",
        "state NOT IN (COMPLETED)",
        "description:*fire* OR description:*Fire*",
        'description = "Meter * is on *."',
        "name < 'tenants/t1/tasks/b'",
        "fire",
        "FIRE 4711",
        '"on fire"',
        "burning",
        "-plain",
        "NOT state = COMPLETED",
        "recommended_action = ''",
        "recommendedAction = ''",
        "NOT recommended_action:*",
        "create_time = '2026-01-02T01:00:00.000001+01:00'",
        "create_time > 2026-01-02",
        "create_time > '2026-01-02'",
        "create_time >= 2026-01-02T00:00:00.000001Z",
        "create_time < 2026-01-02T00:00:00.000001001Z",
        "created_time:*",
        "createTime != 2026-01-02",
        "create_time IN (2026-01-01, 2026-01-02T00:00:00.000001Z)",
        "create_time NOT IN (2026-01-01)",
        "NOT completion_time:*",
        "metadata.device_number = '4711'",
        "metadata.device_number = 4711",
        "metadata.device_number:4711",
        "metadata.device_number = 47*",
        "metadata.device_number IN (4711, 5)",
        "metadata.device_number > 4710",
        "metadata:device_number",
        "metadata:obj.deep.er",
        'metadata:"device number"',
        'metadata."device number" = x',
        "metadata:nul",
        "metadata.nul:*",
        "metadata.nul = null",
        "metadata.n = 3",
        "metadata.n = 3.0",
        "metadata.n = 3e0",
        "metadata.n != '3'",
        "metadata.n > -3",
        "metadata.f <= -2.5",
        "metadata.b = true",
        "metadata.b != false",
        "metadata.b != 'true'",
        "metadata.obj.k = v",
        "metadata.obj:k",
        "metadata.obj:deep.er",
        "metadata.obj.deep.er = 1",
        "metadata.list:a",
        "metadata.list:7",
        "metadata.list != a",
        r"metadata.star = 'a\*b'",
        "metadata.star IN ('a*b')",
        "metadata.time > 2026-01-01",
        "metadata:*",
        "links:*",
        "links.name:portal",
        "links.name:*",
        "links.name:*p",
        "NOT metadata.absent = 1",
        "NOT annotations.k != 1",
        "state = (NEW OR COMPLETED)",
        "metadata.n != (4 OR 5)",
        "metadata.n = (NOT 4)",
        "metadata.n > (1 2)",
        "metadata.f = (-2.5 OR 7)",
        "metadata.n = (NOT 7 AND -7.5 OR 3)",
        "create_time = (2026-01-01T00:00:00Z OR 2026-01-02T00:00:00.000001Z)",
        "state = NEW AND metadata.n = 4 OR metadata.n = 3",
    ],
)
def test_this_passes_a_burning_meter(text: str) -> None:
    assert passes(text, BURNING)


@pytest.mark.parametrize(
    "text",
    [
        "type = 'x'",
        "state = COMPLETED",
        "state NOT IN (NEW)",
        "description:fire",
        "completion_time != 2026-01-01",
        "completion_time < 2026-01-01",
        "completion_time NOT IN (2026-01-01)",
        "metadata.absent = 1",
        "metadata.absent != 1",
        "metadata.absent NOT IN (1)",
        "metadata.absent > 0",
        "metadata.absent:*",
        "metadata.absent.deeper != 1",
        "metadata.n.deeper != 1",
        "metadata:absent",
        "metadata.obj:absent",
        "metadata.n = '3'",
        "metadata.b > false",
        "metadata.b <= true",
        "metadata.nul = 'null'",
        "metadata.nul != null",
        "metadata.b = 'true'",
        "metadata.list = a",
        "metadata.list.x = a",
        "metadata.obj = k",
        "metadata.star IN ('a*')",
        "annotations:*",
        "annotations.k = 1",
        "annotations.k != 1",
        "links.name:por",
        "plain",
    ],
)
def test_this_does_not(text: str) -> None:
    assert not passes(text, BURNING)


@pytest.mark.parametrize("text", ["metadata:x", "metadata.x != 1", "links:*", "fire"])
def test_nothing_is_found_in_what_is_not_set(text: str) -> None:
    assert not passes(text, EMPTY)
    assert passes(f"NOT ({text})", EMPTY)


def test_types_are_filtered_by_their_own_fields() -> None:
    meter = Type(name="tenants/t1/types/a", category="meter", display_name="Burning meter")
    assert passes("category IN ('meter', 'device') burning", meter)
    assert passes("display_name:*meter AND NOT update_time:*", meter)
    assert not passes("category NOT IN ('meter')", meter)


def test_precedence_is_that_of_aip_160_unless_sql_is_meant() -> None:
    text = "state = COMPLETED AND state = NEW OR metadata.n = 3"
    assert not passes(text, BURNING)
    assert passes(text, BURNING, sql_precedence=True)


@pytest.mark.parametrize(
    ("text", "column", "word"),
    [
        ("nope = 1", 1, "expected one of name, state"),
        ("state = NEW AND statee = NEW", 17, "did you mean state"),
        ("state = new", 9, "'new' is no State"),
        ("state = 1", 9, "'1' is no State"),
        ("state = N*", 9, "is no State"),
        ("state > NEW", 7, "no order"),
        ("create_time > 'x'", 15, "2026-01-31T12:00:00Z"),
        ("create_time = 4711", 15, "needs a time"),
        ("create_time > 2026-02-30", 15, "needs a time"),
        ("create_time.seconds = 1", 1, "has no fields"),
        ("name.x = 1", 1, "has no fields"),
        ("metadata = 1", 10, "':' only"),
        ("metadata IN (1)", 10, "':' only"),
        ("links = 1", 7, "':' only"),
        ("links.name = 'portal'", 12, "':' only"),
        ("links.nope:1", 1, "no field 'nope'"),
        ("links.name.x:1", 1, "has no fields"),
        ("links:portal", 7, "name one of their fields"),
        ("lower(name) = 'b'", 1, "no function 'lower'"),
        ("name = lower('b')", 8, "no function 'lower'"),
        ("now()", 1, "no function 'now'"),
        ("name = (a = b)", 11, "cannot be compared"),
        ("3 = 4", 1, "no field '3'"),
    ],
)
def test_what_does_not_fit_a_task_is_refused(text: str, column: int, word: str) -> None:
    with pytest.raises(FilterError, match=f"column {column}: ") as raised:
        parse(text, TASK)
    assert word in raised.value.reason


def test_time_aliases_can_be_off() -> None:
    with pytest.raises(FilterError, match="no field 'created_time'"):
        parse("created_time:*", TASK, time_aliases=False)


# A small model of its own: texts are written with all parentheses, and judged on plain values.

KEYS = ("a", "b")
VALUES = (None, True, False, 0.0, 3.0, -1.5, "", "x", "3", "xy", "X*")
LITERALS = ("null", "true", "3", "-1.5", "0", "'x'", "'x*'", r"'X\*'", "'3'", "xy", "''")
STATES = ("NEW", "IN_PROGRESS", "COMPLETED")

records = st.fixed_dictionaries(
    {"state": st.sampled_from(STATES)},
    optional={"metadata": st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES))},
)
leaves = st.one_of(
    st.tuples(
        st.just("key"),
        st.sampled_from(KEYS),
        st.sampled_from(("=", "!=", ":")),
        st.sampled_from(LITERALS),
    ),
    st.tuples(
        st.just("key"),
        st.sampled_from(KEYS),
        st.sampled_from(("<", ">=")),
        st.sampled_from([each for each in LITERALS if each not in ("null", "true")]),
    ),
    st.tuples(
        st.just("in"),
        st.sampled_from(KEYS),
        st.booleans(),
        st.lists(st.sampled_from(LITERALS), min_size=1, max_size=3),
    ),
    st.tuples(st.just("state"), st.sampled_from(("=", "!=")), st.sampled_from(STATES)),
    st.tuples(st.just("has"), st.sampled_from(KEYS)),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(("AND", "OR")), st.lists(inner, min_size=2, max_size=3)),
    ),
    max_leaves=8,
)


def written(tree: Any) -> str:
    match tree:
        case ("key", key, operator, literal):
            return f"metadata.{key} {operator} {literal}"
        case ("in", key, wanted, literals):
            return f"metadata.{key} {'IN' if wanted else 'NOT IN'} ({', '.join(literals)})"
        case ("state", operator, state):
            return f"state {operator} {state}"
        case ("has", key):
            return f"metadata:{key}"
        case ("not", inner):
            return f"NOT ({written(inner)})"
        case (word, parts):
            return f" {word} ".join(f"({written(part)})" for part in parts)
    raise AssertionError(tree)


def equal(value: Any, literal: str, *, wild: bool = True) -> bool:
    if literal in ("null", "true"):
        return value is {"null": None, "true": True}[literal]
    quoted = literal.startswith("'")
    text = literal.strip("'") if quoted else literal
    if isinstance(value, str):
        if not wild:
            return value == text.replace("\\*", "*")
        pattern = re.escape(text).replace("\\\\\\*", "STAR").replace("\\*", ".*")
        return re.fullmatch(pattern.replace("STAR", "\\*"), value) is not None
    is_number = isinstance(value, float) and not isinstance(value, bool)
    return is_number and re.fullmatch(r"-?[\d.]+", literal) is not None and value == float(literal)


def ordered(value: Any, operator: str, literal: str) -> bool:
    if isinstance(value, str):
        bound: Any = literal.strip("'").replace("\\*", "*")
    elif isinstance(value, float) and re.fullmatch(r"-?[\d.]+", literal):
        bound = float(literal)
    else:
        return False
    return bool(value < bound if operator == "<" else value >= bound)


def judged(tree: Any, record: dict[str, Any]) -> bool:
    held = record.get("metadata", {})
    match tree:
        case ("has", key):
            return key in held
        case ("key" | "in", key, *_) if key not in held:
            return False
        case ("key", key, "<" | ">=" as operator, literal):
            return ordered(held[key], operator, literal)
        case ("key", key, "!=", literal):
            return not equal(held[key], literal)
        case ("key", key, _, literal):
            return equal(held[key], literal)
        case ("in", key, wanted, literals):
            return any(equal(held[key], each, wild=False) for each in literals) is wanted
        case ("state", operator, state):
            return (record["state"] == state) is (operator == "=")
        case ("not", inner):
            return not judged(inner, record)
        case ("AND", parts):
            return all(judged(part, record) for part in parts)
        case ("OR", parts):
            return any(judged(part, record) for part in parts)
    raise AssertionError(tree)


@given(trees, st.lists(records, min_size=1, max_size=8))
@settings(max_examples=150)
def test_filters_agree_with_the_model(tree: Any, found: list[dict[str, Any]]) -> None:
    text = written(tree)
    for sql in (False, True):
        matches = parse(text, TASK, sql_precedence=sql).matches
        assert matches is not None
        for record in found:
            assert matches(task(**record)) == judged(tree, record), (text, record)
