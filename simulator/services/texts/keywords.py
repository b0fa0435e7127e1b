"""What each keyword of JSON Schema draft 2020-12 must hold, as a table, and the walk over it.

The same verdicts as the published meta-schema gives, a hundred times faster, so that a type can be
checked within its request; a test compares the two. Beyond the meta-schema: patterns must compile,
and `$schema` must be this draft. Source: json-schema.org, draft 2020-12.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

__all__ = ["DIALECT", "problems"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
_ANCHOR = re.compile(r"[A-Za-z_][-A-Za-z0-9._]*")
_ID = re.compile(r"[^#]*#?")

Problems = Iterator[tuple[str, str]]
Check = Callable[[Any, str], Problems]


def problems(schema: Any, path: str = "#") -> Problems:
    """Yield the JSON pointer and a sentence of everything that makes `schema` no schema."""
    if isinstance(schema, bool):
        return
    if not isinstance(schema, dict):
        yield path, "a schema is an object, true or false"
        return
    for keyword, value in schema.items():
        if check := _CHECKS.get(keyword):
            yield from check(value, f"{path}/{keyword}")


def _array(value: Any, path: str) -> Problems:
    if not isinstance(value, list) or not value:
        yield path, "must be a list with at least one schema"
        return
    for place, each in enumerate(value):
        yield from problems(each, f"{path}/{place}")


def _map(value: Any, path: str) -> Problems:
    if not isinstance(value, dict):
        yield path, "must be an object of schemas"
        return
    for name, each in value.items():
        yield from problems(each, f"{path}/{name}")


def _patterns(value: Any, path: str) -> Problems:
    yield from _map(value, path)
    for name in value if isinstance(value, dict) else ():
        yield from _pattern(name, path)


def _pattern(value: Any, path: str) -> Problems:
    if not isinstance(value, str):
        yield path, "must be a text"
        return
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        yield path, f"{_shown(value)} is no regular expression: {error}"


def _type(value: Any, path: str) -> Problems:
    names = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) and each in _TYPES for each in names):
        yield path, f"{_shown(value)} is no type; there are: {', '.join(sorted(_TYPES))}"
    elif not names or len(set(names)) < len(names):
        yield path, "must list at least one type, each once"


def _texts(value: Any, path: str) -> Problems:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        yield path, "must be a list of texts"
    elif len(set(value)) < len(value):
        yield path, "must list each text once"


def _text_lists(value: Any, path: str) -> Problems:
    if not isinstance(value, dict):
        yield path, "must be an object of lists of texts"
        return
    for name, each in value.items():
        yield from _texts(each, f"{path}/{name}")


def _schemas_or_texts(value: Any, path: str) -> Problems:
    if not isinstance(value, dict):
        yield path, "must be an object"
        return
    for name, each in value.items():
        check = _texts if isinstance(each, list) else problems
        yield from check(each, f"{path}/{name}")


def _vocabulary(value: Any, path: str) -> Problems:
    if not isinstance(value, dict) or not all(isinstance(each, bool) for each in value.values()):
        yield path, "must be an object of true and false"


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _must(test: Callable[[Any], bool], sentence: str) -> Check:
    def check(value: Any, path: str) -> Problems:
        if not test(value):
            yield path, f"{sentence}, not {_shown(value)}"

    return check


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


_TEXT = _must(lambda value: isinstance(value, str), "must be a text")
_SWITCH = _must(lambda value: isinstance(value, bool), "must be true or false")
_LIST = _must(lambda value: isinstance(value, list), "must be a list")
_NUMBER = _must(_number, "must be a number")
_COUNT = _must(
    lambda value: _number(value) and value >= 0 and value == int(value),
    "must be a whole number from 0 on",
)
_POSITIVE = _must(lambda value: _number(value) and value > 0, "must be a number above 0")
_NAME = _must(
    lambda value: isinstance(value, str) and _ANCHOR.fullmatch(value) is not None,
    "must be a plain name",
)


def _each(check: Check, *keywords: str) -> Mapping[str, Check]:
    return dict.fromkeys(keywords, check)


_CHECKS: Mapping[str, Check] = {
    **_each(problems, "items", "contains", "additionalProperties", "propertyNames", "not"),
    **_each(problems, "if", "then", "else", "contentSchema"),
    **_each(problems, "unevaluatedItems", "unevaluatedProperties"),
    **_each(_array, "prefixItems", "allOf", "anyOf", "oneOf"),
    **_each(_map, "properties", "$defs", "definitions", "dependentSchemas"),
    **_each(_TEXT, "$comment", "$ref", "$dynamicRef", "$recursiveRef", "format"),
    **_each(_TEXT, "title", "description", "contentEncoding", "contentMediaType"),
    **_each(_SWITCH, "uniqueItems", "deprecated", "readOnly", "writeOnly"),
    **_each(_COUNT, "maxLength", "minLength", "maxItems", "minItems"),
    **_each(_COUNT, "maxProperties", "minProperties", "maxContains", "minContains"),
    **_each(_NUMBER, "maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum"),
    **_each(_LIST, "enum", "examples"),
    **_each(_NAME, "$anchor", "$dynamicAnchor", "$recursiveAnchor"),
    "$id": _must(
        lambda value: isinstance(value, str) and _ID.fullmatch(value) is not None,
        "must be a URI without a fragment",
    ),
    "$schema": _must(
        lambda value: isinstance(value, str) and value.removesuffix("#") == DIALECT,
        f"must be {DIALECT}",
    ),
    "$vocabulary": _vocabulary,
    "patternProperties": _patterns,
    "pattern": _pattern,
    "type": _type,
    "required": _texts,
    "dependentRequired": _text_lists,
    "dependencies": _schemas_or_texts,
    "multipleOf": _POSITIVE,
}
