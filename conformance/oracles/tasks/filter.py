"""Which tasks and types a filter selects, evaluated over plain values (seed 001; AIP-160).

A comparison with something absent is false whatever the operator, and NOT negates plainly; filters
whose meaning depends on that are told by `depends_on_absence`, as other readings are legal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from conformance.oracles.meta.times import parse_time
from conformance.oracles.tasks.filter_text import (
    And,
    Compare,
    FilterError,
    In,
    Node,
    Not,
    Or,
    Value,
    Word,
    parse,
)
from conformance.oracles.tasks.model import STATES, Task, Type
from conformance.oracles.tasks.values import kind_of

FieldKind = Literal["text", "state", "time", "struct", "links"]

TASK_FIELDS: Mapping[str, tuple[FieldKind, str]] = {
    "name": ("text", "name"),
    "state": ("state", "state"),
    "type": ("text", "type"),
    "description": ("text", "description"),
    "recommended_action": ("text", "recommended_action"),
    "links": ("links", "links"),
    "metadata": ("struct", "metadata"),
    "annotations": ("struct", "annotations"),
    "completion_time": ("time", "completion_ns"),
    "create_time": ("time", "create_ns"),
    "update_time": ("time", "update_ns"),
}
TYPE_FIELDS: Mapping[str, tuple[FieldKind, str]] = {
    "name": ("text", "name"),
    "display_name": ("text", "display_name"),
    "category": ("text", "category"),
    "sub_category": ("text", "sub_category"),
    "links": ("links", "links"),
    "create_time": ("time", "create_ns"),
    "update_time": ("time", "update_ns"),
}
_SEARCHED = {
    Task: ("name", "type", "description", "recommended_action"),
    Type: ("name", "display_name", "category", "sub_category"),
}
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}
_SAME = {"==": "=", "<>": "!="}
_CONSTANTS = {"true": True, "false": False, "null": None}
ABSENT: Any = object()
"""What a path leads to that leads nowhere."""


def select(filter: str | Node | None, items: Iterable[Any]) -> list[str]:
    """Names of the items that a filter selects, in their order.

    Raises:
        FilterError: it is no filter, or cannot be asked of such items.
    """
    node = parse(filter) if isinstance(filter, str) else filter
    return [item.name for item in items if node is None or matches(node, item)]


def matches(node: Node, item: Task | Type) -> bool:
    """Whether a filter selects an item.

    Raises:
        FilterError: a field that the item has not, or a value that does not go with it.
    """
    match node:
        case And(parts):
            return all([matches(part, item) for part in parts])
        case Or(parts):
            return any([matches(part, item) for part in parts])
        case Not(inner):
            return not matches(inner, item)
        case Word(text):
            low = text.lower()
            return any(low in getattr(item, field).lower() for field in _SEARCHED[type(item)])
        case In(path, values, negated):
            plain = [Value(v.text.replace("*", "\\*"), v.kind) for v in values]
            found = [_compare(item, path, "=", value) for value in plain]
            return find(item, path) is not ABSENT and any(found) != negated
        case Compare(path, sign, value):
            return _compare(item, path, _SAME.get(sign, sign), value)


def depends_on_absence(node: Node, item: Task | Type) -> bool:
    """Whether a filter looks at something that an item does not have, so that readings differ."""
    match node:
        case And(parts) | Or(parts):
            return any(depends_on_absence(part, item) for part in parts)
        case Not(inner):
            return depends_on_absence(inner, item)
        case In(path, _) | Compare(path, _, _):
            return find(item, path) is ABSENT
    return False


def find(item: Task | Type, path: tuple[str, ...]) -> Any:
    """What a path leads to; ABSENT if nothing is there.

    Raises:
        FilterError: no such field.
    """
    kind, name = _field(item, path)
    value = getattr(item, name)
    for key in path[1:] if kind == "struct" else ():
        if not isinstance(value, Mapping) or key not in value:
            return ABSENT
        value = value[key]
    absent = value is None and (kind != "struct" or len(path) == 1)
    return ABSENT if absent else value


def _field(item: Task | Type, path: tuple[str, ...]) -> tuple[FieldKind, str]:
    known = TASK_FIELDS if isinstance(item, Task) else TYPE_FIELDS
    field = known.get(path[0])
    if field is None or (len(path) > 1 and field[0] not in ("struct", "links")):
        raise FilterError(1, f"no field {'.'.join(path)}")
    return field


def _compare(item: Task | Type, path: tuple[str, ...], sign: str, value: Value) -> bool:
    kind, _ = _field(item, path)
    found = find(item, path)
    if kind == "links":
        return _any_link(found, path, sign, value)
    if sign == ":" and value == Value("*", "word"):
        return found is not ABSENT and found != ""
    if kind == "struct":
        return _in_struct(found, path, sign, value)
    sign = "=" if sign == ":" else sign
    if kind == "state":
        if sign not in ("=", "!=") or value.text not in STATES:
            raise FilterError(1, f"state {sign} {value.text}")
        return bool(found == value.text) == (sign == "=")
    if kind == "time":
        at_ns = instant(value.text)
        return found is not ABSENT and _ORDER[sign](found, at_ns)
    return _text(found, sign, value.text)


def _text(found: str, sign: str, text: str) -> bool:
    if sign in ("=", "!="):
        return wildcards(text, found) == (sign == "=")
    return _ORDER[sign](found, text.replace("\\*", "*"))


def _in_struct(found: Any, path: tuple[str, ...], sign: str, value: Value) -> bool:
    if len(path) == 1:
        if sign != ":":
            raise FilterError(1, f"{path[0]} {sign}")
        return isinstance(found, Mapping) and value.text in found
    if found is ABSENT:
        return False
    sign = "=" if sign == ":" else sign
    kind = kind_of(found)
    if kind == "string":
        return _text(found, sign, value.text)
    if kind == "number" and value.kind == "number":
        return _ORDER[sign](found, float(value.text))
    same = value.kind == "word" and value.text in _CONSTANTS and found is _CONSTANTS[value.text]
    return sign in ("=", "!=") and same == (sign == "=")


def _any_link(found: Any, path: tuple[str, ...], sign: str, value: Value) -> bool:
    if sign != ":" or len(path) != 2:
        raise FilterError(1, f"{'.'.join(path)} {sign}")
    return any(wildcards(value.text, getattr(link, path[1], "")) for link in found)


def wildcards(text: str, found: str) -> bool:
    """Whether a text is the one asked for, in which a star stands for anything."""
    parts = [re.escape(part.replace("\\*", "*")) for part in re.split(r"(?<!\\)\*", text)]
    return re.fullmatch(".*".join(parts), found, re.DOTALL) is not None


def instant(text: str) -> int:
    """Nanoseconds of a time in RFC 3339, or of midnight UTC of a date.

    Raises:
        FilterError: it is neither.
    """
    try:
        return parse_time(text if "T" in text else f"{text}T00:00:00Z")
    except ValueError as error:
        raise FilterError(1, str(error)) from None
