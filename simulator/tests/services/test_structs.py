import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.contracts import load
from simulator.services.errors import Code, ServiceError
from simulator.services.structs import NotJson, read_struct, to_json, write_struct

STRUCT = load("dispatch").message("google.protobuf.Struct")

numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | st.text(max_size=8)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=100)
@given(st.dictionaries(st.text(max_size=4), values, max_size=4))
def test_json_survives_there_and_back(value):
    message = STRUCT()
    write_struct(value, message)
    assert read_struct(STRUCT.FromString(message.SerializeToString()), "field") == value


def test_whole_numbers_come_back_as_integers():
    message = STRUCT()
    write_struct({"whole": 3.0, "half": 2.5, "large": 1e300}, message)
    found = read_struct(message, "field")
    assert isinstance(found["whole"], int)
    assert isinstance(found["large"], float)
    assert found == {"whole": 3, "half": 2.5, "large": 1e300}


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_without_json_are_refused(number):
    message = STRUCT()
    write_struct({"a": [{"b": 1}]}, message)
    message.fields["a"].list_value.values[0].struct_value.fields["b"].number_value = number
    with pytest.raises(ServiceError, match=r"field\.a\[0\]\.b: JSON has no number") as caught:
        read_struct(message, "field")
    assert caught.value.code is Code.INVALID_ARGUMENT


def test_a_value_without_kind_is_refused():
    message = STRUCT()
    message.fields["a"].SetInParent()
    with pytest.raises(ServiceError, match=r"field\.a: a value without a kind"):
        read_struct(message, "field")


def test_levels_count_objects_and_lists():
    message = STRUCT()
    write_struct({"a": [[1]]}, message)
    assert read_struct(message, "field", 3) == {"a": [[1]]}
    with pytest.raises(ServiceError, match=r"field\.a\[0\]: is nested deeper than 2 levels"):
        read_struct(message, "field", 2)


def test_what_becomes_of_numbers_can_be_told() -> None:
    struct = STRUCT()
    write_struct({"n": 3, "list": [1.5]}, struct)
    assert to_json(struct, "s") == {"n": 3, "list": [1.5]}
    assert to_json(struct, "s", number=str) == {"n": "3.0", "list": ["1.5"]}


def test_where_a_struct_is_not_json_is_told() -> None:
    struct = STRUCT()
    struct.fields["list"].list_value.values.add().number_value = float("nan")
    with pytest.raises(NotJson) as raised:
        to_json(struct, "s")
    assert (raised.value.path, raised.value.text) == ("s.list[0]", "JSON has no number nan")
