"""Functions that take functions: filter, transform, reduce and the like, over arrays and series.

A function `x -> …` becomes one of DuckDB's, its argument named by us. What the items of a result
may grow to is the number of items times what the function makes of one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from simulator.services.exchange.errors import bad_sql
from simulator.services.exchange.sql.calls import Call, Form
from simulator.services.exchange.sql.operators import together
from simulator.services.exchange.sql.typed import SCALAR_BYTES, Typed, items_in
from simulator.services.exchange.sql.types import (
    BOOLEAN,
    VARCHAR,
    Type,
    array,
    kept_as,
    point,
)

_TEXT_ITEM_BYTES: Final = 32
"""How large a text among others counts."""


def _filter(call: Call) -> Typed:
    call.counted(2)
    values, name = _items(call, 0), call.fresh()
    test = call.typed(call.apply(call.nodes[1], [_item(values, name)]), BOOLEAN)
    sql = f"list_filter({values.sql}, lambda {name}: {test.sql})"
    return replace(values, sql=sql)


def _transform(call: Call) -> Typed:
    call.counted(2)
    values, name = _items(call, 0), call.fresh()
    if values.type.name == "TIMESERIES":
        raise call.refusal(values)
    made = call.apply(call.nodes[1], [_item(values, name)])
    sql = f"list_transform({values.sql}, lambda {name}: {made.sql})"
    return Typed(sql=sql, type=array(made.type), bytes=items_in(values) * made.bytes)


def _matches(call: Call) -> Typed:
    call.counted(2)
    values, name = _items(call, 0), call.fresh()
    test = call.typed(call.apply(call.nodes[1], [_item(values, name)]), BOOLEAN)
    tests = f"list_transform({values.sql}, lambda {name}: {test.sql})"
    # One item that decides is enough; without it, one that is unknown makes all unknown.
    decided = "false" if call.name == "all_match" else "true"
    found, otherwise = {
        "all_match": ("false", "true"),
        "any_match": ("true", "false"),
        "none_match": ("false", "true"),
    }[call.name]
    sql = (
        f"CASE WHEN {values.sql} IS NULL THEN NULL "
        f"WHEN list_contains({tests}, {decided}) THEN {found} "
        f"WHEN list_position({tests}, NULL) IS NOT NULL THEN NULL ELSE {otherwise} END"
    )
    return Typed(sql=f"({sql})", type=BOOLEAN)


def _zip_with(call: Call) -> Typed:
    call.counted(3)
    first, second, name = _items(call, 0), _items(call, 1), call.fresh()
    if "TIMESERIES" in (first.type.name, second.type.name):
        raise call.refusal(first, second)
    made = call.apply(call.nodes[2], [_item(first, f"{name}[1]"), _item(second, f"{name}[2]")])
    pairs = f"list_zip({first.sql}, {second.sql})"
    return Typed(
        sql=f"list_transform({pairs}, lambda {name}: {made.sql})",
        type=array(made.type),
        bytes=max(items_in(first), items_in(second)) * made.bytes,
    )


def _reduce(call: Call) -> Typed:
    call.counted(4)
    values, start = _items(call, 0), call.compile(call.nodes[1])
    before, after = call.fresh(), call.fresh()

    def stepped(state: Typed) -> Typed:
        known = replace(state, sql=f"{before}.s", literal=None)
        return call.apply(call.nodes[2], [known, _item(values, f"{after}.i")])

    made = stepped(start)
    if made.type != start.type:
        start, _ = together(start, made, "A reduction")
        made = stepped(start)
    if made.type != start.type:
        raise call.refusal(values, start)
    if _may_grow(start.type):
        raise bad_sql(f"A state of reduce of type {start.type} is not supported: it may grow.")
    # DuckDB reduces items to one of them, so each is paired with a place for the state.
    state = kept_as(start.type)
    item = kept_as(values.type).removesuffix("[]")
    pairs = (
        f"list_transform({values.sql}, lambda e: struct_pack(s := CAST(NULL AS {state}), i := e))"
    )
    begin = f"struct_pack(s := CAST({start.sql} AS {state}), i := CAST(NULL AS {item}))"
    step = f"struct_pack(s := CAST({made.sql} AS {state}), i := {after}.i)"
    sql = f"(list_reduce({pairs}, lambda {before}, {after}: {step}, {begin}).s)"
    return call.apply(call.nodes[3], [replace(start, sql=sql, literal=None)])


def _items(call: Call, place: int) -> Typed:
    values = call.compile(call.nodes[place])
    if values.type.name not in ("ARRAY", "TIMESERIES"):
        raise call.refusal(values)
    return values


def _may_grow(type: Type) -> bool:
    return type.name in ("VARCHAR", "ARRAY", "TIMESERIES") or any(map(_may_grow, type.items))


def _item(values: Typed, sql: str) -> Typed:
    """Return an item of an array, or a point of a time series, that DuckDB knows as `sql`."""
    if values.type.name == "TIMESERIES":
        return Typed(sql=sql, type=point(values.type.item))
    size = _TEXT_ITEM_BYTES if values.type.item == VARCHAR else SCALAR_BYTES
    return Typed(sql=sql, type=values.type.item, bytes=size)


FORMS: Final[dict[str, Form]] = {
    "all_match": _matches,
    "any_match": _matches,
    "filter": _filter,
    "none_match": _matches,
    "reduce": _reduce,
    "transform": _transform,
    "zip_with": _zip_with,
}
"""Forms by name."""
