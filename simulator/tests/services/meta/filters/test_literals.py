import pytest

from simulator.services.meta.filters import FilterError, parse
from simulator.tests.services.meta.filters.api import EVERY, REGION, passes, region


@pytest.mark.parametrize(
    ("spelled", "title"),
    [
        (r"\a\b\f\n\r\t\v", "\a\b\f\n\r\t\v"),
        (r"\"\\\'", "\"\\'"),
        (r"\101\x42", "AB"),
        (r"\xc3\xa9\303\251", "éé"),
        (r"\u00e9\U0001F600", "é😀"),
        ("é\n😀", "é\n😀"),
        (r"%_*", "%_*"),
    ],
)
def test_escapes_are_those_of_go(spelled, title):
    assert passes(f'title = "{spelled}"', region(title=title))


@pytest.mark.parametrize(
    ("spelled", "position"),
    [
        (r"ab\q", 11),
        (r"\x4", 9),
        (r"\400", 9),
        (r"\18", 9),
        (r"\ud800", 9),
        (r"\U00110000", 9),
        (r"\u12", 9),
        (r"\xff", 8),
    ],
)
def test_escapes_that_are_no_text_are_refused(spelled, position):
    with pytest.raises(FilterError, match="escape") as caught:
        parse(f'title = "{spelled}"', REGION.DESCRIPTOR)
    assert caught.value.position == position


@pytest.mark.parametrize(
    "number",
    [
        '"5"',
        "5.0",
        "1e1",
        "+1",
        ".5",
        "5.",
        "1.2.3",
        "TRUE",
        "{}",
        "9223372036854775808",
        "-9223372036854775809",
        "9" * 5000,
        "0" * 5000 + "9" * 30,
    ],
)
def test_integers_take_whole_numbers_within_their_range_only(number):
    with pytest.raises(FilterError) as caught:
        parse(f"metadata.generation = {number}", REGION.DESCRIPTOR)
    assert caught.value.position == 22


@pytest.mark.parametrize("number", [0, 1, -1, 2**63 - 1, -(2**63)])
def test_integers_reach_to_their_ends(number):
    held = region(metadata={"generation": str(number)})
    assert passes(f"metadata.generation = {number}", held)
    assert passes(f"metadata.generation = {'-' * (number < 0)}{'0' * 5000}{abs(number)}", held)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("uint32 = -1", "out of the range of uint32"),
        ("uint64 = 18446744073709551616", "out of the range of uint64"),
        ("sint32 = 2147483648", "out of the range of int32"),
        ("float = 1e39", "out of the range of float"),
        ("float = 1.", "needs a number"),
        ("double = TRUE", "needs a number"),
        ('bytes = "x"', "holds bytes, which have no literal"),
        ('stamps = {"k": "2020-01-01T00:00:00Z"}', "holds messages"),
        ('by_number = {"1": "a"}', "needs a whole number"),
        ('inner CONTAINS {"numbers": 1}', "is a list, which has no literal"),
        ("inner CONTAINS {numbers: 1}", "expected a value or '}'"),
        ("inner CONTAINS {1: 1}", "a field name needs quotes"),
        ('inner CONTAINS {"numbrs": 1}', "did you mean 'numbers'?"),
        ("inner CONTAINS 5", "needs {field: value, …}"),
    ],
)
def test_literals_must_fit_their_field(text, reason):
    with pytest.raises(FilterError) as caught:
        parse(text, EVERY.DESCRIPTOR)
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("title = 5", "'title' needs a string, found '5'"),
        ("title = TRUE", "'title' needs a string"),
        ("title IN (NULL)", "'title' needs a string, found 'NULL'"),
        ('is_default = "TRUE"', "'is_default' needs TRUE or FALSE"),
        ("is_default = 1", "'is_default' needs TRUE or FALSE"),
        ('location = "DE"', "'location' needs {field: value, …}"),
        ('metadata.labels = "x"', "'labels' needs {key: value, …}"),
        ("metadata.labels.k = 5", "'value' needs a string"),
        ("metadata.create_time = 5", "'create_time' needs a string"),
        (
            'metadata.lifecycle.state = "ACTVE"',
            "'state' has no value 'ACTVE'; did you mean ACTIVE?",
        ),
        ("metadata.lifecycle.state = 1.0", "'state' needs a name or number of its enum"),
        ("metadata.lifecycle.state = 2147483648", "'state' needs a name or number of its enum"),
        ("metadata.lifecycle.state = TRUE", "'state' needs a name or number of its enum"),
    ],
)
def test_literals_of_the_wrong_type_are_refused(text, reason):
    with pytest.raises(FilterError) as caught:
        parse(text, REGION.DESCRIPTOR)
    assert caught.value.reason.startswith(reason)


