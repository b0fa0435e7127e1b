from operator import itemgetter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.services.errors import ServiceError
from simulator.services.meta import Policy
from simulator.services.meta.order import read_order
from simulator.tests.store.things import repeatable

from .api import REGION, SERVICE


def order(text, kind=REGION, policy=None):
    return read_order(kind, text, policy or Policy())


@pytest.mark.parametrize(
    ("given_text", "canonical"),
    [
        ("", "name asc"),
        ("title", "title asc,name asc"),
        ("title desc", "title desc,name desc"),
        ("title desc,name", "title desc,name asc"),
        ("  title   DESC ,domain Asc", "title desc,domain asc,name asc"),
        ("name,title", "name asc"),
        ("name desc", "name desc"),
        ("title,domain desc,title", "title asc,domain desc,name asc"),
        (
            "isDefault,metadata.create-time desc",
            "is_default asc,metadata.create_time desc,name desc",
        ),
        (r"metadata.labels.a\.b", r"metadata.labels.a\.b asc,name asc"),
        ("title\tdesc\n", "title desc,name desc"),
    ],
)
def test_canonical_text(given_text, canonical):
    assert order(given_text).text == canonical
    assert order(canonical).text == canonical


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (" ", "at 0: expected a path"),
        ("title,", "at 6: expected a path"),
        (",title", "at 0: expected a path"),
        ("title,,name", "at 6: expected a path"),
        ("title up", "at 6: expected asc or desc, not 'up'"),
        ("title,  titel desc", "at 8: 'titel': Region has no field 'titel', did you mean 'title'"),
        ("title asc please", "at 10: expected a comma or the end, not 'please'"),
        ("asc", "at 0: 'asc': Region has no field 'asc'"),
        ("metadata.labels.a.b", "at 0: 'metadata.labels.a.b': nothing can be named inside"),
        ("connectivity_scores.score", "at 0: .* leads through connectivity_scores"),
        ("title;domain", "at 0: "),
    ],
)
def test_errors_tell_the_place(text, error):
    with pytest.raises(ServiceError, match=f"order_by: {error}") as caught:
        order(text)
    assert caught.value.code == 3


def test_bounds():
    with pytest.raises(ServiceError, match="is longer than 16384 characters"):
        order("title," * 3000)
    keys = ",".join(f"metadata.labels.k{number}" for number in range(33))
    with pytest.raises(ServiceError, match="has 33 keys, above 32"):
        order(keys)


def test_ties_ascend_if_the_policy_says_so():
    assert order("title desc", policy=Policy(tie_follows_last=False)).text == "title desc,name asc"


def in_order(text, *messages):
    """The ids of regions in an order."""
    ordered = sorted(messages, key=order(text).key)
    return [message.name.removeprefix("regions/") for message in ordered]


def region(region_id, **fields):
    return REGION.message(name=f"regions/{region_id}", **fields)


TIMED = (
    region("late", metadata={"create_time": {"seconds": 9}}),
    region("half", metadata={"create_time": {"seconds": 5, "nanos": 500}}),
    region("early", metadata={"create_time": {"seconds": 5}}),
    region("none", metadata={}),
    region("bare"),
)


def test_timestamps_by_time_and_absent_ones_first():
    found = in_order("metadata.create_time", *TIMED)
    assert found == ["bare", "none", "early", "half", "late"]


def test_absent_ones_last_when_descending():
    found = in_order("metadata.create_time desc", *TIMED)
    assert found == ["late", "half", "early", "none", "bare"]


def test_an_empty_text_is_a_value_and_comes_after_none():
    regions = [region("set", location={"city": "c"}), region("empty", location={}), region("none")]
    assert in_order("location.city", *regions) == ["none", "empty", "set"]


def test_keys_of_maps():
    values = {"aa": "2", "bb": "", "cc": "10"}
    regions = [region(name, metadata={"labels": {"k": value}}) for name, value in values.items()]
    regions.append(region("zz", metadata={"labels": {"other": "0"}}))
    assert in_order("metadata.labels.k", *regions) == ["zz", "bb", "cc", "aa"]
    assert in_order("metadata.labels.k desc", *regions) == ["aa", "cc", "bb", "zz"]
    shards = [region(str(n), metadata={"shards": {"k": n}}) for n in (10, 9, -1)]
    assert in_order("metadata.shards.k", *shards) == ["-1", "9", "10"]


def test_of_lists_maps_and_messages_only_the_presence_counts():
    full = region("full", connectivity_scores=[{}, {}], location={"city": "z"})
    some = region("some", connectivity_scores=[{"score": 9}], location={}, metadata={"tags": ["a"]})
    labelled = region("labelled", metadata={"labels": {"a": "b"}})
    regions = (full, some, labelled)
    assert in_order("connectivity_scores", *regions) == ["labelled", "full", "some"]
    assert in_order("location desc", *regions) == ["some", "full", "labelled"]
    assert in_order("metadata.labels", *regions) == ["full", "some", "labelled"]
    assert in_order("metadata.tags", *regions) == ["full", "labelled", "some"]


def test_texts_compare_bytewise():
    titles = {"zz": "Z", "aa": "a", "uu": "ä", "hi": "\U0001f600", "mi": "\uffff"}
    regions = [region(name, title=title) for name, title in titles.items()]
    by_bytes = sorted(titles, key=lambda name: titles[name].encode())
    assert in_order("title", *regions) == by_bytes


def test_the_boundary_holds_what_the_order_needs_and_no_more():
    service = SERVICE.message(
        name="services/x",
        display_name="X",
        current_version="v1",
        metadata={"labels": {"a": "1", "b": "2"}, "generation": 3},
    )
    ordering = order("metadata.labels.a desc,display_name", SERVICE)
    boundary = ordering.boundary(service)
    expected = SERVICE.message(name="services/x", display_name="X", metadata={"labels": {"a": "1"}})
    assert boundary == expected
    assert ordering.key(boundary) == ordering.key(service)


FIELDS = {"title": "title", "domain": "domain", "is_default": "is_default", "location.city": "city"}
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "title": st.sampled_from(["", "a", "b"]),
            "domain": st.sampled_from(["", "x"]),
            "is_default": st.booleans(),
            "city": st.sampled_from([None, "", "c"]),
        }
    ),
    max_size=12,
)
KEYS = st.lists(st.tuples(st.sampled_from(list(FIELDS)), st.booleans()), min_size=1, max_size=4)


@given(rows=ROWS, keys=KEYS)
@repeatable
def test_orders_agree_with_stable_sorts_from_the_last_key_to_the_first(rows: Any, keys: Any):
    for number, row in enumerate(rows):
        row["name"] = f"regions/{chr(97 + number)}x"
    regions = [
        region(
            row["name"].removeprefix("regions/"),
            title=row["title"],
            domain=row["domain"],
            is_default=row["is_default"],
            location=None if row["city"] is None else {"city": row["city"]},
        )
        for row in rows
    ]
    expected = sorted(rows, key=itemgetter("name"), reverse=keys[-1][1])
    for path, descending in reversed(keys):
        field = FIELDS[path]
        expected.sort(
            key=lambda row, field=field: () if row[field] is None else (row[field],),
            reverse=descending,
        )
    text = ", ".join(f"{path} {'desc' if descending else 'asc'}" for path, descending in keys)
    names = [row["name"].removeprefix("regions/") for row in expected]
    assert in_order(text, *regions) == names
