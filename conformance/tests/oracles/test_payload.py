"""Depth and size of payloads at and around the limits."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.oracles.payload import compact_size, depth, judge_limits, struct_size


def nested(levels: int) -> dict[str, Any]:
    return {} if levels == 1 else {"k": nested(levels - 1)}


@pytest.mark.parametrize(
    ("value", "objects", "containers"),
    [
        ({}, 1, 1),
        ({"a": 1, "b": "x"}, 1, 1),
        ({"a": [1, [2]]}, 1, 3),
        ({"a": [{"b": {}}]}, 3, 4),
        (nested(7), 7, 7),
    ],
)
def test_depth_with_and_without_lists(value: Any, objects: int, containers: int) -> None:
    assert (depth(value, lists=False), depth(value)) == (objects, containers)


def test_sizes() -> None:
    assert compact_size({"a": 1.0, "ü": "x"}) == len('{"a":1,"ü":"x"}'.encode())
    # Each entry: tag + length around key field (3 bytes) and value field (tag + length + 9).
    assert struct_size({"a": 1.0}) == 2 + 3 + 2 + 9
    assert struct_size({"a": "x" * 200}) == 3 + 3 + 3 + 3 + 200


def test_struct_size_equals_the_wire() -> None:
    from google.protobuf.struct_pb2 import Struct

    value: dict[str, Any] = {"a": [1.5, None, True, {"b": "y" * 300}], "ü": {"c": []}, "n": -1e300}
    struct = Struct()
    struct.update(value)
    assert struct_size(value) == struct.ByteSize()


@pytest.mark.parametrize(
    ("payload", "verdict"),
    [
        (nested(5), "accept"),
        (nested(6), "grey"),
        (nested(7), "refuse"),
        ({"a": [[[[[[1]]]]]]}, "grey"),
        ({"a": "x" * 44_900}, "accept"),
        ({"a": "x" * 50_500}, "grey"),
        ({"a": "x" * 60_000}, "refuse"),
    ],
)
def test_verdicts(payload: dict[str, Any], verdict: str) -> None:
    assert judge_limits(payload) == verdict
