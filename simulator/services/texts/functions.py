"""The functions that a template may call: gotpl's, mended where Go differs, results bounded.

gotpl bounds how many calls there are and how long the output is, but not how long a value becomes
on the way: `printf "%9999999d"` or a chain of `print . .` would fill the memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from gotpl import BudgetExceededError, GoFormatSpec

# The package has no public way to its own functions; it is pinned to 0.1.
from gotpl.runtime.sync_vm import _builtin_functions  # pyright: ignore[reportPrivateUsage]
from gotpl.runtime.values import INVALID, UNTYPED_NIL

from simulator.services.texts.programs import HAND_ON

__all__ = ["bounded_functions"]

_BUILTIN = dict(_builtin_functions("go"))
_NUMBER = re.compile(r"\d+")


def bounded_functions(longest: int) -> Mapping[str, Callable[..., object]]:
    """Return the functions by name; none makes a text longer than `longest` characters.

    Raises, when called:
        BudgetExceededError: the result would be longer.
    """
    functions = _BUILTIN | {
        "eq": _eq,
        "index": _index,
        "ne": lambda left, right: not _eq(left, right),
        "print": _with_nil("print"),
        "printf": partial(_printf, longest),
        "println": _with_nil("println"),
        HAND_ON: _hand_on,
    }
    return {name: _bounded(function, longest) for name, function in functions.items()}


def _bounded(function: Callable[..., object], longest: int) -> Callable[..., object]:
    def call(*arguments: object) -> object:
        result = function(*arguments)
        if isinstance(result, str) and len(result) > longest:
            raise BudgetExceededError(f"a value is longer than {longest} characters")
        return result

    return call


def _hand_on(*values: object) -> object:
    """What a pipeline hands to its next command; called without a value where it is absent."""
    if values and values[0] is UNTYPED_NIL:
        raise TypeError("nil is not a command")
    return values[0] if values else UNTYPED_NIL


def _is_nil(value: object) -> bool:
    return value is None or value is INVALID or value is UNTYPED_NIL


def _with_nil(name: str) -> Callable[..., object]:
    """The printing function of that name, for which what is absent is nil."""
    function = _BUILTIN[name]
    return lambda *values: function(*(UNTYPED_NIL if _is_nil(each) else each for each in values))


def _eq(first: object, *others: object) -> bool:
    """Equality with any; what is absent equals only what is absent, and nothing refuses it."""
    if not others:
        raise TypeError("eq needs at least two arguments")
    return any(
        _is_nil(first) == _is_nil(each)
        if _is_nil(first) or _is_nil(each)
        else bool(_BUILTIN["eq"](first, each))
        for each in others
    )


def _index(value: object, *keys: object) -> object:
    for key in keys:
        if isinstance(value, Mapping) and not isinstance(key, str):
            raise TypeError(f"cannot index a map of strings with {key!r}")
        value = _BUILTIN["index"](value, key)
    return value


def _printf(longest: int, form: object, *values: object) -> object:
    sizes = [len(text) > 9 or int(text) > longest for text in _NUMBER.findall(str(form))]
    if any(sizes) or any(abs(size) > longest for size in _sizes(form, values)):
        raise BudgetExceededError(f"a width is larger than {longest}")
    if "p" in _verbs(form):
        raise TypeError("values have no addresses here")
    return _BUILTIN["printf"](form, *map(_formattable, values))


def _sizes(form: object, values: tuple[object, ...]) -> list[int]:
    """Numbers that a `*` in the form could take as its width or precision."""
    if "*" not in str(form):
        return []
    return [each for each in values if isinstance(each, int)]


def _verbs(form: object) -> str:
    return "".join(re.findall(r"%[^a-zA-Z%]*([a-zA-Z%])", str(form)))


def _formattable(value: object) -> object:
    if _is_nil(value):
        return _NIL
    if type(value) is float:
        return _Float(value)
    return _Elements(value) if isinstance(value, list | dict) else value


class _Float(float):
    """A double, whose `%.3v` is its `%.3g`."""

    def __go_format__(self, spec: GoFormatSpec) -> str:
        rounded = spec.verb == "v" and spec.precision is not None
        return str(_BUILTIN["printf"](_form(spec, "g" if rounded else spec.verb), float(self)))


class _Nil:
    """Nothing, which only `%v` can print."""

    def __go_format__(self, spec: GoFormatSpec) -> str:
        if spec.verb in "vT":
            width = spec.width or 0
            return "<nil>".ljust(width) if "-" in spec.flags else "<nil>".rjust(width)
        return f"%!{spec.verb}(<nil>)"


_NIL = _Nil()


class _Elements:
    """A list or map whose elements are formatted one by one, as Go does with every verb."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __go_format__(self, spec: GoFormatSpec) -> str:
        if spec.verb == "T" or (spec.verb == "v" and "#" in spec.flags):
            return str(_BUILTIN["printf"](f"%{spec.flags}{spec.verb}", self._value))
        each = partial(_element, _form(spec, spec.verb))
        if isinstance(self._value, dict):
            pairs = (f"{each(key)}:{each(value)}" for key, value in sorted(self._value.items()))
            return f"map[{' '.join(pairs)}]"
        return f"[{' '.join(map(each, self._value))}]"


def _form(spec: GoFormatSpec, verb: str) -> str:
    width = "" if spec.width is None else str(spec.width)
    precision = "" if spec.precision is None else f".{spec.precision}"
    return f"%{spec.flags}{width}{precision}{verb}"


def _element(form: str, value: object) -> str:
    return "<nil>" if value is None else str(_BUILTIN["printf"](form, _formattable(value)))
