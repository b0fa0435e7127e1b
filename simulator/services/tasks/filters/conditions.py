"""Conditions on one field, compiled to functions from a message to yes or no.

Follows AIP-160, with our choices where it is silent. Whatever the operator, a comparison with what
is absent is false; only NOT around it makes that true.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import ge, gt, le, lt
from typing import Any, Final, TypeAlias

from simulator.services.errors import shown
from simulator.services.instants import to_ns
from simulator.services.tasks.filters.errors import FilterError
from simulator.services.tasks.filters.fields import Field, Shape
from simulator.services.tasks.filters.json_conditions import json_condition
from simulator.services.tasks.filters.literals import equal_text, instant_ns, member
from simulator.services.tasks.filters.syntax import Restriction, Word

Test: TypeAlias = Callable[[Any], bool]

ORDERINGS: Final = {"<": lt, "<=": le, ">": gt, ">=": ge}


def condition(restriction: Restriction, field: Field, words: tuple[Word, ...]) -> Test:
    """Return a comparison of a field with literals as a function over messages.

    Raises:
        FilterError: an operator that the field has not, or a literal that does not fit it.
    """
    for word in words:
        if word.kind == "call":
            raise FilterError(f"there is no function {shown(word.text)}", word.column)
    return _BUILDERS[field.shape](restriction, field, words)


def _text(restriction: Restriction, field: Field, words: tuple[Word, ...]) -> Test:
    name, operator = field.name, restriction.operator
    if operator in ("IN", "NOT IN"):
        listed, wanted = frozenset(word.text for word in words), operator == "IN"
        return lambda message: (getattr(message, name) in listed) == wanted
    (word,) = words
    if operator in ORDERINGS:
        compare, bound = ORDERINGS[operator], word.text
        return lambda message: bool(compare(getattr(message, name), bound))
    if operator == ":" and word.is_star:
        return lambda message: bool(getattr(message, name))
    equals = equal_text(word)
    if operator == "!=":
        return lambda message: not equals(getattr(message, name))
    return lambda message: equals(getattr(message, name))


def _enum(restriction: Restriction, field: Field, words: tuple[Word, ...]) -> Test:
    name, operator = field.name, restriction.operator
    if operator in ORDERINGS:
        raise FilterError(f"{name} has no order, only =, !=, IN, NOT IN and :", restriction.column)
    if operator == ":" and words[0].is_star:
        return lambda message: bool(getattr(message, name))
    listed = frozenset(member(word, field.descriptor.enum_type) for word in words)
    wanted = operator not in ("!=", "NOT IN")
    return lambda message: (getattr(message, name) in listed) == wanted


def _time(restriction: Restriction, field: Field, words: tuple[Word, ...]) -> Test:
    name, operator = field.name, restriction.operator
    if operator == ":" and words[0].is_star:
        return lambda message: bool(message.HasField(name))
    bounds = [instant_ns(word) for word in words]
    if operator in ORDERINGS:
        compare, (bound,) = ORDERINGS[operator], bounds
        return lambda message: bool(
            message.HasField(name) and compare(to_ns(getattr(message, name)), bound)
        )
    listed, wanted = frozenset(bounds), operator not in ("!=", "NOT IN")
    return lambda message: bool(
        message.HasField(name) and (to_ns(getattr(message, name)) in listed) == wanted
    )


def _list(restriction: Restriction, field: Field, words: tuple[Word, ...]) -> Test:
    name = field.name
    if restriction.operator != ":":
        raise FilterError(f"{name} is a list, which has ':' only", restriction.column)
    (word,) = words
    if not field.keys:
        if word.is_star:
            return lambda message: bool(getattr(message, name))
        raise FilterError(f"{name} holds messages, name one of their fields", word.column)
    (key,) = field.keys
    if word.is_star:
        return lambda message: any(getattr(each, key) for each in getattr(message, name))
    equals = equal_text(word)
    return lambda message: any(equals(getattr(each, key)) for each in getattr(message, name))


_BUILDERS: Final[dict[Shape, Callable[[Restriction, Field, tuple[Word, ...]], Test]]] = {
    Shape.TEXT: _text,
    Shape.ENUM: _enum,
    Shape.TIME: _time,
    Shape.LIST: _list,
    Shape.JSON: json_condition,
}
