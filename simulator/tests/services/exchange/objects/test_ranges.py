"""The Range header, read and applied."""

import pytest

from simulator.services.exchange.objects import ObjectError
from simulator.services.exchange.objects.ranges import read_range


@pytest.mark.parametrize(
    ("header", "size", "expected"),
    [
        ("bytes=0-0", 10, (0, 1)),
        ("bytes=2-5", 10, (2, 6)),
        ("bytes=5-", 10, (5, 10)),
        ("bytes=9-100", 10, (9, 10)),
        ("bytes=-3", 10, (7, 10)),
        ("bytes=-100", 10, (0, 10)),
    ],
)
def test_a_range_within_the_object(header: str, size: int, expected: tuple[int, int]) -> None:
    asked = read_range(header)
    assert asked is not None
    assert asked.within(size) == expected


@pytest.mark.parametrize(
    "header",
    [None, "", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,3-4", "items=0-1", "bytes=a-b", "0-1"],
)
def test_what_is_no_single_range_is_the_whole_object(header: str | None) -> None:
    assert read_range(header) is None


@pytest.mark.parametrize(("header", "size"), [("bytes=10-", 10), ("bytes=-0", 10), ("bytes=0-", 0)])
def test_a_range_without_a_byte_is_refused(header: str, size: int) -> None:
    asked = read_range(header)
    assert asked is not None
    with pytest.raises(ObjectError) as caught:
        asked.within(size)
    assert (caught.value.status, caught.value.code) == (416, "InvalidRange")
    assert caught.value.size_bytes == size
