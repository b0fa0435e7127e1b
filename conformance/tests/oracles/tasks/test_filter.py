"""The judge's reading of filters: samples of the grammar, meaning over plain values, precedence."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.mutants.tasks.filters import Parser
from conformance.oracles.tasks.filter import depends_on_absence, select
from conformance.oracles.tasks.filter_text import FilterError, Not, parse, write
from conformance.strategies.tasks_filters import (
    MALFORMED,
    MISTAKEN,
    MORE_MISTAKEN,
    broken,
    excessive,
    trees,
)
from conformance.tests.oracles.tasks.samples import TASKS, TYPES

GOOD = (
    "type = 'tenants/t1/types/contract-creation'",
    "category IN ('meter', 'device')",
    "",
    "state = NEW AND type = 'a' OR type = 'b'",
    "-state = COMPLETED",
    'metadata.device_number = "4711"',
    "metadata.n > -3",
    "create_time>=2026-01-01T00:00:00+02:00",
    "category NOT IN ('meter')",
    "annotations.a.b:*",
    "burning meter",
    "category in ('x')",
    "a = 'it''s'",
    "a = b.c",
    "name = tenants/t1/tasks/*",
    "a.AND = 1",
    "android = 1",
    "nothing = 2",
    "index = 1",
    "a='x'AND b=2",
    'metadata."device number" = 1',
    "a = 4711abc",
    "NOT (a=1)",
    "a = (b OR c)",
    "a : 'x'",
    "a=5s",
)

MEANING = {
    "type = 'tenants/t1/types/x'": "bc",
    "type = tenants/t1/types/x": "bc",
    'type != "tenants/t1/types/x"': "a",
    "type = '*burn*'": "a",
    "type = '*burn'": "",
    "state = NEW": "a",
    "state != NEW": "bc",
    "state IN (NEW, COMPLETED)": "ac",
    "state NOT IN (NEW, COMPLETED)": "b",
    "create_time >= '2026-01-01T01:00:00.000001+01:00'": "bc",
    "create_time = 2026-01-01": "a",
    "completion_time > 2025-01-01": "c",
    "completion_time:*": "c",
    "metadata.device_number = '4711'": "a",
    "metadata.device_number = 4711": "a",
    "metadata.device_number:4711": "a",
    "metadata.device_number = '47\\*11'": "b",
    "metadata.device_number = '47*11'": "ab",
    "metadata.device_number IN ('47*11')": "b",
    "metadata.n = 3": "a",
    "metadata.n = '3'": "",
    "metadata.n > -4": "ab",
    "metadata.b = true": "ab",
    "metadata.b = 'true'": "b",
    "metadata:nul": "a",
    "metadata.nul:*": "a",
    "metadata.nul = null": "a",
    "metadata.obj.k = v": "a",
    "metadata.gone != 'x'": "",
    "NOT metadata.gone = 'x'": "abc",
    "metadata.gone NOT IN ('x')": "",
    "metadata.n = (3 OR -3.5)": "ab",
    "links.name:portal": "b",
    "PANIC": "c",
    "recommended_action = 'Don''t panic'": "c",
    "recommended_action = 'Don\\'t panic'": "c",
    "state = NEW OR state = COMPLETED": "ac",
    "(state = NEW) AND (type = '*burn*' OR state = COMPLETED)": "a",
    "NOT (state = NEW OR state = COMPLETED)": "b",
}


@pytest.mark.parametrize("text", GOOD)
def test_text_of_the_grammar_is_read_and_written_again(text):
    node = parse(text)
    assert node is None or parse(write(node)) == node


@pytest.mark.parametrize("text", [*MALFORMED, *broken("type = 'a'")])
def test_malformed_text_is_refused_by_judge_and_naive_endpoint(text):
    with pytest.raises(FilterError, match=r"at \d+"):
        parse(text)
    with pytest.raises(Exception, match="filter: at"):
        Parser("tasks", text).read()


@pytest.mark.parametrize("text", [*MISTAKEN, *MORE_MISTAKEN])
def test_filter_about_nothing_that_tasks_have_is_refused(text):
    with pytest.raises(FilterError):
        select(text, TASKS)
    with pytest.raises(Exception, match="filter: at"):
        Parser("tasks", text).read()


@pytest.mark.parametrize("text", excessive())
def test_excessive_filter_is_refused_by_the_naive_endpoint(text):
    with pytest.raises(Exception, match="filter: at"):
        Parser("tasks", text).read()


@pytest.mark.parametrize(("text", "wanted"), MEANING.items())
def test_filter_selects(text, wanted):
    assert "".join(name[-1] for name in select(text, TASKS)) == wanted
    test = Parser("tasks", text).read()
    assert "".join(task.name[-1] for task in TASKS if test(task)) == wanted


def test_types_are_selected_by_category():
    assert select("category IN ('meter', 'device')", TYPES) == [t.name for t in TYPES[:2]]
    assert select("sub_category:*", TYPES) == [TYPES[0].name]


def test_precedence_decides_only_without_parentheses():
    text = "state = COMPLETED AND type = 'q' OR state = NEW"
    assert select(parse(text), TASKS) == []
    assert select(parse(text, sql=True), TASKS) == [TASKS[0].name]
    assert parse("(a = 1) AND ((b = 2) OR (c = 3))") == parse(
        "(a = 1) AND ((b = 2) OR (c = 3))", sql=True
    )


@settings(max_examples=60, deadline=None)
@given(node=trees(TASKS), sql=st.booleans())
def test_written_tree_means_the_same_to_every_reader(node, sql):
    text = write(node)
    again = parse(text, sql=sql)
    assert again is not None
    wanted = select(node, TASKS)
    assert select(again, TASKS) == wanted
    test = Parser("tasks", text).read()
    assert [task.name for task in TASKS if test(task)] == wanted


@settings(max_examples=40, deadline=None)
@given(node=trees(TASKS, everywhere=True))
def test_negation_is_the_complement_where_nothing_is_absent(node):
    assert not any(depends_on_absence(node, task) for task in TASKS)
    both = [*select(node, TASKS), *select(Not(node), TASKS)]
    assert sorted(both) == [task.name for task in TASKS]