def test_enums_take_names_and_numbers():
    active = region(metadata={"lifecycle": {"state": "ACTIVE"}})
    assert passes('metadata.lifecycle.state = "ACTIVE"', active)
    assert passes("metadata.lifecycle.state = 1", active)
    assert passes("metadata.lifecycle.state < 2", active)
    assert not passes('metadata.lifecycle.state IN ("DELETING", 0)', active)
    # Enums of proto3 are open: a number need not have a name.
    active.metadata.lifecycle.state = 7
    assert passes("metadata.lifecycle.state = 7", active)


@pytest.mark.parametrize("field", ["float", "double"])
def test_floating_point_numbers(field):
    held = EVERY(**{field: 0.1})
    assert passes(f"{field} = 0.1", held)
    assert passes(f"{field} = 1e-1", held)
    assert passes(f"{field} > 0", held)
    assert passes(f"{field} < 1.5E+2", held)


@pytest.mark.parametrize(
    "spelled",
    [
        "2018-11-15T10:00:00Z",
        "2018-11-15t10:00:00z",
        "2018-11-15T11:00:00+01:00",
        "2018-11-15T09:30:00-00:30",
        "2018-11-15T10:00:00.000000000Z",
    ],
)
def test_one_instant_has_many_spellings(spelled):
    created = region(metadata={"createTime": "2018-11-15T10:00:00Z"})
    assert passes(f'metadata.create_time = "{spelled}"', created)


@pytest.mark.parametrize(
    "spelled",
    [
        "2018-11-15",
        "2018-11-15T10:00:00",
        "2018-11-15 10:00:00Z",
        "2018-11-15T10:00Z",
        "2018-02-29T10:00:00Z",
        "2018-11-15T24:00:00Z",
        "2018-11-15T10:00:60Z",
        "2018-11-15T10:00:00.Z",
        "2018-11-15T10:00:00.0000000000Z",
        "2018-11-15T10:00:00+24:00",
        "2018-11-15T10:00:00+0100",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "0000-01-01T00:00:00Z",
        "２０18-11-15T10:00:00Z",
        "",
        "now",
    ],
)
def test_what_is_no_rfc_3339_time_is_refused(spelled):
    with pytest.raises(FilterError, match="'create_time' needs a time like") as caught:
        parse(f'metadata.create_time > "{spelled}"', REGION.DESCRIPTOR)
    assert caught.value.position == 23


def test_messages_are_written_as_maps():
    written = region(
        metadata={
            "createTime": "1969-12-31T23:59:59.5Z",
            "labels": {"a": "b"},
            "lifecycle": {"state": "ACTIVE"},
            "generation": "3",
        }
    )
    text = (
        'metadata = {"create_time": "1970-01-01T00:59:59.5+01:00" "labels" {"a": "b"},'
        ' "lifecycle": {"state": "ACTIVE"}, "generation": 3}'
    )
    assert passes(text, written)
    written.metadata.generation = 4
    assert not passes(text, written)


def test_an_absent_message_equals_an_empty_one():
    assert passes("location = {}", region())
    assert passes('metadata = {"lifecycle": {}}', region(metadata={"lifecycle": {}}))
    assert not passes('metadata = {"lifecycle": {}}', region(metadata={}))
