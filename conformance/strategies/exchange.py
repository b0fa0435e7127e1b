"""What may be published and stored: texts, values of each type, records, files and documents.

Numbers and lengths around the documented limits come often: that is where implementations differ.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from hypothesis import strategies as st

from conformance.oracles.exchange.records import Measure, Record, multi, single
from conformance.oracles.exchange.times import UNITS_NS
from conformance.oracles.exchange.values import TYPES

_PLAIN = st.characters(min_codepoint=32, max_codepoint=126)
_ANY = st.characters(exclude_categories=("Cs", "Cc"))

_TOKENS = re.compile(
    r'"(?:[^"\\]|\\.)*"|\.\.\.|[A-Za-z_$@]\w*|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[^\s\w,]'
)
"""Strings, dots, names, numbers and signs of a document."""

BIGINTS = (0, 1, -1, 2**31, -(2**31) - 1, 2**53 + 1, 2**63 - 1, -(2**63))
DOUBLES = (0.0, 1.0, -1.5, 0.1, 1e-9, 123456789.125, 1e300, 5e-324)

BAD_VALUES: Sequence[tuple[str, str]] = (
    ("BIGINT", "abc"),
    ("BIGINT", "1.5"),
    ("BIGINT", str(2**63)),
    ("BIGINT", str(-(2**63) - 1)),
    ("BIGINT", ""),
    ("DOUBLE", "NaN"),
    ("DOUBLE", "Infinity"),
    ("DOUBLE", "-inf"),
    ("DOUBLE", "one"),
    ("DOUBLE", "1e999"),
    ("BOOLEAN", "maybe"),
    ("BOOLEAN", "2"),
    ("TIMESTAMP", "yesterday"),
    ("TIMESTAMP", "1.5"),
)
"""Types, and texts that are no value of them; the most telling ones first."""

BAD_TIMES: Sequence[str] = ("now", "1.5", "", "1e3", "2026-01-01T00:00:00Z", "9" * 20)
"""Texts that are no time of a record."""


def texts(*, max_size: int = 60) -> st.SearchStrategy[str]:
    """Any text without control characters, quotes and backslashes often."""
    awkward = st.sampled_from(
        (
            '"',
            "\\",
            '"""',
            "\\n",
            "{}",
            "#",
            "é",
            "漢字",
            "🔋",
            "\u2028",
            "a\u0301",
            " ",
            "%00",
            "$x",
        )
    )
    return st.lists(st.one_of(awkward, st.text(_ANY, max_size=8)), max_size=6).map(
        lambda parts: "".join(parts)[:max_size]
    )


def lines() -> st.SearchStrategy[str]:
    """Text that may hold line ends and tabs too."""
    ends = st.sampled_from(("\n", "\r\n", "\t", "\n\n"))
    return st.lists(st.one_of(ends, texts(max_size=20)), max_size=5).map("".join)


def file_names() -> st.SearchStrategy[str]:
    """Names of files that have to be taken: no slash, no control character."""
    awkward = st.sampled_from(
        ("a b", "ä.ö", "e\u0301", "..", "con", "x" * 200, "🔋", "'", '"', "%2e", "-rf")
    )
    return st.one_of(awkward, st.text(_ANY, min_size=1, max_size=30)).map(
        lambda text: text.replace("/", "_")
    )


def contents(*, max_size: int = 4096) -> st.SearchStrategy[bytes]:
    """Contents of files: nothing, bytes of every kind, what looks like text, line ends."""
    known = st.sampled_from(
        (b"", b"\x00", b"\r\n", bytes(range(256)), b"\xff\xfe", b"--boundary--\r\n", b"a" * 4096)
    )
    return st.one_of(known, st.binary(max_size=max_size)).map(lambda data: data[:max_size])


def doubles() -> st.SearchStrategy[str]:
    """Texts of finite numbers."""
    return st.one_of(
        st.sampled_from(DOUBLES),
        st.floats(allow_nan=False, allow_infinity=False, width=64),
        st.integers(-(10**6), 10**6).map(float),
    ).map(lambda value: repr(value + 0.0))  # a negative zero need not keep its sign


