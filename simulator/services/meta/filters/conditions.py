"""Conditions on one field, compiled to functions from a message to yes or no.

An answer is always yes or no: `!=` and `NOT IN` are the opposites of `=` and `IN`, also for what is
absent, which compares as its zero value (an absent timestamp as no instant at all). Only whole maps
and questions about NaN have no answer, which is no. Text compares bytewise, instants
chronologically. Where the published Go client fails, the choice is ours and
said at the function.
"""

import math
from collections.abc import Callable
from operator import eq, ge, gt, le, lt
from typing import Any, Final, TypeAlias

from google.protobuf.message import Message

from simulator.services.errors import shown
from simulator.services.instants import to_ns
from simulator.services.meta.filters import patterns
from simulator.services.meta.filters.errors import FilterError
from simulator.services.meta.filters.literals import (
    is_float,
    is_timestamp,
    meant,
    mismatch,
    pairs,
    text,
)
from simulator.services.meta.filters.paths import (
    Place,
    Shape,
    is_map,
    is_message,
    is_repeated,
    is_text,
    resolve,
)
from simulator.services.meta.filters.syntax import Condition, Value
from simulator.services.predicates import all_of, any_of, opposite
from simulator.store.masks import AnyDescriptor

Test: TypeAlias = Callable[[Message], bool]

_ORDERINGS: Final = {"<": lt, "<=": le, ">": gt, ">=": ge}


def compiled(condition: Condition, descriptor: AnyDescriptor, *, like: bool) -> Test:
    """Return a condition as a function over messages of a type.

    Raises:
        FilterError: an unknown field, an operator that the field has not, a literal that does not
            fit, or LIKE, unless `like`.
    """
    place = resolve(condition.path, descriptor)
    test = _BUILDERS[condition.operator](condition, place)
    if condition.operator == "LIKE" and not like:
        raise FilterError(
            "LIKE is not offered here", condition.operator_position, unimplemented=True
        )
    return opposite(test) if condition.negated else test


def _never(_: Message) -> bool:
    return False


def _neither(condition: Condition) -> Test:
    """Return what is false as it stands, and also if the condition is negated afterwards."""
    return opposite(_never) if condition.negated else _never


def _null(condition: Condition, place: Place) -> Test:
    return place.is_null


def _nan(condition: Condition, place: Place) -> Test:
    """Only floating point numbers are, or are not, NaN; of other fields neither is true."""
    if place.shape not in (Shape.SINGLE, Shape.ENTRY) or not is_float(place.field):
        return _neither(condition)
    get = place.get
    return lambda message: math.isnan(get(message))


def _comparison(condition: Condition, place: Place) -> Test:
    operator, (value,) = condition.operator, condition.values
    if value.kind == "null":
        if operator not in ("=", "!="):
            raise FilterError(
                f"NULL has no order, use = or != instead of {operator}", _at(condition)
            )
        return place.is_null if operator == "=" else opposite(place.is_null)
    if operator in _ORDERINGS:
        return _ordering(condition, place, value)
    test = _equality(condition, place, value)
    # Whole maps never match, whatever the sign; everything else is equal or it is not.
    return test if operator == "=" or place.shape is Shape.MAP else opposite(test)


def _equality(condition: Condition, place: Place, value: Value) -> Test:
    bound = _bound(condition, place, value)
    if place.shape in (Shape.MAP, Shape.UNREACHABLE):
        return _never
    get = place.get
    if place.names_resource and patterns.is_wild(bound):
        pattern = patterns.of_names(bound)
        return lambda message: pattern.fullmatch(get(message)) is not None
    if is_timestamp(place.field):
        return _timed(place, bound, eq)
    return lambda message: bool(get(message) == bound)


def _ordering(condition: Condition, place: Place, value: Value) -> Test:
    """Names have no order in the published client: nothing is before or after one."""
    compare, get = _ORDERINGS[condition.operator], place.get
    if is_message(place.field) and not is_timestamp(place.field):
        raise FilterError(f"{shown(place.path.text)} has no order, only = and !=", _at(condition))
    bound = _bound(condition, place, value)
    if place.shape is Shape.UNREACHABLE or place.names_resource:
        return _never
    if is_timestamp(place.field):
        return _timed(place, bound, compare)
    return lambda message: bool(compare(get(message), bound))


