"""Walks over pages: right ones by a model, wrong ones by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.oracles.meta.model import Page
from conformance.oracles.meta.paging import Step, judge_forward, judge_zigzag
from conformance.strategies.meta_queries import page_sizes

ORDER = ["a", "b", "c", "d", "e"]


def page(names, **rest):
    return Page(items=tuple({"name": name} for name in names), **rest)


def codes(found):
    return [violation.code for violation in found]


FORWARD = [page("ab", next="1"), page("cd", prev="2", next="3"), page("e", prev="4")]


def test_good_forward_walks():
    assert judge_forward(FORWARD, size=2, order=ORDER) == []
    assert judge_forward([page("")], order=[]) == []
    trailing = [page("abcde", next="1"), page("", prev="2")]
    assert judge_forward(trailing, size=5, order=ORDER) == []


@pytest.mark.parametrize(
    ("at", "other", "wanted"),
    [
        (0, page("ab", prev="x", next="1"), ["first_prev"]),
        (0, page("abx", next="1"), ["foreign", "order", "too_large"]),
        (1, page("dc", next="3"), ["order"]),
        (1, page("c", next="3"), ["missing", "order"]),
        (1, page("bcd", next="3"), ["duplicate", "order", "too_large"]),
        (2, page("e", next="5"), ["endless"]),
    ],
)
def test_wrong_forward_walks(at, other, wanted):
    pages = [*FORWARD[:at], other, *FORWARD[at + 1 :]]
    assert codes(judge_forward(pages, size=2, order=ORDER)) == wanted


def test_two_empty_pages_at_the_end_are_one_too_many():
    pages = [page("abcde", next="1"), page("", next="2"), page("")]
    assert codes(judge_forward(pages, order=ORDER)) == ["endless"]


def steps(*given):
    return [Step(way=way, page=page(names, **rest)) for way, names, rest in given]


BOTH = {"prev": "p", "next": "n"}


@pytest.mark.parametrize(
    ("walk", "wanted"),
    [
        ([("first", "ab", {"next": "n"}), ("next", "cd", BOTH), ("prev", "ab", {"next": "n"})], []),
        ([("first", "ab", {"next": "n"}), ("next", "cd", BOTH), ("prev", "ba", {})], ["back"]),
        ([("first", "ab", {"next": "n"}), ("next", "bc", BOTH)], ["start"]),
        ([("first", "ab", {"next": "n"}), ("next", "c", {"next": "n"})], ["no_prev"]),
        ([("first", "ab", {})], ["missing"]),
        ([("first", "ab", BOTH)], ["first_prev"]),
        ([("first", "ab", {"next": "n"}), ("next", "cd", BOTH), ("again", "cd", BOTH)], []),
        ([("first", "ab", {"next": "n"}), ("next", "cd", BOTH), ("again", "de", BOTH)], ["again"]),
        ([("first", "ab", {"next": "n", "total": 5})], ["counters"]),
    ],
)
def test_walks_to_and_fro(walk, wanted):
    assert codes(judge_zigzag(steps(*walk), ORDER)) == wanted


def test_counters():
    good = Step(way="first", page=page("ab", next="n", total=5), info=True)
    bad = Step(way="next", page=page("cd", **BOTH, total=4, offset=1), info=True)
    assert codes(judge_zigzag([good, bad], ORDER)) == ["total_wrong", "offset_wrong"]


@given(st.data())
@settings(max_examples=60)
def test_walks_over_a_list_are_right(data):
    """Steps as a list with positions gives them, backward pages short at the beginning."""
    order = [f"n{n:03}" for n in range(data.draw(st.integers(0, 9)))]
    start = end = 0
    taken = []
    for at in range(data.draw(st.integers(1, 12))):
        size = data.draw(page_sizes(len(order))) or 100
        ways = ["first"] if at == 0 else []
        ways += ["next"] if at and end < len(order) else []
        ways += ["prev"] if at and start > 0 else []
        if not ways:
            break
        way = data.draw(st.sampled_from(ways))
        if way == "prev":
            start, end = max(0, start - size), start
        else:
            start, end = end, min(len(order), end + size)
        shown = page(
            order[start:end],
            prev="p" if start else "",
            next="n" if end < len(order) else "",
            offset=start,
            total=len(order),
        )
        taken.append(Step(way=way, page=shown, size=size, info=True))
    assert judge_zigzag(taken, order) == []
