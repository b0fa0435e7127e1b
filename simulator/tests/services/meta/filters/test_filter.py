"""Whole filters: what they let pass together, their limits, and that nothing else ever escapes.

GRIDPROOF_FILTER_EXAMPLES draws more examples than the usual few.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from google.protobuf.json_format import ParseDict
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.services.meta import filters
from simulator.services.meta.filters import FilterError, parse
from simulator.services.meta.filters.syntax import LONGEST
from simulator.tests.services.meta.filters.api import REGION, passes, region
from simulator.tests.services.meta.filters.strategies import (
    FILTERS,
    REGIONS,
    SOUPS,
    TEXTS,
    damaged,
    quoted,
)

EXAMPLES = int(os.environ.get("GRIDPROOF_FILTER_EXAMPLES", "150"))
examples = settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)


def test_package_exports_three_names():
    assert filters.__all__ == ["Filter", "FilterError", "parse"]


@pytest.mark.parametrize(
    ("text", "a", "b", "c"),
    [
        ('title = "a" OR title = "b" AND title = "c"', True, False, False),
        ('(title = "a" OR title = "b") AND title = "c"', False, False, False),
        ('title = "a" | title = "b" + title = "c"', True, False, False),
        ('title = "a" OR title = "b" title = "c"', True, False, False),
        ('NOT title = "a" AND title = "b"', False, True, False),
        ('NOT (title = "a" OR title = "b")', False, False, True),
        ('NOT NOT title = "a"', True, False, False),
        ('NOT title = "a" OR title = "a"', True, True, True),
        ('title = "a" NOT title = "b"', True, False, False),
        ("()", True, True, True),
        ("", True, True, True),
    ],
)
def test_not_binds_tighter_than_and_tighter_than_or(text, a, b, c):
    assert tuple(passes(text, region(title=title)) for title in "abc") == (a, b, c)


def test_texts_of_16_kib_are_read_and_longer_ones_refused():
    fitting = f'title = "{"é" * ((LONGEST - 11) // 2)}"'
    padded = fitting.ljust(LONGEST - len(fitting.encode()) + len(fitting))
    assert len(padded.encode()) == LONGEST
    assert parse(padded, REGION.DESCRIPTOR)
    with pytest.raises(FilterError, match="16385 bytes are more than 16384") as caught:
        parse(padded + " ", REGION.DESCRIPTOR)
    assert caught.value.position == len(padded)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 16000,
        "NOT " * 4000,
        "title IN (" * 1600,
        "location = " + "{" * 16000,
        "location = " + '{"country":' * 1400,
        "((NOT " * 2600,
        '"' * 16001,
        "-" * 16000,
        "." * 16000,
        "a." * 8000,
        "title = " + "9" * 16000,
        'title = "' + "\\" * 16000,
        "x" * 16000 + " = 1",
        "metadata.labels." + "k" * 16000,
        "metadata.labels." + "k" * 16000 + " = 5",
        "metadata.labels." + "k" * 16000 + " < NULL",
        "metadata.shards." + "k" * 16000 + " CONTAINS 5",
    ],
)
def test_long_runs_of_anything_are_refused_and_nothing_else(text):
    with pytest.raises(FilterError) as caught:
        parse(text, REGION.DESCRIPTOR)
    assert 0 <= caught.value.position <= len(text)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("glue", [" AND ", " OR ", " "])
def test_long_chains_are_no_depth(glue):
    chain = glue.join(['title="a"'] * 1000)
    assert parse(chain, REGION.DESCRIPTOR).matches(region(title="a"))


def test_lone_surrogates_are_refused_where_they_stand():
    with pytest.raises(FilterError, match="surrogate") as caught:
        parse('title = "\ud800"', REGION.DESCRIPTOR)
    assert caught.value.position == 9


def test_filters_are_read_by_several_threads_at_once():
    texts = [f'title = "{n}" OR NOT (metadata.generation > {n})' for n in range(200)]
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda text: parse(text, REGION.DESCRIPTOR), texts))
    assert [each.matches(region(title="7", metadata={"generation": "300"})) for each in read] == [
        n == 7 for n in range(200)
    ]


@examples
@given(text=FILTERS, fields=REGIONS)
def test_every_drawn_filter_is_read_and_answers(text, fields):
    message = ParseDict(fields, REGION())
    before = message.SerializeToString(deterministic=True)
    assert parse(text, REGION.DESCRIPTOR).matches(message) in (True, False)
    assert message.SerializeToString(deterministic=True) == before


def _read_or_refused(text):
    refusal = None
    try:
        return parse(text, REGION.DESCRIPTOR)
    except FilterError as error:
        refusal = error
    assert 0 <= refusal.position <= len(text)
    assert str(refusal).startswith(f"filter: at {refusal.position}: ")
    assert len(refusal.reason) < 300
    assert refusal.reason.isprintable()
    return None


@examples
@given(text=damaged(), fields=REGIONS)
def test_damaged_filters_are_read_or_refused_with_a_place(text, fields):
    if read := _read_or_refused(text):
        assert read.matches(ParseDict(fields, REGION())) in (True, False)


@examples
@given(text=SOUPS)
def test_any_text_is_read_or_refused_with_a_place(text):
    _read_or_refused(text)


@examples
@given(one=FILTERS, other=FILTERS, fields=REGIONS)
def test_laws_of_logic_hold(one, other, fields):
    message = ParseDict(fields, REGION())
    a, b = passes(one, message), passes(other, message)
    assert passes(f"NOT ({one})", message) is not a
    assert passes(f"({one}) AND ({other})", message) is (a and b)
    assert passes(f"({one}) OR ({other})", message) is (a or b)
    assert passes(f"NOT (({one}) OR ({other}))", message) is (not a and not b)


@examples
@given(
    path=st.sampled_from(["title", "location.country", "metadata.labels.k"]),
    bounds=st.lists(TEXTS.map(quoted), min_size=1, max_size=4),
    fields=REGIONS,
)
def test_in_is_the_disjunction_of_equalities(path, bounds, fields):
    message = ParseDict(fields, REGION())
    equal = " OR ".join(f"{path} = {bound}" for bound in bounds)
    assert passes(f"{path} IN ({', '.join(bounds)})", message) is passes(equal, message)
    assert passes(f"{path} NOT IN [{','.join(bounds)}]", message) is not passes(equal, message)
