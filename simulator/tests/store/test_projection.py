from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st

from fixtures.contracts import load
from simulator.store.paths import read
from simulator.store.projection import Projection
from simulator.tests.store.things import repeatable

REGION = load("meta").message("ntt.meta.v1alpha2.Region")
STRUCT = load("control").message("google.protobuf.Struct")
FIELD = load("meta").message("google.protobuf.FieldDescriptorProto")

Tree = dict[str, Any]


def projected(message: Any, *paths: str) -> Any:
    descriptor = message.DESCRIPTOR
    return Projection([read(path, descriptor) for path in paths]).apply(message)


def test_only_what_is_named_is_copied():
    region = REGION(name="regions/a", title="A", domain="a.org", location={"city": "c"})
    assert projected(region, "title", "location") == REGION(title="A", location={"city": "c"})


def test_no_paths_make_an_empty_message():
    assert projected(REGION(title="A")) == REGION()


def test_an_inner_path_leaves_its_siblings_out():
    region = REGION(location={"city": "c", "country": "d"})
    assert projected(region, "location.city") == REGION(location={"city": "c"})


def test_a_set_message_without_any_of_the_fields_stays_as_an_empty_one():
    assert projected(REGION(location={"city": "c"}), "location.cloud").HasField("location")


def test_an_unset_message_stays_unset():
    assert not projected(REGION(title="A"), "location.cloud", "metadata").ByteSize()


def test_a_path_through_a_list_is_taken_in_every_element():
    scores = [{"dest": "regions/b", "score": 2}, {"dest": "regions/c"}]
    found = projected(REGION(connectivity_scores=scores), "connectivity_scores.score")
    assert found == REGION(connectivity_scores=[{"score": 2}, {}])
    assert len(found.connectivity_scores) == 2


def test_keys_of_a_map():
    region = REGION(metadata={"labels": {"a": "1", "b": "2", "c": "", "d.e": "3"}})
    found = projected(region, "metadata.labels.a", "metadata.labels.c", "metadata.labels.zz")
    assert dict(found.metadata.labels) == {"a": "1", "c": ""}
    assert dict(projected(region, r"metadata.labels.d\.e").metadata.labels) == {"d.e": "3"}


def test_keys_of_a_map_of_messages():
    struct = STRUCT()
    struct.fields["a"].number_value = 1
    struct.fields["b"].string_value = "x"
    found = projected(struct, "fields.b")
    assert list(found.fields) == ["b"]
    assert found.fields["b"].string_value == "x"


@pytest.mark.parametrize(
    "paths", [("location", "location.city"), ("location.city", "location")], ids=["first", "last"]
)
def test_the_outer_path_wins(paths):
    region = REGION(location={"city": "c", "country": "d"})
    assert projected(region, *paths) == region
    assert Projection([read(path, REGION.DESCRIPTOR) for path in paths]).paths == ("location",)


def test_presence_of_scalars_is_kept_where_it_is_known():
    found = projected(FIELD(name="", number=0), "name", "label")
    assert found.HasField("name")
    assert not found.HasField("label")
    assert not found.HasField("number")


def test_the_result_shares_nothing_with_its_source():
    region = REGION(location={"city": "c"}, metadata={"labels": {"a": "1"}})
    found = projected(region, "location", "metadata.labels")
    region.location.city = "changed"
    region.metadata.labels["a"] = "changed"
    assert found.location.city == "c"
    assert found.metadata.labels["a"] == "1"


# One law against a naive model: messages as nested dictionaries of what is set.

WORDS = st.sampled_from(["", "x", "y"])
LABELS = st.dictionaries(st.sampled_from(["a", "b", "c"]), WORDS, max_size=3)
TIMES = st.fixed_dictionaries({"seconds": st.integers(0, 5)})


def some(**fields: Any) -> Any:
    return st.fixed_dictionaries({}, optional=fields)


REGIONS = some(
    name=WORDS,
    title=WORDS,
    location=some(city=WORDS, country=WORDS),
    is_default=st.booleans(),
    connectivity_scores=st.lists(some(dest=WORDS, score=st.integers(-2, 2)), max_size=3),
    metadata=some(
        create_time=TIMES,
        tags=st.lists(WORDS, max_size=2),
        labels=LABELS,
        shards=st.dictionaries(st.sampled_from(["a", "b"]), st.integers(-2, 2)),
        syncing=some(owning_region=WORDS, regions=st.lists(WORDS, max_size=2)),
        owner_references=st.lists(some(kind=WORDS, controller=st.booleans()), max_size=2),
    ),
).map(lambda fields: REGION(**fields))

NAMED = """
name title location location.city location.country location.cloud is_default metadata
connectivity_scores connectivity_scores.dest connectivity_scores.score metadata.create_time
metadata.tags metadata.labels metadata.labels.a metadata.labels.b metadata.shards.a
metadata.syncing metadata.syncing.regions metadata.syncing.owning_region metadata.lifecycle
metadata.owner_references.kind metadata.owner_references metadata.lifecycle.state
"""
PATHS = st.sampled_from(NAMED.split())


def picked(value: Any, parts: list[str]) -> Any:
    if not parts:
        return value
    if isinstance(value, list):
        return [picked(each, parts) for each in value]
    head, *rest = parts
    return {head: picked(value[head], rest)} if head in value else {}


def merged(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return {
            key: merged(one.get(key, other.get(key)), other.get(key, one.get(key)))
            for key in one | other
        }
    if isinstance(one, list) and one != other:
        return [merged(first, second) for first, second in zip(one, other, strict=True)]
    return other


def tree(message: Any) -> Tree:
    return MessageToDict(message, preserving_proto_field_name=True)


@given(region=REGIONS, paths=st.lists(PATHS, max_size=5))
@repeatable
def test_projection_agrees_with_dictionaries(region: Any, paths: list[str]):
    expected: Tree = {}
    for path in paths:
        expected = merged(expected, picked(tree(region), path.split(".")))
    before = region.SerializeToString(deterministic=True)
    assert tree(projected(region, *paths)) == expected
    assert region.SerializeToString(deterministic=True) == before