def bigints() -> st.SearchStrategy[str]:
    """Texts of integers of 64 bits."""
    near = st.one_of(st.sampled_from(BIGINTS), st.integers(-(2**63), 2**63 - 1))
    return near.map(str)


def varchars() -> st.SearchStrategy[str]:
    """Texts that are values, of several lines too: not empty, no blanks at either end."""
    return st.one_of(texts(), lines()).map(lambda text: text.strip() or "x")


def booleans() -> st.SearchStrategy[str]:
    """`true` and `false`."""
    return st.sampled_from(("true", "false"))


def timestamps(unit: str = "MILLISECONDS") -> st.SearchStrategy[str]:
    """Instants of whole milliseconds between 2000 and 2040, counted in a unit."""
    step = max(UNITS_NS[unit], UNITS_NS["MILLISECONDS"])
    low, high = 946_684_800 * 10**9 // step, 2_208_988_800 * 10**9 // step
    return st.integers(low, high).map(lambda n: str(n * step // UNITS_NS[unit]))


def values(type: str, unit: str = "MILLISECONDS") -> st.SearchStrategy[str]:
    """Texts that are values of a type."""
    known = {
        "DOUBLE": doubles(),
        "BIGINT": bigints(),
        "VARCHAR": varchars(),
        "BOOLEAN": booleans(),
        "TIMESTAMP": timestamps(unit),
    }
    return known[type]


def typed_values() -> st.SearchStrategy[tuple[str, str]]:
    """A type of a single measure and a value of it."""
    return st.sampled_from(TYPES).flatmap(lambda type_: st.tuples(st.just(type_), values(type_)))


def units() -> st.SearchStrategy[str]:
    """Time units."""
    return st.sampled_from(tuple(UNITS_NS))


def dimensions() -> st.SearchStrategy[tuple[tuple[str, str], ...]]:
    """Up to three dimensions of different names, none of them `name` or an asset's."""
    names = st.sampled_from(("phase", "site", "Gerät", "a b"))
    pair = st.tuples(names, st.sampled_from(("A", "B", "x y", "ü")))
    return st.lists(pair, max_size=3, unique_by=lambda each: each[0]).map(tuple)


def singles(
    *, at_ns: st.SearchStrategy[int], name: str = "P", type: str = "DOUBLE"
) -> st.SearchStrategy[Record]:
    """Single records of one measure at drawn instants."""
    return st.builds(
        single,
        st.just(name),
        values(type),
        at_ns,
        type=st.just(type),
        dimensions=dimensions(),
    )


def multis(*, at_ns: st.SearchStrategy[int]) -> st.SearchStrategy[Record]:
    """MULTI records: one to four measures, each name of one type always."""
    known = (("SOC", "DOUBLE"), ("cycles", "BIGINT"), ("mode", "VARCHAR"), ("on", "BOOLEAN"))

    def measure(name: str, type: str) -> st.SearchStrategy[Measure]:
        return st.builds(Measure, name=st.just(name), type=st.just(type), value=values(type))

    def chosen(names: list[tuple[str, str]]) -> st.SearchStrategy[list[Measure]]:
        return st.tuples(*(measure(*each) for each in names)).map(list)

    measures = st.lists(
        st.sampled_from(known), min_size=1, max_size=4, unique_by=lambda each: each[0]
    ).flatmap(chosen)
    return st.builds(multi, st.just("telemetry"), measures, at_ns, dimensions=dimensions())


def reformatted(text: str, seed: int) -> str:
    """The same document with other white space, comments, and commas as blanks.

    Strings stay as they are.
    """
    rng = random.Random(seed)
    words = _TOKENS.findall(text)

    def gap() -> str:
        return rng.choice((" ", "\n", "\t ", "  \r\n", " , ", " # x\n"))

    return "".join(f"{word}{gap()}" for word in words)
