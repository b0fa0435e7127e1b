"""Which texts are filters: the samples of the published grammar, limits, and places of mistakes."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.services.tasks.filters import FilterError
from simulator.services.tasks.filters.syntax import Bare, Group, Not, Restriction, Word, read

GOOD = (
    "type = 'tenants/t1/types/contract-creation'",
    "category IN ('meter', 'device')",
    "",
    "   ",
    "state = NEW AND type = 'a' OR type = 'b'",
    "NOT state = COMPLETED",
    "-state = COMPLETED",
    'metadata.device_number = "4711"',
    "metadata.n > 3.5",
    "metadata.n > -3",
    "create_time >= '2026-01-01T00:00:00Z'",
    "create_time>=2026-01-01T00:00:00Z",
    "category NOT IN ('meter')",
    "metadata:device_number",
    "annotations.a.b:*",
    "burning meter",
    "(a = 1 OR b = 2) AND c != 3",
    "category in ('x')",
    "a = 'it''s'",
    "a = b.c",
    "lower(a) = 'b'",
    "a = 1 2 3",
    "name = tenants/t1/tasks/*",
    "name = 'tenants/t1/tasks/*'",
    "a.AND = 1",
    "android = 1",
    "nothing = 2",
    "index = 1",
    "a = contract-creation",
    "a='x'AND b=2",
    'metadata."device number" = 1',
    "a = 2026-01-02",
    "a = 4711",
    "a = 3e2",
    "a = 4711abc",
    "state=NEW",
    "NOT (a=1)",
    "a = (b OR c)",
    "a : 'x'",
    "a=5s",
    "a NOT b",
    "a (b = 1)",
    "a <> 'b'",
    "a == 'b'",
)
BAD = (
    "a = ",
    "a IN ()",
    "IN = 3",
    "type = 'x",
    "a AND",
    "AND a",
    "a = 1)",
    "(a = 1",
    "a == ",
    "= 1",
    "a IN 'x'",
    "a ! b",
    "NOT",
    "a,b",
    "a..b",
    "()",
    "a = 'b' OR",
    "NOT NOT a",
    "a = b = c",
    "a NOT IN",
    "a IN (b OR c)",
    'a = "\\"',
)


@pytest.mark.parametrize("text", GOOD)
@pytest.mark.parametrize("sql", [False, True])
def test_these_are_filters(text: str, sql: bool) -> None:
    assert (read(text, sql_precedence=sql) is None) == (not text.strip())


@pytest.mark.parametrize("text", BAD)
def test_these_are_none(text: str) -> None:
    with pytest.raises(FilterError) as raised:
        read(text)
    assert 1 <= raised.value.column <= len(text) + 1
    assert raised.value.reason


@pytest.mark.parametrize(
    ("text", "column", "word"),
    [
        ("a = ", 5, "the text ends"),
        ("a = 'x", 5, "closing quote"),
        ("a = 1)", 6, "found ')'"),
        ("a ! b", 3, "found '!'"),
    ],
)
def test_the_place_of_a_mistake_is_told(text: str, column: int, word: str) -> None:
    with pytest.raises(FilterError, match=f"column {column}: ") as raised:
        read(text)
    assert word in raised.value.reason


def _bare(node: object) -> str:
    """A tree of bare words as nested lists in brackets."""
    match node:
        case Bare(word=word):
            return word.text
        case Not(part=part):
            return f"!{_bare(part)}"
        case Group(every=every, parts=parts):
            return f"({(' & ' if every else ' | ').join(map(_bare, parts))})"
    raise AssertionError(node)


@pytest.mark.parametrize(
    ("text", "aip", "sql"),
    [
        ("a AND b OR c", "(a & (b | c))", "((a & b) | c)"),
        ("a OR b AND c", "((a | b) & c)", "(a | (b & c))"),
        ("a b OR c", "(a & (b | c))", "((a & b) | c)"),
        ("a AND b AND c", "(a & b & c)", "(a & b & c)"),
        ("a OR b OR c", "(a | b | c)", "(a | b | c)"),
        ("(a AND b) OR c", "((a & b) | c)", "((a & b) | c)"),
        ("NOT a OR -b", "(!a | !b)", "(!a | !b)"),
        ("a -b", "(a & !b)", "(a & !b)"),
        ("NOT (a OR b) c", "(!(a | b) & c)", "(!(a | b) & c)"),
    ],
)
def test_or_binds_tighter_than_and_unless_sql_is_meant(text: str, aip: str, sql: str) -> None:
    assert _bare(read(text)) == aip
    assert _bare(read(text, sql_precedence=True)) == sql


def _value(text: str) -> Word:
    node = read(f"a = {text}")
    assert isinstance(node, Restriction)
    (word,) = node.values
    assert isinstance(word, Word)
    return word


@pytest.mark.parametrize(
    ("text", "kind", "pieces"),
    [
        ("x", "name", ("x",)),
        ("'x'", "quoted", ("x",)),
        ("'it''s'", "quoted", ("it's",)),
        ("''", "quoted", ("",)),
        ("''''", "quoted", ("'",)),
        (r"'it\'s'", "quoted", ("it's",)),
        (r'"say \"hi\""', "quoted", ('say "hi"',)),
        (r"'a\\'", "quoted", ("a\\",)),
        (r"'a\\*'", "quoted", ("a\\", "")),
        (r"'a\*b*c'", "quoted", ("a*b", "c")),
        ("\"it''s\"", "quoted", ("it''s",)),
        ("*", "name", ("", "")),
        ("tenants/*/x", "name", ("tenants/", "/x")),
        ("a.b", "name", ("a.b",)),
        ("3.5", "number", ("3.5",)),
        ("-3", "number", ("-3",)),
        ("1e-3", "number", ("1e-3",)),
        ("4711abc", "name", ("4711abc",)),
        ("2026-01-02", "name", ("2026-01-02",)),
        ("2026-01-02T03:04:05.6+01:00", "time", ("2026-01-02T03:04:05.6+01:00",)),
        ("'Straße 7 ☂'", "quoted", ("Straße 7 ☂",)),
    ],
)
def test_literals_are_read_as_they_are_meant(text: str, kind: str, pieces: tuple[str, ...]) -> None:
    word = _value(text)
    assert (word.kind, word.pieces) == (kind, pieces)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
@settings(max_examples=60)
def test_any_text_can_be_quoted(text: str) -> None:
    single = text.replace("\\", "\\\\").replace("'", "''").replace("*", "\\*")
    double = text.replace("\\", "\\\\").replace('"', '\\"').replace("*", "\\*")
    assert _value(f"'{single}'").pieces == (text,)
    assert _value(f'"{double}"').pieces == (text,)


def test_limits_are_told_at_once() -> None:
    start = time.monotonic()
    for text, word in (
        ("a" * 100_000, "more than 4096"),
        ("(" * 1000 + "a" + ")" * 1000, "more than 16 deep"),
        (" ".join("a" * 65), "65 restrictions are more than 64"),
        (f"a = ({' OR '.join('b' * 65)})", "65 restrictions"),
    ):
        with pytest.raises(FilterError, match=word):
            read(text)
    assert time.monotonic() - start < 1
    deepest = read("(" * 16 + "a" + ")" * 16)
    assert isinstance(deepest, Bare)
    assert read(" ".join("a" * 64)) is not None


@given(st.text("ab.,()'\"\\*-=!<>:/ 1ANDORTIN", max_size=25))
@settings(max_examples=200)
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    column = 1
    try:
        read(text)
    except FilterError as error:
        column = error.column
    assert 1 <= column <= len(text) + 1
