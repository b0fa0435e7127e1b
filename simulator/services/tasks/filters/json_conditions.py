"""Conditions on JSON, whose values tell their own kind: text, number, constant, list or object.

A quoted literal is compared with texts only; an unquoted number with numbers, and as it is spelled
with texts; `true`, `false` and `null` with themselves. All but the presence test is our choice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import ge, gt, le, lt
from typing import Any, Final

from simulator.services.tasks.filters.errors import FilterError
from simulator.services.tasks.filters.fields import Field, json_value
from simulator.services.tasks.filters.literals import CONSTANTS, equal_text
from simulator.services.tasks.filters.syntax import Restriction, Word

Test = Callable[[Any], bool]
"""Of a Value, or of a message."""

_ORDERINGS: Final = {"<": lt, "<=": le, ">": gt, ">=": ge}


def json_condition(restriction: Restriction, field: Field, words: tuple[Word, ...]) -> Test:
    """Return a comparison of a JSON object, or of a value inside one, with literals.

    Raises:
        FilterError: a whole object compared with something.
    """
    operator, word = restriction.operator, words[0]
    if not field.keys:
        return _whole(restriction, field, word)
    get = json_value(field)
    if operator == ":":
        return _present(get) if word.is_star else _where_present(get, _has(word))
    if operator in _ORDERINGS:
        return _where_present(get, _ordering(operator, word))
    if operator in ("IN", "NOT IN"):
        tests = [_equal(each, wild=False) for each in words]
        found: Test = lambda value: any(test(value) for test in tests)  # noqa: E731
    else:
        found = _equal(word, wild=True)
    if operator in ("!=", "NOT IN"):
        return _where_present(get, lambda value: not found(value))
    return _where_present(get, found)


def _whole(restriction: Restriction, field: Field, word: Word) -> Test:
    name = field.name
    if restriction.operator != ":":
        raise FilterError(f"{name} is an object, which has ':' only", restriction.column)
    if word.is_star:
        return lambda message: bool(message.HasField(name))
    path = _keys(word)
    inside = Field(shape=field.shape, name=name, keys=path, descriptor=field.descriptor)
    return _present(json_value(inside))


def _present(get: Callable[[Any], Any]) -> Test:
    return lambda message: get(message) is not None


def _where_present(get: Callable[[Any], Any], test: Test) -> Test:
    def found(message: Any) -> bool:
        value = get(message)
        return value is not None and test(value)

    return found


def _keys(word: Word) -> tuple[str, ...]:
    """Return the keys that a literal names: unquoted, dots lead inside."""
    return word.parts if word.kind == "name" else (word.text,)


def _by_kind(tests: Mapping[str, Test]) -> Test:
    """Return the test of a value that depends on its kind, false for all other kinds."""

    def test(value: Any) -> bool:
        of_kind = tests.get(value.WhichOneof("kind"))
        return of_kind is not None and of_kind(value)

    return test


def _equal(word: Word, *, wild: bool) -> Test:
    if word.kind == "name" and word.text in CONSTANTS:
        constant = CONSTANTS[word.text]
        if constant is None:
            return _by_kind({"null_value": lambda value: True})
        return _by_kind({"bool_value": lambda value: value.bool_value == constant})
    equals = equal_text(word) if wild else word.text.__eq__
    tests: dict[str, Test] = {"string_value": lambda value: equals(value.string_value)}
    if word.kind == "number":
        number = float(word.text)
        tests["number_value"] = lambda value: value.number_value == number
    return _by_kind(tests)


def _ordering(operator: str, word: Word) -> Test:
    if word.kind == "name" and word.text in CONSTANTS:
        return _by_kind({})  # nothing is before or after them
    compare, text = _ORDERINGS[operator], word.text
    tests: dict[str, Test] = {"string_value": lambda value: compare(value.string_value, text)}
    if word.kind == "number":
        number = float(text)
        tests["number_value"] = lambda value: compare(value.number_value, number)
    return _by_kind(tests)


def _has(word: Word) -> Test:
    """Objects have keys, lists have elements, and of anything else `:` asks whether it is equal."""
    equals, keys = _equal(word, wild=True), _keys(word)

    def holds_key(value: Any) -> bool:
        for key in keys:
            if value.WhichOneof("kind") != "struct_value" or key not in value.struct_value.fields:
                return False
            value = value.struct_value.fields[key]
        return True

    def test(value: Any) -> bool:
        match value.WhichOneof("kind"):
            case "struct_value":
                return holds_key(value)
            case "list_value":
                return any(equals(each) for each in value.list_value.values)
            case _:
                return equals(value)

    return test
