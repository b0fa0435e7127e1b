import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.targets.json_stream import BrokenStream, objects

DOCUMENTS = [{"a": "]}{["}, {"result": {"x": [1, {"y": "ä"}]}}, {}]


def cut(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


@given(
    framing=st.sampled_from(["lines", "array", "bare", "indented"]),
    size=st.integers(1, 40),
)
def test_framings_and_cuts_make_no_difference(framing: str, size: int) -> None:
    texts = [json.dumps(d, indent=2 if framing == "indented" else None) for d in DOCUMENTS]
    text = {"lines": "\n".join(texts) + "\n", "array": f"[{','.join(texts)}]"}.get(
        framing, "".join(texts)
    )
    assert list(objects(cut(text.encode(), size))) == DOCUMENTS


def test_object_is_there_with_its_last_byte() -> None:
    def blocks() -> Iterator[bytes]:
        yield b'[{"a": 1}'
        raise AssertionError("more was asked for than is needed")

    assert next(objects(blocks())) == {"a": 1}


@pytest.mark.parametrize("text", [b'{"a": 1', b"[1, 2]", b"hello", b"\xff\xfe"])
def test_anything_else_is_broken(text: bytes) -> None:
    with pytest.raises(BrokenStream):
        list(objects([text]))


def test_empty_body_holds_nothing() -> None:
    assert list(objects([b"", b"[", b"]"])) == []
