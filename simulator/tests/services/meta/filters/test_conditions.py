import math

import pytest

from simulator.services.meta.filters import FilterError, parse
from simulator.tests.services.meta.filters.api import (
    DEPLOYMENT,
    EVERY,
    REGION,
    SERVICE,
    passes,
    region,
)

SIGNS = {
    "=": (False, True, False),
    "==": (False, True, False),
    "!=": (True, False, True),
    "<": (True, False, False),
    "<=": (True, True, False),
    ">": (False, False, True),
    ">=": (False, True, True),
}


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize(
    ("path", "bound", "values"),
    [
        ("title", '"b"', [{"title": "a"}, {"title": "b"}, {"title": "ba"}]),
        ("title", '"~"', [{"title": "z"}, {"title": "~"}, {"title": "é"}]),
        ("title", r'"\uffff"', [{"title": "é"}, {"title": "\uffff"}, {"title": "😀"}]),
        (
            "metadata.generation",
            "5",
            [{"metadata": {"generation": g}} for g in ("-6", "5", "6")],
        ),
        (
            "metadata.create_time",
            '"2018-11-15T10:00:00.5Z"',
            [{"metadata": {"createTime": f"2018-11-15T10:00:00.{n}Z"}} for n in ("4", "5", "51")],
        ),
        (
            "metadata.labels.k",
            '"b"',
            [{"metadata": {"labels": {"k": v}}} for v in "abc"],
        ),
        ("metadata.shards.s", "5", [{"metadata": {"shards": {"s": v}}} for v in "456"]),
    ],
)
def test_comparisons_of_less_equal_and_more(sign, path, bound, values):
    found = tuple(passes(f"{path} {sign} {bound}", region(**fields)) for fields in values)
    assert found == SIGNS[sign]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("metadata.generation < 5", True),
        ("metadata.generation = 0", True),
        ("metadata.generation != 0", False),
        ('title = ""', True),
        ('location.country = ""', True),
        ('location.country != "DE"', True),
        ("is_default = FALSE", True),
        ("is_default != TRUE", True),
        ("is_default IN (TRUE)", False),
        ('metadata.labels.zz = ""', True),
        ('metadata.labels.zz != "x"', True),
        ('metadata.labels.zz NOT IN ("x")', True),
        ("metadata.shards.s = 0", True),
        ("metadata.lifecycle.state = 0", True),
    ],
)
def test_absent_scalars_compare_as_zero(text, expected):
    assert passes(text, region()) is expected


INSTANT = '"1970-01-01T00:00:00Z"'


@pytest.mark.parametrize("sign", SIGNS)
def test_absent_timestamps_equal_no_instant_and_have_no_order(sign):
    assert passes(f"metadata.create_time {sign} {INSTANT}", region()) is (sign == "!=")
    assert passes(f"metadata.create_time {sign} {INSTANT}", region(metadata={})) is (sign == "!=")


def test_the_epoch_is_an_instant_like_others():
    epoch = region(metadata={"createTime": "1970-01-01T00:00:00Z"})
    assert passes(f"metadata.create_time = {INSTANT}", epoch)
    assert passes(f"metadata.create_time IN ({INSTANT})", epoch)
    assert not passes(f"metadata.create_time IN ({INSTANT})", region())
    assert passes(f"metadata.create_time NOT IN ({INSTANT})", region())


def test_timestamps_in_lists_and_maps():
    held = EVERY()
    held.times.add(seconds=5)
    held.stamps["k"].seconds = 5
    for text, expected in [
        ('times CONTAINS "1970-01-01T01:00:05+01:00"', True),
        ('times CONTAINS "1970-01-01T00:00:06Z"', False),
        ('stamps.k = "1970-01-01T00:00:05Z"', True),
        ('stamps.k > "1970-01-01T00:00:04Z"', True),
        ('stamps.other < "1970-01-01T00:00:09Z"', False),
        ("stamps.other IS NULL", True),
    ]:
        assert passes(text, held) is expected


@pytest.mark.parametrize(
    ("text", "bare", "hollow", "full"),
    [
        ("location IS NULL", True, False, False),
        ("location IS NOT NULL", False, True, True),
        ("location = NULL", True, False, False),
        ("location != NULL", False, True, True),
        ("location.country IS NULL", True, False, False),
        ("title IS NULL", False, False, False),
        ("title = NULL", False, False, False),
        ("is_default IS NOT NULL", True, True, True),
        ("metadata.tags IS NULL", True, True, False),
        ("metadata.labels IS NULL", True, True, False),
        ("metadata.labels.k IS NULL", True, True, False),
        ("metadata.labels.k != NULL", False, False, True),
        ("metadata.generation IS NULL", True, False, False),
        ("metadata.create_time IS NULL", True, True, False),
        ("metadata.lifecycle.state IS NULL", True, True, False),
        ("connectivity_scores IS NULL", True, True, False),
    ],
)
def test_null_is_what_is_not_there(text, bare, hollow, full):
    filled = region(
        location={"city": "x"},
        metadata={
            "tags": ["t"],
            "labels": {"k": ""},
            "createTime": "1970-01-01T00:00:00Z",
            "lifecycle": {},
        },
        connectivityScores=[{}],
    )
    assert passes(text, region()) is bare
    assert passes(text, region(location={}, metadata={})) is hollow
    assert passes(text, filled) is full


def test_optional_scalars_are_null_until_set():
    assert passes("maybe IS NULL AND maybe = 0", EVERY())
    assert passes("maybe IS NOT NULL AND maybe = 0", EVERY(maybe=0))


