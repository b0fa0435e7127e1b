"""Fast coercion of what clients give: a function for each input type, made once.

It takes the values that are right, which nearly all are, and tells nothing of the others but that
they do not fit: whoever wants to know why asks graphql-core, which has the last word.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
)

Coerce = Callable[[Any], Any]
"""Returns what a value becomes; raises `Unfit`."""
_INT: Final = range(-(2**31), 2**31)


class Unfit(Exception):
    """A value that is not one of the type, or only by way of a rule that is rarely used."""


class Name(str):
    """A bare word of a document: the only literal that an enumeration takes."""

    __slots__ = ()


@cache
def coercer(kind: GraphQLInputType, *, literal: bool) -> Coerce:
    """Return what coerces values to a type.

    Args:
        kind: of the contract, whose input types do not contain themselves.
        literal: whether values stood in a document, else they are JSON.
    """
    if isinstance(kind, GraphQLNonNull):
        return _needed(coercer(kind.of_type, literal=literal))
    if isinstance(kind, GraphQLList):
        return _nullable(_list(coercer(kind.of_type, literal=literal)))
    if isinstance(kind, GraphQLInputObjectType):
        return _nullable(_object(kind, literal=literal))
    if isinstance(kind, GraphQLEnumType):
        return _nullable(_enum(kind, Name if literal else str))
    return _nullable(_SCALARS[kind.name])


def _needed(of: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:
        if value is None:
            raise Unfit
        return of(value)

    return coerce


def _nullable(of: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:
        return None if value is None else of(value)

    return coerce


def _list(of: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:
        return [of(each) for each in value] if type(value) is list else [of(value)]

    return coerce


def _object(kind: GraphQLInputObjectType, *, literal: bool) -> Coerce:
    fields = {name: coercer(each.type, literal=literal) for name, each in kind.fields.items()}
    needed = frozenset(
        name for name, each in kind.fields.items() if isinstance(each.type, GraphQLNonNull)
    )
    if any(each.default_value is not Undefined for each in kind.fields.values()):
        raise ValueError(f"{kind.name} has fields with default values")

    def coerce(value: Any) -> Any:
        if type(value) is not dict or not needed <= value.keys():
            raise Unfit
        try:
            return {name: fields[name](each) for name, each in value.items()}
        except KeyError:
            raise Unfit from None

    return coerce


def _enum(kind: GraphQLEnumType, of: type[str]) -> Coerce:
    values = {name: each.value for name, each in kind.values.items()}

    def coerce(value: Any) -> Any:
        if type(value) is not of or value not in values:
            raise Unfit
        return values[value]

    return coerce


def _text(value: Any) -> str:
    if type(value) is not str:
        raise Unfit
    return value


def _id(value: Any) -> str:
    return str(value) if type(value) is int else _text(value)


def _int(value: Any) -> int:
    if type(value) is not int or value not in _INT:
        raise Unfit
    return value


def _boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise Unfit
    return value


_SCALARS: Final[dict[str, Coerce]] = {
    "String": _text,
    "ID": _id,
    "Int": _int,
    "Boolean": _boolean,
}
"""The scalars that the contract has among its inputs."""