def _timed(place: Place, bound_ns: int, compare: Callable[[int, int], bool]) -> Test:
    """An instant that is absent is neither before nor after another, nor equal to it."""
    instant = _instant_of(place)

    def test(message: Message) -> bool:
        found_ns = instant(message)
        return found_ns is not None and compare(found_ns, bound_ns)

    return test


def _instant_of(place: Place) -> Callable[[Message], int | None]:
    get, is_null = place.get, place.is_null

    def instant(message: Message) -> int | None:
        stamp = get(message)
        # An absent timestamp reads as the epoch, an absent key as None.
        found_ns = 0 if stamp is None else to_ns(stamp)
        return None if not found_ns and is_null(message) else found_ns

    return instant


def _in(condition: Condition, place: Place) -> Test:
    """Wildcards of names are not expanded here, as in the published client."""
    bounds = [_bound(condition, place, value) for value in condition.values]
    if place.shape is Shape.MAP:
        return _neither(condition)
    if place.shape is Shape.UNREACHABLE:
        return _never
    if is_timestamp(place.field):
        instant, instants = _instant_of(place), frozenset(bounds)
        return lambda message: instant(message) in instants
    # Messages cannot be hashed; of them there are few.
    known, get = (bounds if is_message(place.field) else frozenset(bounds)), place.get
    return lambda message: get(message) in known


def _bound(condition: Condition, place: Place, value: Value) -> Any:
    """Return the literal that a whole field is compared with."""
    if is_map(place.field):
        return pairs(value, place.field)
    if is_repeated(place.field):
        raise FilterError(
            f"{shown(place.path.text)} is a list, which has CONTAINS and IS NULL only",
            _at(condition),
        )
    return meant(value, place.field)


def _contains(condition: Condition, place: Place) -> Test:
    tests = [_membership(condition, place, value) for value in condition.values]
    if len(tests) == 1:
        return tests[0]
    return all_of(tests) if condition.every else any_of(tests)


def _membership(condition: Condition, place: Place, value: Value) -> Test:
    """Lists contain an equal element, text contains a part of itself, maps see `_entries`.

    The published client has lists only; text and maps are our choice.
    """
    get, field = place.get, place.field
    if is_map(field):
        return _entries(place, value)
    if not is_repeated(field) and not is_text(field):
        raise FilterError(f"{shown(place.path.text)} is no list, map or text", _at(condition))
    bound = meant(value, field)
    if place.shape is Shape.UNREACHABLE:
        return _never
    if is_timestamp(field):
        return lambda message: any(to_ns(each) == bound for each in get(message))
    return lambda message: bound in get(message)


def _entries(place: Place, value: Value) -> Test:
    """Return whether a map has an entry.

    The proto comments give the example `labels CONTAINS "severity:important"`: a text is key and
    value joined by a colon. A text that is a key also matches, and so do all entries of a map
    literal.
    """
    get = place.get if place.shape is Shape.MAP else _empty
    if value.kind == "map":
        entries = pairs(value, place.field)
        return lambda message: entries.items() <= dict(get(message)).items()
    if value.kind != "string":
        raise mismatch(value, place.field, '"key:value", "key" or {key: value, …}')
    wanted = text(value, place.field)

    def test(message: Message) -> bool:
        held = get(message)
        return any(wanted in (str(key), f"{key}:{held[key]}") for key in held)

    return test


def _empty(_: Message) -> dict[Any, Any]:
    return {}


def _like(condition: Condition, place: Place) -> Test:
    (value,) = condition.values
    if is_repeated(place.field) or not is_text(place.field):
        raise FilterError(f"{shown(place.path.text)} is not text", _at(condition))
    pattern, get = patterns.of_like(text(value, place.field)), place.get
    if place.shape is Shape.UNREACHABLE:
        return _never
    return lambda message: pattern.fullmatch(get(message)) is not None


def _at(condition: Condition) -> int:
    return condition.operator_position


_BUILDERS: Final[dict[str, Callable[[Condition, Place], Test]]] = {
    **dict.fromkeys(("=", "!=", *_ORDERINGS), _comparison),
    "NULL": _null,
    "NAN": _nan,
    "IN": _in,
    "CONTAINS": _contains,
    "LIKE": _like,
}
