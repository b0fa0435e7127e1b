"""Functions that are more than a template: texts and arrays that grow, rows, time series.

What makes values out of values is bounded twice: by the number of items, at work, as Trino bounds
it, and by how large a value may become, when the query is compiled.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from simulator.services.exchange.errors import bad_sql
from simulator.services.exchange.sql.calls import Call, Form
from simulator.services.exchange.sql.casts import cast
from simulator.services.exchange.sql.guards import few, unless
from simulator.services.exchange.sql.operators import concatenated, together
from simulator.services.exchange.sql.signatures import Signature, table
from simulator.services.exchange.sql.typed import (
    MOST_ITEMS,
    SCALAR_BYTES,
    Typed,
    coerced,
    constant,
    integer,
    items_in,
)
from simulator.services.exchange.sql.types import (
    BIGINT,
    DATE,
    INTEGER,
    INTERVAL,
    MONTHS,
    TIMESTAMP,
    UNKNOWN,
    VARCHAR,
    array,
    common,
    row,
)

CURVES: Final[dict[str, tuple[Signature, ...]]] = table(
    """
    correlate_pearson(timeseries(double), timeseries(double)) -> double = ts_pearson({0}, {1})
    correlate_spearman(timeseries(double), timeseries(double)) -> double = ts_spearman({0}, {1})
    derivative_linear(timeseries(double), interval) -> timeseries(double) = ts_derivative({0}, {1})
    integral_trapezoidal(timeseries(double)) -> double = ts_integral({0}, 1000000000)
    integral_trapezoidal(timeseries(double), interval) -> double = ts_integral({0}, {1})
    interpolate_linear(timeseries(double), array(timestamp)) -> timeseries(double) = \
    ts_linear({0}, {1})
    interpolate_linear(timeseries(double), timestamp) -> double = ts_linear({0}, [{1}])[1].v
    interpolate_spline_cubic(timeseries(double), array(timestamp)) -> timeseries(double) = \
    ts_spline({0}, {1})
    interpolate_spline_cubic(timeseries(double), timestamp) -> double = ts_spline({0}, [{1}])[1].v
    non_negative_derivative_linear(timeseries(double), interval) -> timeseries(double) = \
    ts_rising({0}, {1})
    """
    + "".join(
        f"""
    interpolate_locf(timeseries({type}), array(timestamp)) -> timeseries({type}) = \
    ts_locf_{type}({{0}}, {{1}})
    interpolate_locf(timeseries({type}), timestamp) -> {type} = \
    ts_locf_{type}({{0}}, [{{1}}])[1].v
    interpolate_fill(timeseries({type}), array(timestamp), {type}) -> timeseries({type}) = \
    ts_fill_{type}({{0}}, {{1}}, {{2}})
    interpolate_fill(timeseries({type}), timestamp, {type}) -> {type} = \
    ts_fill_{type}({{0}}, [{{1}}], {{2}})[1].v"""
        for type in ("bigint", "double", "boolean", "varchar")
    )
)
"""Functions of time series, by name; `curves` holds what they do."""


def _concat(call: Call) -> Typed:
    return concatenated(call.arguments(2, 127))


def _replace(call: Call) -> Typed:
    text, old, *rest = (call.typed(each, VARCHAR) for each in call.arguments(2, 3))
    new = rest[0] if rest else Typed(sql="''", type=VARCHAR, bytes=0)
    name = "replace" if call.name == "replace" else "regexp_replace"
    options = "" if name == "replace" else ", 'g'"
    if options and "$" in (new.literal or ""):
        raise bad_sql("Groups ($1) in the replacement of regexp_replace are not supported.")
    sql = f"{name}({text.sql}, {old.sql}, {new.sql}{options})"
    return Typed(sql=sql, type=VARCHAR, bytes=text.bytes * max(new.bytes, 1))


def _padded(call: Call) -> Typed:
    text, size, filler = call.arguments(3)
    text, filler = call.typed(text, VARCHAR), call.typed(filler, VARCHAR)
    count = call.typed(size, BIGINT).sql
    bound = f"CAST({few(count, call.name)} AS INTEGER)"
    sql = f"{call.name}({text.sql}, {bound}, {filler.sql})"
    return Typed(sql=sql, type=VARCHAR, bytes=text.bytes + MOST_ITEMS)


def _array_join(call: Call) -> Typed:
    values, separator, *rest = call.arguments(2, 3)
    if values.type.name != "ARRAY":
        raise call.refusal(values, separator)
    texts = cast(values, array(VARCHAR)) if values.type.item != VARCHAR else values
    sql = texts.sql
    if rest:
        other = call.typed(rest[0], VARCHAR).sql
        sql = f"list_transform({sql}, lambda e: coalesce(e, {other}))"
    mark = call.typed(separator, VARCHAR)
    size = texts.bytes + items_in(texts) * max(mark.bytes, 1)
    empty = f"CASE WHEN len({sql}) = 0 THEN '' ELSE array_to_string({sql}, {mark.sql}) END"
    return Typed(
        sql=f"coalesce({empty}, CASE WHEN {sql} IS NOT NULL THEN '' END)", type=VARCHAR, bytes=size
    )


def _repeat(call: Call) -> Typed:
    value, count = call.arguments(2)
    bound = few(call.typed(count, BIGINT).sql, "repeat")
    sql = f"list_transform(range({bound}), lambda e: {value.sql})"
    times = constant(count)
    most = MOST_ITEMS if times is None else min(max(times, 1), MOST_ITEMS)
    return Typed(sql=sql, type=array(value.type), bytes=value.bytes * most)


def _sequence(call: Call) -> Typed:
    start, stop, *rest = call.arguments(2, 3)
    start, stop = together(start, stop, "A sequence")
    if start.type == DATE:
        raise bad_sql("sequence of dates is not supported; sequence of timestamps is.")
    if start.type not in (INTEGER, BIGINT, TIMESTAMP) or (start.type == TIMESTAMP and not rest):
        raise call.refusal(start, stop, *rest)
    if rest and rest[0].type == MONTHS:
        raise bad_sql("sequence by months is not supported.")
    default = f"CASE WHEN {start.sql} <= {stop.sql} THEN 1 ELSE -1 END"
    wanted = INTERVAL if start.type == TIMESTAMP else BIGINT
    step = call.typed(rest[0], wanted).sql if rest else f"({default})"
    type = BIGINT if start.type == INTEGER else start.type
    count = f"(({stop.sql} - {start.sql}) // {step})"
    end = unless(
        f"{count} >= {MOST_ITEMS}",
        f"The result of sequence has more than {MOST_ITEMS} entries",
        unless(
            f"{step} = 0 OR ({stop.sql} - {start.sql} > 0) <> ({step} > 0) "
            f"AND {stop.sql} <> {start.sql}",
            "The step of sequence does not lead from its start to its stop",
            stop.sql,
        ),
    )
    sql = f"generate_series(CAST({start.sql} AS BIGINT), {end}, {step})"
    items = _count(start, stop, rest[0] if rest else integer(1))
    return Typed(sql=sql, type=array(type), bytes=items * SCALAR_BYTES)


def _count(start: Typed, stop: Typed, step: Typed) -> int:
    """Return how many items a sequence has, as far as that is known by now."""
    first, last, by = constant(start), constant(stop), constant(step)
    if first is None or last is None or not by:
        return MOST_ITEMS
    return min(abs(last - first) // abs(by) + 1, MOST_ITEMS)


def _try(call: Call) -> Typed:
    [value] = call.arguments(1)
    return replace(value, sql=f"TRY({value.sql})", literal=None)


def _row(call: Call) -> Typed:
    values = call.arguments(1, 100)
    fields = ", ".join(f"f{index} := {value.sql}" for index, value in enumerate(values))
    type = row(tuple(value.type for value in values), (None,) * len(values))
    return Typed(sql=f"struct_pack({fields})", type=type, bytes=sum(v.bytes for v in values))


def _array(call: Call) -> Typed:
    items = call.arguments(0, MOST_ITEMS)
    kind = UNKNOWN
    for item in items:
        both = common(kind, item.type)
        if both is None:
            raise bad_sql(f"An array of {kind} and {item.type} is not supported.")
        kind = both
    inside = ", ".join(coerced(item, kind).sql for item in items)
    return Typed(sql=f"[{inside}]", type=array(kind), bytes=sum(item.bytes for item in items))


def _zip(call: Call) -> Typed:
    values = call.arguments(2, 5)
    if any(value.type.name != "ARRAY" for value in values):
        raise call.refusal(*values)
    type = row(tuple(value.type.item for value in values), (None,) * len(values))
    pairs = f"list_zip({', '.join(value.sql for value in values)})"
    fields = ", ".join(f"f{index} := e[{index + 1}]" for index in range(len(values)))
    sql = f"list_transform({pairs}, lambda e: struct_pack({fields}))"
    return Typed(sql=sql, type=array(type), bytes=sum(value.bytes for value in values))


FORMS: Final[dict[str, Form]] = {
    "$array": _array,
    "array_join": _array_join,
    "concat": _concat,
    "lpad": _padded,
    "regexp_replace": _replace,
    "repeat": _repeat,
    "replace": _replace,
    "row": _row,
    "rpad": _padded,
    "sequence": _sequence,
    "try": _try,
    "zip": _zip,
}
"""Forms by name."""
