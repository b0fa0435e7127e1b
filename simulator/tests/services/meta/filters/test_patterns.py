import pytest

from simulator.services.meta.filters.patterns import is_wild, of_like, of_names


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("abc", "abc", True),
        ("abc", "abcd", False),
        ("", "", True),
        ("%", "", True),
        ("%", "a\nb", True),
        ("a%", "abc", True),
        ("a%", "ba", False),
        ("%c", "abc", True),
        ("%b%", "abc", True),
        ("a%a", "a", False),
        ("a%b%b", "ab", False),
        ("a%b%b", "abxb", True),
        ("_b_", "abc", True),
        ("_", "", False),
        ("_", "\n", True),
        ("A%", "abc", False),
        ("a.c", "abc", False),
        ("%_c%", "abc", True),
    ],
)
def test_like_has_the_patterns_of_sql(pattern, text, expected):
    assert bool(of_like(pattern).fullmatch(text)) is expected


def test_like_does_not_try_every_way_to_fit():
    assert not of_like("%a" * 30 + "b").fullmatch("a" * 3000)


@pytest.mark.parametrize(
    ("name", "other", "expected"),
    [
        ("regions/-", "regions/eu", True),
        ("regions/-", "regions/", False),
        ("regions/-", "regions/eu/deployments/a", False),
        ("regions/-/deployments/a", "regions/eu/deployments/a", True),
        ("regions/-/deployments/a", "regions/eu/deployments/b", False),
        ("services/-/resources/a.c", "services/x/resources/abc", False),
        ("-/-", "regions/eu", False),
    ],
)
def test_wildcards_stand_for_one_whole_id(name, other, expected):
    assert is_wild(name)
    assert bool(of_names(name).fullmatch(other)) is expected


@pytest.mark.parametrize("name", ["", "-", "regions/eu", "regions/-a", "-/eu", "regions/eu/-/a"])
def test_other_dashes_are_no_wildcards(name):
    assert not is_wild(name)
