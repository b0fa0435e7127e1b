"""JSON Schema of draft 2020-12: a text becomes a schema, a value is checked against it.

No schema is ever fetched: references may only point inside the schema itself, the registry is
empty and cannot retrieve. How much is evaluated is bounded by one `Limits`. Source: seed 001.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from simulator.services.texts.errors import InputInvalid, SchemaInvalid
from simulator.services.texts.formats import format_checker
from simulator.services.texts.keywords import problems
from simulator.services.texts.limits import SCHEMA_CHARS, Limits
from simulator.services.texts.patterns import ways
from simulator.services.texts.templates import TooMuch

__all__ = ["Checker", "parse_schema", "suspects"]

MOST_VIOLATIONS = 50
"""Violations told at a time."""
_LONGEST_SENTENCE = 200
_DEEPEST = 64
"""Nesting of a schema's JSON; what is deeper is refused before anything recurses into it."""
_PARSED = 64


def parse_schema(text: str) -> Any:
    """Return the schema that a text holds, an object or a bool.

    Raises:
        SchemaInvalid: no JSON, no schema of draft 2020-12, a reference that leads out of it or
            nowhere, or too long or deep.
    """
    if len(text) > SCHEMA_CHARS:
        raise SchemaInvalid(f"longer than {SCHEMA_CHARS} characters")
    try:
        schema = json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise SchemaInvalid(f"nested deeper than {_DEEPEST} levels") from None
    except ValueError as error:
        raise SchemaInvalid(f"not JSON: {error}") from None
    _check_depth(schema, _DEEPEST)
    for path, sentence in problems(schema):
        raise SchemaInvalid(f"{path}: {sentence}")
    _check_references(schema)
    return schema


def _no_constant(name: str) -> Any:
    raise ValueError(f"JSON has no {name}")


def _check_depth(value: Any, left: int) -> None:
    if not isinstance(value, dict | list):
        return
    if not left:
        raise SchemaInvalid(f"nested deeper than {_DEEPEST} levels")
    for each in _inside(value):
        _check_depth(each, left - 1)


def _check_references(schema: Any) -> None:
    if not isinstance(schema, dict):
        return
    root = DRAFT202012.create_resource(schema)
    registry: Registry[Any] = Registry().with_resource(root.id() or "", root).crawl()
    _resolve_all(root, registry.resolver_with_root(root))


def _resolve_all(resource: Resource[Any], resolver: Any) -> None:
    contents = resource.contents
    if isinstance(contents, dict):
        for keyword in ("$ref", "$dynamicRef"):
            if keyword in contents:
                try:
                    resolver.lookup(contents[keyword])
                except (Unresolvable, ValueError) as error:
                    reason = f"{keyword} {contents[keyword]!r} does not lead to a schema in here"
                    raise SchemaInvalid(reason) from error
    for inner in resource.subresources():
        _resolve_all(inner, resolver.in_subresource(inner))


def suspects(schema: Any, value: Any, most_ways: float) -> tuple[str, ...]:
    """Return the patterns of a schema that may take more than `most_ways` on the texts in a value.

    Each pattern is charged for every text and name, as if it looked at the longest of them.
    """
    texts = list(_texts(value))
    longest = max(map(len, texts), default=0)
    return tuple(
        each for each in _patterns(schema) if ways(each, longest) * (len(texts) + 1) > most_ways
    )


def _patterns(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        named = schema.get("patternProperties")
        for each in (schema.get("pattern"), *(named if isinstance(named, dict) else ())):
            if isinstance(each, str):
                yield each
    for each in _inside(schema):
        yield from _patterns(each)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    if isinstance(value, dict):
        yield from value
    for each in _inside(value):
        yield from _texts(each)


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


class Checker:
    """Checks values under fixed limits; not for use by two threads at once."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._left = 0
        keywords = {**Draft202012Validator.VALIDATORS, "multipleOf": _multiple_of}
        self._type = extend(  # type: ignore[no-untyped-call]
            Draft202012Validator,
            {name: self._counted(function) for name, function in keywords.items()},
        )
        self._formats = format_checker()
        self._parsed = lru_cache(_PARSED)(parse_schema)

    def _counted(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def evaluate(validator: Any, value: Any, instance: Any, schema: Any) -> Any:
            self._left -= 1 + _size(value) + _size(instance)
            if function.__name__ == "uniqueItems":
                self._left -= _size(instance) ** 2
            if self._left < 0:
                raise TooMuch("more schema keywords to evaluate than the limit allows")
            return function(validator, value, instance, schema)

        return evaluate

    def check(self, text: str, value: Any) -> None:
        """Check a value against the schema in a text.

        Raises:
            SchemaInvalid: the text is no schema, or one that refers to itself without end.
            InputInvalid: the value breaks it.
            TooMuch: a limit is passed, or may be because of a pattern.
        """
        schema = self._parsed(text)
        if suspect := suspects(schema, value, self._limits.pattern_ways):
            raise TooMuch(f"the pattern {suspect[0]!r} may take long")
        self._left = self._limits.keywords
        validator = self._type(schema, registry=Registry(), format_checker=self._formats)
        found = []
        try:
            for error in validator.iter_errors(value):
                found.append(_violation(error))
                if len(found) == MOST_VIOLATIONS:
                    break
        except RecursionError:
            raise SchemaInvalid("refers to itself without end") from None
        except (ArithmeticError, ValueError, Unresolvable) as error:
            if isinstance(error, TooMuch):
                raise
            raise SchemaInvalid(f"cannot be evaluated: {error}") from None
        if found:
            raise InputInvalid(tuple(sorted(found)))


def _multiple_of(
    validator: Any, step: float, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    """As decimals, as they are written: 0.3 is a multiple of 0.1, though its double is not."""
    if validator.is_type(instance, "number") and Fraction(str(instance)) % Fraction(str(step)):
        yield ValidationError(f"{instance!r} is not a multiple of {step}")


def _size(value: Any) -> int:
    return len(value) if isinstance(value, dict | list) else 0


def _violation(error: ValidationError) -> tuple[str, str]:
    path = list(error.absolute_path)
    sentence = str(error.message)
    if error.validator == "required":
        # The library names the property only in its sentence.
        required: Any = error.validator_value
        path += [each for each in required if sentence.startswith(f"{each!r} is ")]
        sentence = "is required"
    if len(sentence) > _LONGEST_SENTENCE:
        sentence = f"{sentence[: _LONGEST_SENTENCE - 4]} ..."
    return "input" + "".join(map(_step, path)), sentence


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if step.isidentifier() else f"[{json.dumps(step, ensure_ascii=False)}]"
