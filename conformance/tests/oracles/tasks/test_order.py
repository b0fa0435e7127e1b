"""Orders: reading them, and finding the first pair that breaks one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.mutants.tasks.listing import Query, arrange, read_order
from conformance.oracles.tasks.order import Key, OrderError, judge_order, parse_order, ties
from conformance.strategies.tasks_filters import BAD_ORDERS, orders
from conformance.tests.oracles.tasks.samples import TASKS

PATHS = ("type", "state", "create_time", "completion_time", "metadata.n", "metadata.b", "name")


def test_directions_have_several_spellings():
    assert parse_order(" type , -create_time ") == (Key(("type",)), Key(("create_time",), True))
    assert parse_order("create_time desc") == parse_order("-create_time")
    assert parse_order("metadata.n asc") == (Key(("metadata", "n")),)
    assert parse_order("") == ()


@pytest.mark.parametrize("text", [*BAD_ORDERS, "type,type", "type desc desc"])
def test_malformed_order_is_refused(text):
    with pytest.raises(OrderError):
        parse_order(text)


def test_first_broken_pair_is_shown():
    assert judge_order(TASKS, "create_time") is None
    assert judge_order(TASKS, "state") is None
    broken = judge_order(TASKS, "-create_time")
    assert broken is not None
    assert "create_time" in broken.text
    # Only one is completed: it comes last upward.
    assert judge_order(TASKS, "completion_time") is None
    assert judge_order(TASKS[::-1], "-completion_time") is None
    assert judge_order(TASKS[::-1], "completion_time") is not None


def test_ties_are_what_an_order_does_not_tell_apart():
    assert list(ties(TASKS, "type").values()) == [[TASKS[1].name, TASKS[2].name]]
    assert ties(TASKS, "type,name") == {}


@settings(max_examples=40, deadline=None)
@given(order=orders(PATHS), shuffled=st.permutations(TASKS))
def test_naive_endpoint_keeps_every_order(order, shuffled):
    query = Query(
        collection="tasks",
        method="ListTasks",
        parent="tenants/t1",
        test=bool,
        keys=read_order("tasks", order),
        size=10,
        digest="",
    )
    assert judge_order(arrange(query, shuffled), order) is None
