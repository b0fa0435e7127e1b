import json

import pytest
from google.protobuf.json_format import ParseDict

from fixtures.contracts import load
from simulator.services.dispatch.payload import MAX_BYTES, check_payload, json_bytes
from simulator.services.errors import Code, ServiceError
from simulator.services.structs import read_struct

STRUCT = load("dispatch").message("google.protobuf.Struct")


def struct(value):
    return ParseDict(value, STRUCT())


def nested(levels, kind):
    """An object with `levels` containers one inside another, itself included."""
    inner: object = 1
    for level in range(levels - 1):
        inner = {"k": inner} if kind == "objects" or level % 2 else [inner]
    return {"k": inner}


@pytest.mark.parametrize("kind", ["objects", "lists and objects"])
@pytest.mark.parametrize("levels", range(1, 6))
def test_five_levels_are_accepted(levels, kind):
    check_payload(struct(nested(levels, kind)), "payload")


@pytest.mark.parametrize("kind", ["objects", "lists and objects"])
@pytest.mark.parametrize("levels", [6, 7, 12, 40])
def test_a_sixth_level_is_refused(levels, kind):
    with pytest.raises(ServiceError, match="nested deeper than 5 levels") as caught:
        check_payload(struct(nested(levels, kind)), "payload")
    assert caught.value.code is Code.INVALID_ARGUMENT


@pytest.mark.parametrize("letter", ["a", "ä", '"'])
def test_size_counts_bytes_of_compact_json(letter):
    frame = len('{"k":""}')
    each = len(json.dumps(letter, ensure_ascii=False).encode()) - 2
    fitting = (MAX_BYTES - frame) // each
    payload = struct({"k": letter * fitting})
    assert len(json_bytes(read_struct(payload, "payload"))) <= MAX_BYTES
    check_payload(payload, "payload")
    with pytest.raises(ServiceError, match="bytes of JSON, at most 51200"):
        check_payload(struct({"k": letter * (fitting + 1)}), "payload")


def test_many_keys_count_like_one_long_text():
    check_payload(struct({f"key{n:05}": n for n in range(3000)}), "payload")
    with pytest.raises(ServiceError, match="at most 51200"):
        check_payload(struct({f"key{n:05}": n for n in range(4000)}), "payload")


def test_digits_are_the_worst_case_of_the_encoded_bound():
    # A list of zeros grows most by being encoded; at the limit it must still be let through.
    zeros = (MAX_BYTES - len('{"k":[]}') + 1) // 2
    payload = struct({"k": [0] * zeros})
    assert payload.ByteSize() > 5 * MAX_BYTES
    check_payload(payload, "payload")


def test_hopelessly_large_payloads_are_refused_unread():
    with pytest.raises(ServiceError, match="encoded bytes cannot be within"):
        check_payload(struct({"k": "x" * 1_000_000}), "payload")
