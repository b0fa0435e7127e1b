"""The estimate of a pattern's work, against what Python's `re` does with it."""

import re
from math import inf

import pytest

from simulator.services.texts.patterns import ways

OBIS = "^([0-9]{1,3}-[0-9]{1,3}:)?[0-9]{1,3}[.][0-9]{1,3}([.][0-9]{1,3})?([*][0-9]{1,3})?$"


@pytest.mark.parametrize(
    "pattern",
    ["^(a+)+$", "(a|aa)*b", "(a*)*", r"(a)\1", "(?=a)*", "(?P<n>a)", "(.*,){20}x", "(", "a{", ")"],
)
def test_what_may_run_away_or_cannot_be_read_is_endless(pattern):
    assert ways(pattern, 30) > 1e9


@pytest.mark.parametrize(
    "pattern",
    ["^abc$", "^[a-z]+$", OBIS, "^(ab)*$", "^a{2,5}b?$", r"^\d{4}-\d{2}$", "[]a]", r"^[^\]]*$",
     "^(?:a|b)c*$", ""],
)  # fmt: skip
def test_everyday_patterns_are_cheap(pattern):
    re.compile(pattern)
    assert ways(pattern, 50) < 100_000


def test_searching_from_every_place_costs_more_than_anchored():
    assert ways("a+b", 100) == 101 * 101
    assert ways("^a+b", 100) == 101
    assert ways("^(a|b|c)?d", 9) == 4
    assert ways("^(x+x+)+y", 9) == inf
