"""Orders by hand, and the judge against the sorting."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.oracles.meta.fields import complete
from conformance.oracles.meta.model import KINDS
from conformance.oracles.meta.order import OrderError, arrange, judge_order, parse_order
from conformance.strategies import meta, meta_queries

REGIONS = KINDS["regions"]


def region(id_, title="", **metadata):
    extra = {"metadata": metadata} if metadata else {}
    return complete("Region", {"name": f"regions/{id_}", "title": title, **extra})


ITEMS = [
    region("aa", "x", generation=2, labels={"k": "1"}),
    region("bb", "x"),
    region("cc", "B", generation=10),
    region("dd", "€", generation=-1, labels={"k": ""}),
    region("ee", "𝄞"),
]


@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        ("", "aa bb cc dd ee"),
        ("name desc", "ee dd cc bb aa"),
        ("title", "cc aa bb dd ee"),
        (" title  DESC ", "ee dd bb aa cc"),
        ("title,name desc", "cc bb aa dd ee"),
        ("metadata.generation", "bb ee dd aa cc"),
        ("metadata.generation desc", "cc aa dd ee bb"),
        ("metadata.labels.k", "bb cc ee dd aa"),
        ("metadata", "bb ee aa cc dd"),
        ("isDefault desc, title", "cc aa bb dd ee"),
    ],
)
def test_orders(order, wanted):
    assert [item["name"][8:] for item in arrange(ITEMS[::-1], order, REGIONS)] == wanted.split()


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_good_and_bad_orders(kind):
    for order in meta_queries.BAD_ORDERS:
        with pytest.raises(OrderError):
            parse_order(order, kind)
    for order in meta_queries.directed_orders(kind):
        parse_order(order, kind)


def shown(text):
    by_id = {item["name"][8:]: item for item in ITEMS}
    return [by_id[id_] for id_ in text.split()]


@pytest.mark.parametrize(
    ("order", "items", "ties", "codes"),
    [
        ("title", "cc bb aa dd ee", False, []),
        ("title", "cc bb aa dd ee", True, ["tie"]),
        ("title", "cc aa dd bb ee", True, ["order"]),
        ("title desc", "ee dd aa bb cc", True, ["tie"]),
        ("metadata.generation", "dd aa cc bb ee", False, ["absent"]),
        ("metadata.generation desc", "bb ee cc aa dd", False, ["absent"]),
        ("metadata.generation", "bb dd aa cc ee", False, ["order"]),
        ("", "bb aa cc dd ee", False, []),
        ("", "bb aa cc dd ee", True, ["tie"]),
    ],
)
def test_judgement(order, items, ties, codes):
    found = judge_order(shown(items), order, REGIONS, ties=ties)
    assert [violation.code for violation in found] == codes


@given(st.data())
@settings(max_examples=40)
def test_what_is_arranged_is_judged_right_and_stable(data):
    kind = data.draw(meta.kinds())
    items = data.draw(meta.populations(kind, server_set=True))
    order = data.draw(meta_queries.orders(kind))
    arranged = arrange(items, order, kind)
    assert judge_order(arranged, order, kind, ties=True) == []
    assert arrange(arranged[::-1], order, kind) == arranged
