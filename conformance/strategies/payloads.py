"""Payloads inside and beyond the limits of seed 000 (5 levels, 50 KB), as plain JSON values.

Numbers are floats because a Struct knows no others. Within means that every accepted way of
measuring takes it; beyond means that none does.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from conformance.oracles.payload import (
    ACCEPTED_BYTES,
    REFUSED_BYTES,
    REFUSED_DEPTH,
    judge_limits,
    struct_size,
)

Payload = dict[str, Any]

KEYS = ("a", "power_w", "ü", "日本", "with space", "", "0", "a.b", "$ref")
TEXTS = (
    "",
    "null",
    "ß€𝄞",
    "line\nbreak\ttab",
    '"quoted" \\ back',
)
SCRIPTS = ("<script>alert(1)</script>", "'; DROP TABLE dispatches; --", "{{7*7}}", "$(reboot)")
"""Texts that look like code: a server may refuse them, so they are never drawn by themselves."""
NUMBERS = (0.0, -1.0, 0.1, 1e300, -1e-300, 2.0**53, 2.0**53 - 1, 4294967296.0)


def scalars() -> st.SearchStrategy[Any]:
    """Null, booleans, numbers and texts with their awkward cases; no NaN or infinity."""
    return st.one_of(
        st.none(),
        st.booleans(),
        st.sampled_from(NUMBERS),
        st.floats(allow_nan=False, allow_infinity=False),
        st.sampled_from(TEXTS),
        st.text(st.characters(min_codepoint=1, exclude_categories=["Cs"]), max_size=12),
    )


def payloads_within(max_depth: int = 5) -> st.SearchStrategy[Payload]:
    """Payloads that have to be accepted and to come back unchanged; at most `max_depth` levels."""
    return _objects(max_depth).filter(lambda payload: judge_limits(payload) == "accept")


def _objects(levels: int) -> st.SearchStrategy[Payload]:
    keys = st.one_of(st.sampled_from(KEYS), st.text("abcxyz", min_size=1, max_size=5))
    return st.dictionaries(keys, _values(levels - 1), max_size=4)


def _values(levels: int) -> st.SearchStrategy[Any]:
    if levels == 0:
        return scalars()
    inner = st.deferred(lambda: _values(levels - 1))
    return st.one_of(scalars(), st.lists(inner, max_size=3), _objects(levels))


def payloads_beyond() -> st.SearchStrategy[Payload]:
    """Payloads that have to be refused: too many levels of objects, or too many bytes."""
    deep = st.sampled_from((REFUSED_DEPTH, REFUSED_DEPTH + 1, 12)).map(nested)
    large = st.sampled_from((REFUSED_BYTES, REFUSED_BYTES + 1, 2 * REFUSED_BYTES))
    return st.one_of(deep, large.map(one_long_text), large.map(many_keys))


def nested(levels: int, *, lists: bool = False) -> Payload:
    """A payload of exactly so many levels: objects in objects, or lists below the root."""
    value: Any = 1.0
    for _ in range(levels - 1):
        value = [value] if lists else {"k": value}
    return {"k": value}


def one_long_text(size: int) -> Payload:
    """A payload whose compact JSON has exactly `size` bytes (at least 8), in one text."""
    return {"t": "x" * (size - len('{"t":""}'))}


def many_keys(size: int) -> Payload:
    """A payload of many short entries, of about `size` bytes by every measure.

    Below the limit none of the measures exceeds `size`, beyond it none falls short.
    """
    entry = struct_size({"k00000": "v" * 20})
    compact = len('"k00000":"' + "v" * 20 + '",')
    measure = compact if size >= REFUSED_BYTES else max(entry, compact)
    count = size // measure + (1 if size >= REFUSED_BYTES else 0)
    return {f"k{number:05}": "v" * 20 for number in range(count)}


ACCEPTED_SHAPES: tuple[Payload, ...] = (
    one_long_text(ACCEPTED_BYTES - 10),
    many_keys(ACCEPTED_BYTES),
)
"""The two shapes just inside the zone that has to be accepted."""
REFUSED_SHAPES: tuple[Payload, ...] = (one_long_text(REFUSED_BYTES), many_keys(REFUSED_BYTES))
"""The same two shapes where they have to be refused."""
