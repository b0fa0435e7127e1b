"""Filters on resources whose verdicts were worked out by hand, and laws between filters."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.oracles.meta.fields import complete
from conformance.oracles.meta.filter import FilterError, Verdict, parse
from conformance.oracles.meta.model import KINDS
from conformance.oracles.meta.times import parse_time
from conformance.strategies import meta, meta_filters

REGIONS = KINDS["regions"]
SERVICES = KINDS["services"]
DEPLOYMENTS = KINDS["deployments"]
RESOURCES = KINDS["resources"]

NOON = parse_time("2024-06-01T12:00:00Z")
REGION = complete(
    "Region",
    {
        "name": "regions/eu-west",
        "title": 'say "ü"',
        "domain": "b",
        "location": {"country": "CH", "city": ""},
        "metadata": {
            "create_time": NOON,
            "labels": {"k": "v"},
            "shards": {"s": 3},
            "generation": 7,
            "tags": ["red", "green"],
            "lifecycle": {"state": 1},
        },
        "connectivity_scores": [{"dest": "regions/us-east", "score": 5}],
    },
)
BARE = complete("Region", {"name": "regions/aa"})


def verdict(text, data=REGION, kind=REGIONS):
    return parse(text, kind).verdict(data)


FOUND = [
    "()",
    "",
    'domain = "b"',
    'domain == "b"',
    'domain != "a"',
    'domain > "a"',
    'domain >= "b"',
    'domain < "c"',
    'domain < "é"',
    'title = "say \\"ü\\""',
    'title = "say \\"\\u00fc\\""',
    'title = "say \\x22\\303\\274\\""',
    "metadata.generation = 7",
    "metadata.generation<8",
    "metadata.generation >= -7",
    "metadata.generation IN (1, 7)",
    "metadata.generation NOT IN [1, 2]",
    'metadata.labels.k = "v"',
    "metadata.shards.s > 2",
    'metadata.tags CONTAINS "red"',
    'metadata.tags HAS VALUE "green"',
    'metadata.tags contains any ["x", "red"]',
    'metadata.tags CONTAINS ALL ("green", "red")',
    "is_default = FALSE",
    "isDefault = false and is-default != TRUE",
    'location.country = "CH"',
    'metadata.lifecycle.state = "ACTIVE"',
    "metadata.lifecycle.state = 1",
    'metadata.create_time = "2024-06-01T13:00:00+01:00"',
    'metadata.createTime IN ("2024-06-01T12:00:00.000Z")',
    'name = "regions/eu-west"',
    'name IN ("regions/eu-west", "regions/x")',
    "metadata.create_time IS NOT NULL",
    "metadata.delete_time IS NULL",
    "metadata.delete_time = NULL",
    "location != NULL",
    "metadata.owner_references IS NULL",
    "metadata.labels.zz IS NULL",
    "connectivity_scores is not null",
    'domain = "x" OR domain = "b" AND title != "x"',
    'domain = "b" OR domain = "x" AND title = "x"',
    'NOT domain = "x" AND NOT NOT domain = "b"',
    'domain = "b" title != ""',
    'domain = "x" | domain = "b" + title != "" -- and a comment',
    'NOT (domain = "x" OR title = "x")',
    'title LIKE "say%"',
    'title LIKE "%_ü_"',
]


@pytest.mark.parametrize("text", FOUND)
def test_found_by_every_server(text):
    assert verdict(text) == Verdict(matches=True, demanded=True)
    if text not in ("", "()"):
        assert verdict(f"NOT ({text}\n)") == Verdict(matches=False, demanded=True)


@pytest.mark.parametrize(
    "text",
    [
        'domain = "B"',
        'domain > "b"',
        'title LIKE "SAY%"',
        'title LIKE "say"',
        'metadata.tags CONTAINS "re"',
        'metadata.tags CONTAINS ALL ("red", "blue")',
        "location IS NULL",
        "metadata.lifecycle.state != 1",
        'name = "regions/eu"',
        "metadata.generation IS NAN",
        '(domain = "b" OR domain = "x") AND title = "x"',
    ],
)
def test_passed_over_by_every_server(text):
    assert verdict(text) == Verdict(matches=False, demanded=True)


@pytest.mark.parametrize(
    ("text", "data", "matches", "because"),
    [
        ("metadata.generation < 5", BARE, True, "M39"),
        ('metadata.labels.k != "v"', BARE, True, "M39"),
        ('metadata.labels.zz = ""', REGION, True, "M39"),
        ('metadata.labels.zz NOT IN ("a")', REGION, True, "M39"),
        ('NOT metadata.labels.zz = "a"', REGION, True, "M39"),
        ('metadata.create_time != "2024-06-01T12:00:00Z"', BARE, True, "M39"),
        ("title IS NULL", BARE, False, "M14"),
        ("title IS NOT NULL", BARE, True, "M14"),
        ('metadata.create_time > "2024-01-01T00:00:00Z"', REGION, True, "M15"),
        ('metadata.create_time < "2024-01-01T00:00:00Z"', BARE, False, "M15, M39"),
        ('name > "regions/a"', REGION, False, "M40"),
        ('name = "regions/-"', REGION, True, "wildcard"),
        ('name != "regions/-"', REGION, False, "wildcard"),
        ("metadata.generation IS NOT NAN", REGION, False, "nan"),
        ('connectivity_scores.dest = "regions/us-east"', REGION, False, "open"),
        ('metadata.labels CONTAINS "k"', REGION, False, "open"),
        ('location = {"country": "CH"}', REGION, False, "open"),
        ('metadata.labels = {"k" "v"}', REGION, False, "open"),
        ('title CONTAINS "say"', REGION, False, "open"),
    ],
)
def test_open_points_are_not_demanded(text, data, matches, because):
    assert verdict(text, data) == Verdict(matches=matches, demanded=False, because=because)


def test_an_open_point_that_does_not_decide_leaves_the_verdict_demanded():
    assert verdict('metadata.labels.zz != "a" AND domain = "x"').demanded
    assert verdict('name > "a" OR domain = "b"') == Verdict(matches=True, demanded=True)


def test_absent_is_never_found_by_equality_to_something():
    assert verdict('metadata.labels.zz = "a"') == Verdict(matches=False, demanded=True)


def test_readings_can_be_asked_for():
    ordered = parse('metadata.create_time > "2024-01-01T00:00:00Z"', REGIONS)
    assert ordered.matches(REGION)
    assert not ordered.matches(REGION, {"M15": "sdk"})
    assert parse("title IS NULL", REGIONS).matches(BARE, {"M14": "null"})
    assert parse('name > "regions/a"', REGIONS).matches(REGION, {"M40": "bytewise"})


def test_names_and_wildcards():
    deployment = complete(
        "Deployment", {"name": "regions/eu/deployments/x", "service": "services/a.io"}
    )
    for text in ('name = "regions/-/deployments/x"', 'service = "services/-"'):
        assert parse(text, DEPLOYMENTS).matches(deployment)
    assert not parse('name = "regions/-/deployments/y"', DEPLOYMENTS).matches(deployment)
    assert "a text that is no name" in parse('service = "x"', DEPLOYMENTS).refusable


@pytest.mark.parametrize("text", meta_filters.BAD_FILTERS)
def test_bad_filters_have_a_position(text):
    with pytest.raises(FilterError) as raised:
        parse(text, REGIONS)
    assert raised.value.demanded
    assert 0 <= raised.value.position <= len(text)


def test_the_corpus_of_bad_filters_is_large_and_without_repetition():
    assert len(set(meta_filters.BAD_FILTERS)) == len(meta_filters.BAD_FILTERS) >= 60


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_bad_types_and_canonical_filters(kind):
    for text in meta_filters.bad_types(kind):
        with pytest.raises(FilterError) as raised:
            parse(text, kind)
        assert raised.value.demanded, text
    for text in meta_filters.canonical(kind):
        assert parse(text, kind).refusable <= {"nan"}, text


@pytest.mark.parametrize(
    ("text", "position"),
    [('domain = "b" AND nosuch = 1', 17), ("domain =", 8), ('domain = "b', 9), ("domain = 5", 9)],
)
def test_positions(text, position):
    with pytest.raises(FilterError) as raised:
        parse(text, REGIONS)
    assert raised.value.position == position


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('domain LIKE "b%"', "M13"),
        ('metadata.tags HAVE "x"', "M13a"),
        ('metadata.labels CONTAINS "k"', "M13b"),
        ("metadata.generation = 007", "an integer in an unusual spelling"),
        ('domain = "a\nb"', "line break in a text"),
        (meta_filters.nested(65), "depth"),
    ],
)
def test_what_a_server_may_refuse(text, reason):
    assert reason in parse(text, REGIONS).refusable


@pytest.mark.parametrize(
    "text",
    [meta_filters.nested(1000), 'domain = "\\q"', "metadata.generation = 99999999999999999999"],
)
def test_what_some_servers_may_accept_is_not_demanded_to_be_refused(text):
    with pytest.raises(FilterError) as raised:
        parse(text, REGIONS)
    assert not raised.value.demanded


def test_features():
    used = parse('name < "x" AND metadata.labels.k IS NULL', REGIONS)
    assert used.features == {"name", "name order", "map", "null", "nested"}
    assert used.null_sensitive
    assert not parse('title = "x" AND is_default = TRUE', REGIONS).null_sensitive
    assert parse("()", REGIONS).features == frozenset()


@given(st.data())
@settings(max_examples=40)
def test_laws_of_plain_filters(data):
    kind = data.draw(meta.kinds())
    items = data.draw(meta.populations(kind, min_size=1, max_size=4, server_set=True))
    one, other = (data.draw(meta_filters.filters(kind, items, plain=True)) for _ in range(2))
    for item in items:
        a, b = (parse(text, kind).verdict(item) for text in (one, other))
        assert a.demanded
        assert not parse(one, kind).null_sensitive
        both = parse(f"NOT (({one}) AND ({other}))", kind).verdict(item)
        either = parse(f"(NOT ({one}) OR NOT ({other}))", kind).verdict(item)
        assert both == either == Verdict(matches=not (a.matches and b.matches), demanded=True)
        assert parse(f"({one}) ({one})", kind).verdict(item) == a


@given(st.data())
@settings(max_examples=60)
def test_generated_filters_are_valid_and_demanded_verdicts_hold_under_every_reading(data):
    kind = data.draw(meta.kinds())
    items = data.draw(meta.populations(kind, min_size=1, max_size=3, server_set=True))
    text = data.draw(meta_filters.filters(kind, items))
    wanted = parse(text, kind)
    assert wanted.refusable == frozenset()
    for item in items:
        shown = wanted.verdict(item)
        assert shown.matches == wanted.matches(item)
        for other in ({"M39": "never"}, {"M15": "sdk"}, {"M14": "null", "M39": "never"}):
            assert not shown.demanded or wanted.matches(item, other) == shown.matches


@given(st.data())
@settings(max_examples=80)
def test_mutilated_filters_are_read_or_refused_with_a_position(data):
    text = data.draw(meta_filters.filters(REGIONS).flatmap(meta_filters.mutilated))
    assert 0 <= position_of(text) <= len(text)


def position_of(text):
    try:
        return len(parse(text, REGIONS).source)
    except FilterError as error:
        return error.position
