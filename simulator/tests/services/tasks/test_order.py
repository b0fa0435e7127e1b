"""Orders: what they accept, and how they sort, compared with a model of plain values."""

from functools import cmp_to_key
from typing import Any

import pytest
from google.protobuf import json_format
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.services.tasks.order import OrderError, read_order
from simulator.services.tasks.resources import TASK, TYPE
from simulator.services.tasks.wire import Task


def task(**fields: Any) -> Any:
    return json_format.ParseDict(fields, Task())


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", []),
        ("  ", []),
        ("create_time", [("create_time", False)]),
        ("-create_time", [("create_time", True)]),
        ("create_time desc", [("create_time", True)]),
        ("type asc,-state", [("type", False), ("state", True)]),
        (" type , -create_time ", [("type", False), ("create_time", True)]),
        ("created_time,updated_time", [("create_time", False), ("update_time", False)]),
        ("createTime", [("create_time", False)]),
        ("-metadata.a.b", [("metadata.a.b", True)]),
        (
            "metadata.device-number,annotations.7",
            [("metadata.device-number", False), ("annotations.7", False)],
        ),
    ],
)
def test_an_order_is_read(text: str, keys: list[tuple[str, bool]]) -> None:
    assert [(key.path, key.descending) for key in read_order(text, TASK).keys] == keys


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("nope", "no order by 'nope'"),
        ("creat_time", "did you mean create_time"),
        ("a,,b", "no order by 'a'"),
        ("type,,state", "column 6: expected a field"),
        ("type,", "expected a field"),
        (",type", "expected a field"),
        ("--type", "no order by '-type'"),
        ("- type", "found 'type'"),
        ("-type desc", "expected a comma"),
        ("-type asc", "expected a comma"),
        ("type up", "found 'up'"),
        ("type desc state", "expected asc, desc or a comma"),
        ("type,type", "named twice"),
        ("create_time,-created_time", "named twice"),
        ("links", "no order by"),
        ("links.name", "no order by"),
        ("metadata", "no order by"),
        ("metadata.", "no order by"),
        ("metadata..a", "no order by"),
        ("state.x", "no order by"),
        ("-", "no order by ''"),
        ("type," * 400, "more than 1024"),
        (",".join(f"metadata.k{n}" for n in range(17)), "17 fields"),
    ],
)
def test_anything_else_is_refused(text: str, word: str) -> None:
    with pytest.raises(OrderError) as raised:
        read_order(text, TASK)
    assert word in str(raised.value)


def test_types_have_orders_of_their_own() -> None:
    assert read_order("category,-display_name", TYPE).keys
    with pytest.raises(OrderError):
        read_order("state", TYPE)
    with pytest.raises(OrderError):
        read_order("input_schema", TYPE)


def test_aliases_can_be_off() -> None:
    with pytest.raises(OrderError, match="created_time"):
        read_order("created_time", TASK, time_aliases=False)


def test_only_creation_needs_no_sorting() -> None:
    assert read_order("", TASK).by_creation
    assert read_order("-create_time,type", TASK).by_creation
    assert not read_order("type,create_time", TASK).by_creation


# The model compares two records key by key; what is absent comes first, whatever its neighbour.

values = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False, width=16),
    st.text("ab\x00é𝄞\U0010ffff", max_size=3),
    st.just([1]),
)
records = st.fixed_dictionaries(
    {"state": st.sampled_from(("NEW", "COMPLETED")), "type": st.text("ab\x00é𝄞", max_size=2)},
    optional={
        "metadata": st.fixed_dictionaries({}, optional={"k": values}),
        "completion_time": st.sampled_from(("2026-01-01T00:00:00.0Z", "2026-01-01T00:00:00.5Z")),
    },
)
KEYS = ("state", "type", "metadata.k", "completion_time")
KINDS = (type(None), bool, float, str)


def _rank(record: dict[str, Any], path: str) -> tuple[int, Any]:
    name, _, key = path.partition(".")
    if name not in record or (key and key not in record[name]):
        return (-1, 0)
    value = record[name][key] if key else record[name]
    if name == "state":
        return (0, ("NEW", "IN_PROGRESS", "COMPLETED").index(value))
    if type(value) not in KINDS:
        return (len(KINDS), 0)
    if isinstance(value, str):
        return (KINDS.index(str), [ord(each) for each in value])
    return (KINDS.index(type(value)), value or 0)


@given(
    st.lists(records, min_size=1, max_size=8),
    st.lists(st.tuples(st.sampled_from(KEYS), st.booleans()), max_size=4, unique_by=lambda k: k[0]),
)
@settings(max_examples=100)
def test_orders_agree_with_the_model(
    found: list[dict[str, Any]], keys: list[tuple[str, bool]]
) -> None:
    def compare(one: dict[str, Any], other: dict[str, Any]) -> int:
        for path, descending in keys:
            left, right = _rank(one, path), _rank(other, path)
            if left != right:
                return (1 if left > right else -1) * (-1 if descending else 1)
        return 0

    order = read_order(",".join("-" * down + path for path, down in keys), TASK)
    messages = [(record, task(**record)) for record in found]
    expected = sorted(found, key=cmp_to_key(compare))
    by_key = [record for record, _ in sorted(messages, key=lambda each: order.key(each[1]))]
    assert by_key == expected
    for _, message in messages:
        assert order.directed(order.raw(message)) == order.key(message)