def test_nan_is_asked_of_floating_point_numbers_only():
    for text in ("title IS NAN", "title IS NOT NAN", "location IS NOT NAN", "metadata.tags IS NAN"):
        assert not passes(text, region())
    for text in ("double IS NAN", "float IS NAN"):
        assert passes(text, EVERY(double=math.nan, float=math.nan))
        assert not passes(text, EVERY())
    assert passes("double IS NOT NAN", EVERY())
    assert not passes("double IS NOT NAN", EVERY(double=math.nan))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('all_versions CONTAINS "v1"', True),
        ('all_versions CONTAINS "v"', False),
        ('all_versions HAS "v3"', False),
        ('all_versions CONTAINS ANY ("v3", "v2")', True),
        ('all_versions CONTAINS ANY ["v3", "v4"]', False),
        ('all_versions CONTAINS ALL ("v1", "v2")', True),
        ('all_versions CONTAINS ALL ("v1", "v3")', False),
        ('display_name CONTAINS "lp"', True),
        ('display_name CONTAINS ""', True),
        ('display_name CONTAINS "LP"', False),
        ('display_name CONTAINS ALL ("Al", "ha")', True),
        ('name CONTAINS "a.io"', True),
    ],
)
def test_lists_contain_elements_and_text_contains_its_parts(text, expected):
    service = SERVICE(name="services/a.io", display_name="Alpha", all_versions=["v1", "v2"])
    assert passes(text, service) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('metadata.labels CONTAINS "severity:important"', True),
        ('metadata.labels CONTAINS "severity:minor"', False),
        ('metadata.labels CONTAINS "severity"', True),
        ('metadata.labels CONTAINS "important"', False),
        ('metadata.labels CONTAINS "a:b:c"', True),
        ('metadata.labels CONTAINS {"severity": "important"}', True),
        ('metadata.labels CONTAINS {"severity": "important", "x": "y"}', False),
        ("metadata.labels CONTAINS {}", True),
        ('metadata.labels CONTAINS ANY ("x", "a:b")', True),
        ('metadata.labels CONTAINS ALL ("severity", "x")', False),
        ('metadata.shards CONTAINS "s:7"', True),
        ('metadata.shards CONTAINS {"s": 8}', False),
        ('metadata.labels = {"severity": "important", "a:b": "c"}', False),
        ('metadata.labels != {"severity": "important"}', False),
        ('metadata.labels IN ({"severity": "important"})', False),
        ('metadata.labels NOT IN ({"severity": "important"})', False),
    ],
)
def test_maps_contain_keys_and_entries_but_equal_nothing(text, expected):
    labels = {"severity": "important", "a:b": "c"}
    labels["a"] = "b"
    assert passes(text, region(metadata={"labels": labels, "shards": {"s": "7"}})) is expected


def test_lists_of_messages_contain_whole_ones():
    scored = region(connectivityScores=[{"dest": "regions/b", "score": 5}])
    assert passes('connectivity_scores CONTAINS {"dest": "regions/b", "score": 5}', scored)
    assert not passes('connectivity_scores CONTAINS {"dest": "regions/b"}', scored)


def test_whole_messages_are_compared():
    german = region(location={"country": "DE"})
    assert passes('location = {"country": "DE"}', german)
    assert passes('location != {"country": "FR"}', german)
    assert passes('location IN ({"country": "FR"}, {"country": "DE"})', german)
    assert not passes('location NOT IN ({"country": "DE"})', german)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('name = "regions/eu/deployments/d1"', True),
        ('name = "regions/-/deployments/d1"', True),
        ('name = "regions/-/deployments/-"', True),
        ('name = "regions/us/deployments/-"', False),
        ('name = "regions/-"', False),
        ('name = "-/eu/deployments/d1"', False),
        ('name != "regions/-/deployments/-"', False),
        ('name != "regions/us/deployments/-"', True),
        ('name IN ("regions/-/deployments/-")', False),
        ('name IN ("regions/eu/deployments/d1")', True),
        ('name < "z" OR name > "a" OR name <= "z" OR name >= "a"', False),
        ('service = "services/-"', True),
        ('service = "services/x.io"', True),
        ('service < "z"', False),
    ],
)
def test_names_honour_wildcards_in_equality_and_have_no_order(text, expected):
    deployment = DEPLOYMENT(name="regions/eu/deployments/d1", service="services/x.io")
    assert passes(text, deployment) is expected


def test_dashes_are_wildcards_in_names_only():
    assert not passes('title = "regions/-"', region(title="regions/a"))


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ('location < {"country": "DE"}', 9),
        ('metadata.labels > {"a": "b"}', 16),
        ("title < NULL", 6),
        ("metadata.tags >= NULL", 14),
        ('metadata.tags = "a"', 14),
        ('metadata.tags IN ("a")', 14),
        ("metadata.generation CONTAINS 5", 20),
        ("is_default HAS TRUE", 11),
        ("metadata.labels CONTAINS 5", 25),
        ('metadata.create_time CONTAINS "2018-11-15T10:00:00Z"', 21),
        ("metadata.tags CONTAINS NULL", 23),
    ],
)
def test_operators_that_a_field_has_not_are_refused(text, position):
    with pytest.raises(FilterError) as caught:
        parse(text, REGION.DESCRIPTOR)
    assert caught.value.position == position


def test_like_is_known_but_offered_only_on_demand():
    with pytest.raises(FilterError, match="LIKE is not offered") as caught:
        parse('title like "a%"', REGION.DESCRIPTOR)
    assert caught.value.unimplemented
    assert caught.value.position == 6
    assert passes('title like "a%"', region(title="abc"), like=True)


@pytest.mark.parametrize("text", ['metadata.generation LIKE "5"', 'metadata.tags LIKE "a"'])
def test_only_text_is_like_a_pattern(text):
    with pytest.raises(FilterError, match="is not text"):
        parse(text, REGION.DESCRIPTOR, like=True)
