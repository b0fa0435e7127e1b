import pytest

from simulator.services.meta.filters import FilterError, parse
from simulator.services.meta.filters.paths import spellings
from simulator.tests.services.meta.filters.api import EVERY, REGION, SERVICE, passes, region


@pytest.mark.parametrize("name", ["is_default", "isDefault", "is-default"])
def test_fields_are_spelled_in_three_ways(name):
    assert passes(f"{name} = TRUE", region(isDefault=True))
    assert not passes(f"{name} = TRUE", region())


@pytest.mark.parametrize(
    "path", ["metadata.resource_version", "metadata.resourceVersion", "metadata.resource-version"]
)
def test_spellings_hold_at_every_depth(path):
    assert passes(f'{path} = "7"', region(metadata={"resourceVersion": "7"}))


def test_every_field_is_found_by_its_own_name():
    for descriptor in (REGION.DESCRIPTOR, SERVICE.DESCRIPTOR, EVERY.DESCRIPTOR):
        assert all(spellings(descriptor)[field.name] is field for field in descriptor.fields)


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ('titel = "x"', 0, "unknown field 'titel', did you mean 'title'?"),
        ('TITLE = "x"', 0, "unknown field 'TITLE', expected one of name, title, domain"),
        ('title = "x" AND foo = 1', 16, "unknown field 'foo'"),
        ('location.contry = "x"', 9, "unknown field 'contry', did you mean 'country'?"),
        ("metadata.labels.a.b = 1", 18, "the values of a map have no fields"),
        (r'metadata.labels.a\.b.c = "x"', 21, "the values of a map have no fields"),
        ('title.x = "x"', 6, "'title' has no fields, found 'x'"),
        ('metadata.tags.x = "x"', 14, "'tags' has no fields, found 'x'"),
        (r'location\.country = "x"', 0, "unknown field 'location.country'"),
    ],
)
def test_unknown_paths_are_refused_where_they_leave_the_type(text, position, reason):
    with pytest.raises(FilterError) as caught:
        parse(text, REGION.DESCRIPTOR)
    assert caught.value.position == position
    assert caught.value.reason.startswith(reason)


def test_keys_of_maps_may_hold_dots():
    labelled = region(metadata={"labels": {"app.io/name": "x", "app": "y"}})
    assert passes(r'metadata.labels.app\.io/name = "x"', labelled)
    assert passes('metadata.labels.app = "y"', labelled)


def test_looking_for_a_key_does_not_add_it():
    labelled = region(metadata={"labels": {"a": "b"}})
    passes('metadata.labels.other = "x" OR metadata.labels.other IS NULL', labelled)
    passes('metadata.labels CONTAINS "other"', labelled)
    assert dict(labelled.metadata.labels) == {"a": "b"}


def test_keys_that_are_not_text_have_no_path():
    with pytest.raises(FilterError, match="the keys of 'by_number' are not text"):
        parse('by_number.k = "x"', EVERY.DESCRIPTOR)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("connectivity_scores.score = 5", False),
        ("connectivity_scores.score != 5", True),
        ("connectivity_scores.score > 0", False),
        ("connectivity_scores.score IN (5)", False),
        ("connectivity_scores.score NOT IN (5)", True),
        ("connectivity_scores.score IS NULL", True),
        ("connectivity_scores.score IS NOT NULL", False),
        ('connectivity_scores.dest CONTAINS "regions"', False),
        ('connectivity_scores.dest = "regions/-"', False),
    ],
)
def test_paths_through_repeated_messages_find_no_single_value(text, expected):
    scored = region(connectivityScores=[{"dest": "regions/b", "score": 5}])
    assert passes(text, scored) is expected


def test_paths_through_repeated_messages_reach_any_kind_of_field():
    for condition in (
        "inner.numbers CONTAINS 1",
        'inner.by_number CONTAINS "1:a"',
        'inner.stamps.k = "2020-01-01T00:00:00Z"',
        'inner.times CONTAINS "2020-01-01T00:00:00Z"',
        "inner.double IS NAN",
        'inner.by_number = {1: "a"}',
    ):
        assert not passes(condition, EVERY(inner=[EVERY(numbers=[1], by_number={1: "a"})]))


def test_literals_are_checked_even_if_nothing_can_be_found():
    with pytest.raises(FilterError, match="'score' needs a whole number"):
        parse('connectivity_scores.score = "5"', REGION.DESCRIPTOR)
