import math

import pytest

from fixtures.contracts import load
from simulator.server.rest_values import Fields
from simulator.services.errors import Code, ServiceError

META = load("meta")
DISPATCH = load("dispatch")
WATCH = META.message("ntt.meta.v1alpha2.WatchRegionsRequest")


def put(kind, *pairs):
    message = kind()
    fields = Fields(message)
    for path, text in pairs:
        fields.put(path, text, f"query parameter {path}")
    return message


def refused(kind, *pairs):
    with pytest.raises(ServiceError) as caught:
        put(kind, *pairs)
    assert caught.value.code is Code.INVALID_ARGUMENT
    return caught.value.text


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("pageSize", "5", {"page_size": 5}),
        ("page_size", "-2147483648", {"page_size": -(2**31)}),
        ("orderBy", "title desc", {"order_by": "title desc"}),
        ("filter", "", {}),
        ("view", "NAME", {"view": 1}),
        ("view", "4", {"view": 4}),
        ("view", "99", {"view": 99}),
        ("type", "STATELESS", {"type": 1}),
        (
            "fieldMask",
            "displayName,metadata.createTime",
            {"field_mask": {"paths": ["display_name", "metadata.create_time"]}},
        ),
        ("startingTime", "2027-01-15T08:00:00Z", {"starting_time": {"seconds": 1_800_000_000}}),
        (
            "starting_time",
            "2027-01-15T09:00:00.000000001+01:00",
            {"starting_time": {"seconds": 1_800_000_000, "nanos": 1}},
        ),
    ],
)
def test_texts_become_values(path, text, expected):
    assert put(WATCH, (path, text)) == WATCH(**expected)


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("", []),
        ("title", ["title"]),
        ("metadata.labels.gridproof_run", ["metadata.labels.gridproof_run"]),
        ("isDefault,connectivity_scores", ["is_default", "connectivity_scores"]),
        ("*", ["*"]),
    ],
)
def test_masks(text, paths):
    message = put(WATCH, ("fieldMask", text))
    assert message.HasField("field_mask")
    assert list(message.field_mask.paths) == paths


def test_repeated_fields_repeat():
    batch = META.message("ntt.meta.v1alpha2.BatchGetRegionsRequest")
    assert list(put(batch, ("names", "a"), ("names", "b"), ("names", "a")).names) == ["a", "b", "a"]


def test_fields_of_messages_have_dotted_paths():
    region = META.message("ntt.meta.v1alpha2.Region")
    message = put(
        region,
        ("location.city", "Bremen"),
        ("metadata.generation", "9223372036854775807"),
        ("metadata.tags", "a"),
        ("metadata.lifecycle.blockDeletion", "true"),
    )
    assert message == region(
        location={"city": "Bremen"},
        metadata={
            "generation": 2**63 - 1,
            "tags": ["a"],
            "lifecycle": {"block_deletion": True},
        },
    )


def test_numbers_truths_and_bytes():
    # Types of protobuf's own that hold every kind of scalar.
    value = META.message("google.protobuf.UninterpretedOption")
    assert put(value, ("doubleValue", "-1.5e3")).double_value == -1500.0
    assert math.isnan(put(value, ("doubleValue", "NaN")).double_value)
    assert put(value, ("doubleValue", "-Infinity")).double_value == -math.inf
    assert put(value, ("positiveIntValue", str(2**64 - 1))).positive_int_value == 2**64 - 1
    assert put(value, ("stringValue", "-_8")).string_value == b"\xfb\xff"
    assert put(value, ("stringValue", "+/8=")).string_value == b"\xfb\xff"
    region = META.message("ntt.meta.v1alpha2.Region")
    for text, expected in [("true", True), ("1", True), ("false", False), ("0", False)]:
        assert put(region, ("isDefault", text)).is_default is expected


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("pageSise", "5", "query parameter pageSise: unknown, did you mean pageSize?"),
        ("zzz", "5", "unknown, there are type, pageSize"),
        ("pageSize", "five", "query parameter pageSize: 'five' is no integer from -2147483648"),
        ("pageSize", "", "'' is no integer"),
        ("pageSize", "1.0", "is no integer"),
        ("pageSize", "1_0", "is no integer"),
        ("pageSize", "²", "is no integer"),
        ("pageSize", "2147483648", "is no integer"),
        ("pageSize", "9" * 5000, "is no integer"),
        ("view", "NAMES", "query parameter view: no value 'NAMES', did you mean NAME?"),
        ("view", "99999999999", "no value '99999999999', there are UNSPECIFIED"),
        ("startingTime", "yesterday", "query parameter startingTime: 'yesterday' is no Timestamp"),
        ("startingTime", "2027-01-15", "is no Timestamp"),
        ("startingTime.seconds", "5", "startingTime has no fields of its own"),
        ("fieldMask.paths", "a", "fieldMask has no fields of its own"),
        ("filter.x", "a", "filter has no fields of its own"),
        ("", "a", "unknown"),
        (".", "a", "unknown"),
    ],
)
def test_what_cannot_be_meant_names_the_parameter(path, text, expected):
    assert expected in refused(WATCH, (path, text))


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("metadata", "x", "metadata cannot be given as text"),
        ("metadata.labels", "x", "labels cannot be given as text"),
        ("metadata.labels.x", "y", "labels has no fields of its own"),
        ("connectivityScores.dest", "x", "connectivityScores has no fields of its own"),
        ("isDefault", "yes", "'yes' is neither true nor false"),
    ],
)
def test_what_has_no_text(path, text, expected):
    assert expected in refused(META.message("ntt.meta.v1alpha2.Region"), (path, text))


def test_singular_fields_are_given_once():
    text = refused(WATCH, ("pageSize", "5"), ("page_size", "5"))
    assert text == "query parameter page_size: is given twice"


def test_alternatives_exclude_each_other():
    change = META.message("ntt.meta.v1alpha2.RegionChange")
    text = refused(change, ("added.viewIndex", "1"), ("removed.name", "x"))
    assert put(change, ("added.viewIndex", "1")).added.view_index == 1
    assert "excludes added" in text


def test_optional_fields_are_present_once_given():
    data = DISPATCH.message("frequenz.api.dispatch.v1.DispatchData")
    message = put(data, ("duration", "0"))
    assert message.HasField("duration")
