"""Strategies of the tasks API: what is right is accepted by a naive endpoint, what is wrong not."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.mutants.tasks import straight
from conformance.mutants.tasks.book import Refuse
from conformance.mutants.tasks.schemas import read_schema, violations
from conformance.oracles.tasks.filter import depends_on_absence, select
from conformance.oracles.tasks.filter_text import write
from conformance.oracles.tasks.model import Type
from conformance.oracles.tasks.values import same_json
from conformance.strategies import tasks as strategies
from conformance.strategies.tasks_filters import comparisons, paths_of
from conformance.strategies.tasks_schemas import schemas
from conformance.targets.tasks_codec import Codec
from conformance.tests.oracles.tasks.samples import TASKS, TYPES
from fixtures.contracts import load

CODEC = Codec(load("tasks"))


def echoed(value):
    request = CODEC.request("CreateTask", task={"metadata": value})
    return CODEC.task(type(request).FromString(request.SerializeToString()).task).metadata


@pytest.mark.parametrize("value", strategies.STRUCTS)
def test_directed_structs_survive_the_wire_and_are_accepted(value):
    assert same_json(echoed(value), value)
    straight.check_struct("metadata", value)


@settings(max_examples=40, deadline=None)
@given(value=strategies.structs())
def test_drawn_structs_survive_the_wire(value):
    assert same_json(echoed(value), value)


@pytest.mark.parametrize("value", strategies.NOT_FINITE)
def test_numbers_that_json_cannot_say_are_refused(value):
    with pytest.raises(Refuse):
        straight.check_struct("metadata", value)


@pytest.mark.parametrize("id_", strategies.BAD_IDS)
def test_bad_ids_are_no_labels(id_):
    with pytest.raises(Refuse):
        straight.check_id("task_id", id_)


@settings(max_examples=20, deadline=None)
@given(id_=strategies.ids)
def test_drawn_ids_are_labels(id_):
    straight.check_id("task_id", id_)


@pytest.mark.parametrize("collection", ["tasks", "types"])
def test_bad_names_are_none(collection):
    for name in strategies.bad_names("tenants/t1", collection):
        with pytest.raises(Refuse):
            straight.check_name(collection, name)


@pytest.mark.parametrize("field", strategies.TEMPLATE_FIELDS)
@pytest.mark.parametrize("source", strategies.BAD_TEMPLATES)
def test_bad_templates_are_refused_wherever_they_stand(field, source):
    with pytest.raises(Refuse) as refused:
        straight.check_type(Type(name="x", **strategies.with_template(field, source)))
    assert re.match(rf"type\.{field}", refused.value.fields[0][0])


@settings(max_examples=40, deadline=None)
@given(fields=strategies.types())
def test_drawn_types_are_accepted_and_survive_the_wire(fields):
    straight.check_type(Type(name="x", **fields))
    request = CODEC.request("CreateType", type=fields)
    back = CODEC.type(type(request).FromString(request.SerializeToString()).type)
    assert {name: getattr(back, name) for name in fields} == fields


@settings(max_examples=40, deadline=None)
@given(drawn=schemas())
def test_drawn_schemas_know_what_follows_and_what_breaks_them(drawn):
    schema = read_schema(drawn.source)
    for value in drawn.good:
        assert violations(schema, value) == []
    for value, _ in drawn.bad:
        assert violations(schema, value)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_comparisons_everywhere_depend_on_nothing_absent(data):
    for items in (TASKS, TYPES[:1]):
        node = data.draw(comparisons(items, everywhere=True))
        assert not any(depends_on_absence(node, item) for item in items)
        assert isinstance(select(write(node), items), list)


def test_paths_are_those_with_values():
    paths = paths_of(TASKS)
    assert ("metadata", "n") in paths
    assert ("metadata", "obj") not in paths
    assert ("metadata", "n") not in paths_of(TASKS, everywhere=True)
    assert ("category",) in paths_of(TYPES)
