"""Walks over pages, there and back, against a sorted list."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from simulator.tests.store.things import repeatable

from .api import REGION, Api, names

NAMES = [f"regions/{first}{second}" for first in "abcd" for second in "xyz"]
TITLES = st.sampled_from(["", "s", "t"])
REGIONS = st.dictionaries(st.sampled_from(NAMES), TITLES, max_size=12)
ORDERS: dict[str, Any] = {
    "": lambda titles: sorted(titles),
    "name desc": lambda titles: sorted(titles, reverse=True),
    "title": lambda titles: sorted(titles, key=lambda name: (titles[name], name)),
    "title desc": lambda titles: sorted(
        titles, key=lambda name: (titles[name], name), reverse=True
    ),
    "title desc, name": lambda titles: sorted(
        sorted(titles), key=lambda name: titles[name], reverse=True
    ),
}
STEPS = st.lists(st.tuples(st.booleans(), st.integers(1, 5)), max_size=8)


def filled(titles: dict[str, str], *quirks: str) -> Api:
    api = Api(*quirks)
    api.put(REGION, *({"name": name, "title": title} for name, title in titles.items()))
    return api


@given(
    titles=REGIONS,
    order_by=st.sampled_from(list(ORDERS)),
    style=st.sampled_from([(), ("tokens-unsealed",), ("tokens-bound",), ("tokens-by-offset",)]),
    first=st.integers(1, 5),
    steps=STEPS,
)
@repeatable
def test_any_walk_is_one_on_the_sorted_list(
    titles: Any, order_by: str, style: Any, first: int, steps: Any
):
    api, expected = filled(titles, *style), ORDERS[order_by](titles)
    start, end = 0, min(first, len(expected))
    page = api.list(page_size=first, order_by=order_by, include_paging_info=True)
    for onward, size in [*steps, (True, 1)]:
        assert names(REGION, page) == expected[start:end]
        assert page.total_results_count == len(expected)
        assert page.current_offset == start
        assert bool(page.prev_page_token) is (start > 0)
        assert bool(page.next_page_token) is (end < len(expected))
        token = page.next_page_token if onward else page.prev_page_token
        if not token:
            continue
        if onward:
            start, end = end, min(end + size, len(expected))
        else:
            start, end = max(start - size, 0), start
        fields = {"page_size": size, "order_by": order_by, "include_paging_info": True}
        page = api.list(page_token=token, **fields)


CHANGES = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(["s", "t", None])), max_size=4)


@given(
    titles=REGIONS,
    order_by=st.sampled_from(list(ORDERS)),
    size=st.integers(1, 4),
    changes=st.lists(CHANGES, min_size=12, max_size=12),
    onward=st.booleans(),
)
@repeatable
def test_what_stays_is_seen_once_while_others_come_and_go(
    titles: Any, order_by: str, size: int, changes: Any, onward: bool
):
    api = filled(titles)
    token = "" if onward else "l.e.O.2147483647"
    touched: set[str] = set()
    seen: list[str] = []
    for some in [*changes, *[()] * 40]:
        page = api.list(page_size=size, order_by=order_by, page_token=token)
        seen += names(REGION, page)
        token = page.next_page_token if onward else page.prev_page_token
        if not token:
            break
        for name, title in some:
            touched.add(name)
            if title is not None:
                api.put(REGION, {"name": name, "title": title})
            elif api.registry.get(name) is not None:
                api.remove(name)
    assert token == ""
    untouched = [name for name in ORDERS[order_by](titles) if name not in touched]
    found = [name for name in seen if name not in touched]
    # A walk back shows its pages in reverse, each of them in order.
    assert (found if onward else sorted(found)) == (untouched if onward else sorted(untouched))
