import pytest

from fixtures.contracts import load
from simulator.services.errors import Code, ServiceError, invalid, shown
from simulator.services.rpc import parse

TIMESTAMP = load("dispatch").message("google.protobuf.Timestamp")


def test_requests_are_parsed_and_unknown_fields_let_through():
    assert parse(TIMESTAMP, b"\x08\x05\xa2\x06\x01x").seconds == 5


@pytest.mark.parametrize(
    "data", [b"\x08", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", b"\x00"]
)
def test_malformed_bytes_are_an_invalid_argument(data):
    with pytest.raises(
        ServiceError, match=r"not a well-formed google\.protobuf\.Timestamp"
    ) as caught:
        parse(TIMESTAMP, data)
    assert caught.value.code is Code.INVALID_ARGUMENT


def test_texts_are_cut_to_what_a_trailer_can_carry():
    error = invalid("x" * 10_000)
    assert len(error.text) == len(str(error)) == 500
    assert error.text.endswith("…")
    assert invalid("short").text == "short"


def test_values_are_shown_short():
    assert shown("a") == "'a'"
    assert len(shown("a" * 1000)) == 60


def test_codes_have_the_numbers_of_grpc():
    import grpc

    for code in Code:
        assert grpc.StatusCode[code.name].value[0] == code
