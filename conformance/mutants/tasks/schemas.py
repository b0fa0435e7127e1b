"""Input schemas: rendered, read as JSON, and held against input (draft 2020-12).

No document is ever fetched: the registry of references is empty. Patterns whose groups repeat
what repeats already are refused, as they can take for ever.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, time
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError
from referencing import Registry
from referencing.exceptions import Unresolvable

_NESTED = re.compile(r"\((?:[^()\\]|\\.)*[*+}](?:[^()\\]|\\.)*\)[*+{]")
_TIME = re.compile(r"\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT" + _TIME.pattern, re.ASCII | re.IGNORECASE)

FORMATS = FormatChecker(formats=("date", "email", "uuid"))
"""What the validator knows by itself, and below what it knows only with further packages."""


@FORMATS.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    if isinstance(value, str):
        datetime.fromisoformat(value[:19])
    return not isinstance(value, str) or _DATE_TIME.fullmatch(value) is not None


@FORMATS.checks("time", raises=ValueError)
def _is_time(value: object) -> bool:
    if isinstance(value, str):
        time.fromisoformat(value[:8])
    return not isinstance(value, str) or _TIME.fullmatch(value) is not None


@FORMATS.checks("uri", raises=ValueError)
def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme and " " not in value)


class BadSchema(ValueError):
    """The text is no schema that can be used."""


def read_schema(text: str) -> Any:
    """The schema in a text.

    Raises:
        BadSchema: it is none.
    """
    try:
        schema = json.loads(text)
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise BadSchema(f"{error.json_path}: {error.message}") from None
    except (ValueError, RecursionError) as error:
        raise BadSchema(f"no JSON: {error}") from None
    if not isinstance(schema, dict | bool):
        raise BadSchema("neither an object nor a boolean")
    for pattern in _patterns(schema):
        if _NESTED.search(pattern):
            raise BadSchema(f"the pattern {pattern!r} may take for ever")
    return schema


def violations(schema: Any, value: Any, *, formats: bool = True) -> list[tuple[str, str]]:
    """Path and text of everything in a value that breaks a schema, formats too if they count.

    Raises:
        BadSchema: a reference leads out of the schema.
    """
    validator = Draft202012Validator(
        schema, registry=Registry(), format_checker=FORMATS if formats else None
    )
    try:
        return [
            (_path(error.absolute_path), error.message) for error in validator.iter_errors(value)
        ]
    except Unresolvable as error:
        raise BadSchema(f"no such reference: {error}") from None


def _path(parts: Any) -> str:
    text = "input"
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text


def _patterns(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            if key == "pattern" and isinstance(value, str):
                yield value
            if key == "patternProperties" and isinstance(value, Mapping):
                yield from value
            yield from _patterns(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from _patterns(item)
