"""Texts that callers choose."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.services.exchange.texts import check_description, check_file_name, check_name, iso
from simulator.tests.services.exchange.exchange import refused


@pytest.mark.parametrize("name", ["a", "..", ".", "C:\\x", "%2e%2e", "é" * 127, "x" * 255, '"q"'])
def test_a_name_may_be_almost_anything(name: str) -> None:
    assert check_name("name", name) == name


@pytest.mark.parametrize(
    "name", ["", "a/b", "../x", "a\0b", "a\nb", "\x7f", "x" * 256, "é" * 128, "\ud800"]
)
def test_a_name_is_no_path_and_not_too_long(name: str) -> None:
    with refused("ValidationError"):
        check_name("name", name)


@pytest.mark.parametrize(
    ("name", "extension"),
    [("up", "tar.gz"), ("noext", ""), ("", "env"), ("x" * 251, "csv"), ("..", ""), (".", ".")],
)
def test_a_file_name_needs_one_of_its_parts(name: str, extension: str) -> None:
    check_file_name(name, extension)


@pytest.mark.parametrize(
    ("name", "extension"),
    [("", ""), ("x" * 252, "csv"), ("a/b", "csv"), ("a", "c/v"), ("a", "\0"), ("", "..\n")],
)
def test_bad_file_names_are_refused(name: str, extension: str) -> None:
    with refused("ValidationError"):
        check_file_name(name, extension)


@settings(max_examples=50)
@given(text=st.text(max_size=200))
def test_a_description_is_any_text(text: str) -> None:
    assert check_description(text) == text


@pytest.mark.parametrize("text", ["x" * 10_001, "\udfff"])
def test_a_description_has_a_bound_and_an_encoding(text: str) -> None:
    assert check_description(None) is None
    assert check_description("x" * 10_000)
    with refused("ValidationError"):
        check_description(text)


def test_instants_are_utc_to_the_millisecond() -> None:
    assert iso(0) == "1970-01-01T00:00:00.000Z"
    assert iso(1_800_000_000_123_999) == "2027-01-15T08:00:00.123Z"
