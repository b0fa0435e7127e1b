"""Faults in how values compare that are close to each other, in filters and in orders."""
# ruff: noqa: D102 - what the overridden methods do is said in `filters`, how they err by the class

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from conformance.mutants.change import Changes
from conformance.mutants.meta import straight
from conformance.mutants.meta.filters import Parser, Path
from conformance.mutants.meta.making import fault, reading
from conformance.mutants.meta.order import Key
from conformance.oracles.meta.model import Data

Items = Sequence[Data]


class Doubles(Parser):
    """Integers of 64 bits are compared as doubles."""

    def lookup(self, data: Data, path: Path) -> Any:
        return _rounded(path, super().lookup(data, path))

    def value(self, path: Path) -> Any:
        return _rounded(path, super().value(path))


def _rounded(path: Path, value: Any) -> Any:
    wide = path[1] is not None and path[1].type == "int64"
    return float(value) if wide and isinstance(value, int) else value


class CodeUnits(Parser):
    """Texts are compared by the code units of UTF-16."""

    def ordering(self, sign: str) -> Callable[[Any, Any], bool]:
        compare = super().ordering(sign)
        return lambda value, wanted: compare(_units(value), _units(wanted))


def _units(value: Any) -> Any:
    """A value whose texts stand as those of UTF-16 do, byte by byte."""
    if isinstance(value, str):
        return value.encode("utf-16-be").decode("latin-1")
    if isinstance(value, dict):
        return {key: _units(held) for key, held in value.items()}
    return [_units(held) for held in value] if isinstance(value, list) else value


def _doubled(data: Data) -> Data:
    metadata = data.get("metadata") or {}
    shards = {key: float(number) for key, number in metadata.get("shards", {}).items()}
    return {**data, "metadata": {**metadata, "shards": shards}} if shards else data


def sorting(change: Callable[[Data], Data]) -> Changes:
    """An order of what becomes of the resources."""

    def arrange(items: Items, keys: Sequence[Key]) -> list[Data]:
        changed = [change(data) for data in items]
        by_name = {new["name"]: data for new, data in zip(changed, items, strict=True)}
        return [by_name[data["name"]] for data in straight.arrange(changed, keys)]

    return {"arrange": arrange}


MUTANTS = (
    fault(
        "filter-integers-as-doubles",
        "Filters compare integers as doubles.",
        reading(Doubles),
        "META-FLT-002",
    ),
    fault(
        "filter-texts-by-code-units",
        "Filters compare texts by their code units in UTF-16.",
        reading(CodeUnits),
        "META-FLT-002",
    ),
    fault(
        "order-integers-as-doubles",
        "Orders take integers for doubles.",
        sorting(_doubled),
        "META-ORD-002",
    ),
    fault(
        "order-texts-by-code-units",
        "Orders take texts by their code units in UTF-16.",
        sorting(_units),
        "META-ORD-002",
    ),
)
