"""Turns answers of the exchange API into values; what breaks the schema is a finding.

A missing key (all are asked for but contents below some depth), null where the schema forbids it,
null in the place of a list and a wrong kind of scalar are findings: the published clients end with
an exception there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from conformance.failures import Nonconformance
from conformance.oracles.exchange import model
from conformance.targets.exchange_contract import SCALARS, Operation, Type, schema

_SCALAR_TYPES: Mapping[str, tuple[type, ...]] = {
    "ID": (str,),
    "String": (str,),
    "Int": (int,),
    "Float": (int, float),
    "Boolean": (bool,),
}
_WORD = re.compile(r"(?<=[a-z0-9])([A-Z]+)")


def decoded(operation: Operation, value: Any) -> Any:
    """What an operation's field holds, as values of `oracles.exchange.model`.

    Raises:
        Nonconformance: it is not what the schema says.
    """
    return _read(value, operation.field.type, operation.name)


def snake(name: str) -> str:
    """The name of an attribute: `resultJSONString` is `result_json_string`."""
    words = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    return _WORD.sub(r"_\1", words).lower()


def _read(value: Any, type: Type, path: str) -> Any:
    known = schema()
    if value is None:
        # Lists of words and ids may be null; the published clients walk through all others.
        if type.required or (type.is_list and not known.is_leaf(type.name)):
            raise Nonconformance(path, got="null", wanted=str(type))
        return None
    if type.is_list:
        if not isinstance(value, list):
            raise Nonconformance(path, got=value, wanted="a list")
        item = Type(name=type.name, is_list=False, required=True)
        return tuple(_read(each, item, f"{path}[{n}]") for n, each in enumerate(value))
    if not known.is_leaf(type.name):
        return _object(value, type.name, path)
    wanted = _SCALAR_TYPES[type.name] if type.name in SCALARS else (str,)
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        raise Nonconformance(path, got=value, wanted=str(type))
    return value


def _object(value: Any, name: str, path: str) -> Any:
    if not isinstance(value, Mapping):
        raise Nonconformance(path, got=value, wanted=f"an object {name}")
    fields = schema().types[name]
    given = {}
    for field in fields.values():
        if field.name in value:
            given[snake(field.name)] = _read(value[field.name], field.type, f"{path}.{field.name}")
        elif field.name != "contents":
            raise Nonconformance(path, got=f"no {field.name}", wanted=f"an object {name}")
    return getattr(model, name)(**given)
