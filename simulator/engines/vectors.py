"""The arithmetic of `lanewise.py` for the compiler: numbers of eight lanes in one register.

`Rows` is a matrix with a row for each number and a column for each lane: `rows[i]` is the vector of
a row, `rows[i, lane]` one number of it. LLVM has such vectors; what the processor lacks of their
width it does in parts.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import numpy as np

from . import lanewise
from .jit import HAS_NUMBA

__all__ = ["LANES", "rows_of_lanes"]

LANES = 8

TERMS = 13
"""Of the series of an exponential; the next one is below the last digit."""
LOG_TERMS = 11
"""The same of a logarithm."""
ROOT_OF_HALF = int(np.float64(math.sqrt(0.5)).view(np.int64))
"""Its bits: those of a number are nearly its logarithm."""
LOG_2_HIGH = 0.693145751953125
"""Few digits, so that its small multiples are exact."""
LOG_2_LOW = 1.42860682030941723212e-6

FUSED = ("contract",)
"""A product may go into a sum without being rounded first."""

# Any: numba and llvmlite are an extra, and have no types.
Emit = Callable[..., Any]


def _taught() -> Callable[[Any], Any]:
    """Make the compiler know vectors and what can be done with them; return `rows_of_lanes`."""
    if not HAS_NUMBA:
        return lambda matrix: matrix
    types: Any = import_module("numba").types
    extending: Any = import_module("numba.extending")
    templates: Any = import_module("numba.core.typing.templates")
    ir: Any = import_module("llvmlite").ir

    scalar, place, bits = ir.DoubleType(), ir.IntType(64), ir.IntType(LANES)
    wide, wide_bits = ir.VectorType(scalar, LANES), ir.VectorType(place, LANES)
    flags = ir.VectorType(ir.IntType(1), LANES)

    def new(name: str, machine: Any) -> Any:
        """Return a new type that is kept as a machine type."""
        kind = type(name, (types.Type,), {})
        parent = extending.models.PrimitiveModel

        def init(self: Any, manager: Any, type_: Any) -> None:
            parent.__init__(self, manager, type_, machine)

        extending.register_model(kind)(type(f"{name}Model", (parent,), {"__init__": init}))
        return kind(name=f"lanes.{name}")

    vector, mask = new("Vector", wide), new("Mask", flags)
    rows = new("Rows", scalar.as_pointer())
    number = types.float64

    def constant(value: float) -> Any:
        return ir.Constant(wide, [value] * LANES)

    def splat(builder: Any, value: Any, kind: Any) -> Any:
        """Return a vector of a kind with a number in every lane."""
        nothing, first = ir.Constant(kind, ir.Undefined), ir.Constant(ir.IntType(32), 0)
        one = builder.insert_element(nothing, value, first)
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        return builder.shuffle_vector(one, nothing, zeros)

    def widened(builder: Any, type_: Any, value: Any) -> Any:
        """Return a number in every lane; vectors and masks as they are."""
        if type_ is not number:
            return value
        return splat(builder, value, wide)

    def define(function: Any, result: Any, cases: Sequence[tuple[Any, ...]], emit: Emit) -> None:
        """Define what a function does with vectors; numbers become vectors first."""
        signatures = [templates.signature(result, *case) for case in cases]
        template = type("Lanewise", (templates.ConcreteTemplate,), {"cases": signatures})
        templates.infer_global(function)(template)

        def lower(_context: Any, builder: Any, signature: Any, args: Any) -> Any:
            given = zip(signature.args, args, strict=True)
            return emit(builder, *(widened(builder, *each) for each in given))

        for case in cases:
            extending.lower_builtin(function, *case)(lower)

    def built_in(name: str) -> Emit:
        """Return a function that LLVM has for vectors."""

        def emit(builder: Any, *args: Any) -> Any:
            kind = ir.FunctionType(wide, [wide] * len(args))
            full = f"llvm.{name}.v{LANES}f64"
            return builder.call(builder.module.declare_intrinsic(full, fnty=kind), args)

        return emit

    one, two = [(vector,)], [(vector, vector), (vector, number), (number, vector)]
    for function, name in (
        (operator.add, "fadd"),
        (operator.sub, "fsub"),
        (operator.mul, "fmul"),
        (operator.truediv, "fdiv"),
    ):
        define(function, vector, two, lambda b, x, y, name=name: getattr(b, name)(x, y))
    for function, sign in (
        (operator.lt, "<"),
        (operator.le, "<="),
        (operator.gt, ">"),
        (operator.ge, ">="),
        (operator.eq, "=="),
    ):
        define(function, mask, two, lambda b, x, y, sign=sign: b.fcmp_ordered(sign, x, y))
    define(operator.ne, mask, two, lambda b, x, y: b.fcmp_unordered("!=", x, y))
    define(operator.neg, vector, one, lambda b, x: b.fneg(x))
    define(operator.and_, mask, [(mask, mask)], lambda b, x, y: b.and_(x, y))
    define(operator.or_, mask, [(mask, mask)], lambda b, x, y: b.or_(x, y))
    define(operator.invert, mask, [(mask,)], lambda b, x: b.not_(x))

    choices = [(mask, x, y) for x in (vector, number) for y in (vector, number)]
    define(lanewise.where, vector, choices, lambda b, c, x, y: b.select(c, x, y))
    define(lanewise.least, vector, two, lambda b, x, y: b.select(b.fcmp_ordered("<", y, x), y, x))
    define(lanewise.most, vector, two, lambda b, x, y: b.select(b.fcmp_ordered(">", y, x), y, x))
    define(lanewise.size, vector, one, built_in("fabs"))
    define(lanewise.root, vector, one, built_in("sqrt"))
    define(lanewise.floor, vector, one, built_in("floor"))
    define(lanewise.ceiling, vector, one, built_in("ceil"))
    define(lanewise.power, vector, two, built_in("pow"))
    define(lanewise.nothing, vector, one, lambda b, x: constant(0.0))

    def series(builder: Any, x: Any, coefficients: Sequence[float]) -> Any:
        """Return a polynomial: even and odd powers, which need not wait for each other."""
        squared, halves = builder.fmul(x, x), []
        for half in (coefficients[::2], coefficients[1::2]):
            total = constant(half[-1])
            for each in half[-2::-1]:
                total = builder.fmul(total, squared, flags=FUSED)
                total = builder.fadd(total, constant(each), flags=FUSED)
            halves.append(total)
        return builder.fadd(halves[0], builder.fmul(x, halves[1], flags=FUSED), flags=FUSED)

    def log_left(builder: Any, x: Any) -> Any:
        """Return `log(2^n y) = n log(2) + 2 artanh(q)`, `q = (y - 1) / (y + 1)`, y around 1."""
        b = builder
        whole = b.bitcast(b.fsub(constant(1.0), x), wide_bits)
        # Counted from the root of a half, so that y lies between that and the root of 2.
        shifted = b.sub(whole, ir.Constant(wide_bits, [ROOT_OF_HALF] * LANES))
        n = b.ashr(shifted, ir.Constant(wide_bits, [52] * LANES))
        y = b.bitcast(b.sub(whole, b.shl(n, ir.Constant(wide_bits, [52] * LANES))), wide)
        q = b.fdiv(b.fsub(y, constant(1.0)), b.fadd(y, constant(1.0)))
        odd = [2.0 / (2 * i + 1) for i in range(LOG_TERMS + 1)]
        of_y = b.fmul(series(b, b.fmul(q, q), odd), q)
        return b.fadd(b.fmul(b.sitofp(n, wide), constant(math.log(2.0))), of_y)

    def gone(builder: Any, x: Any) -> Any:
        """Return `1 - exp(-x)` as `(1 - 2^n) - 2^n (exp(r) - 1)`, `|r| <= log(2) / 2`."""
        b = builder
        x = b.fneg(b.select(b.fcmp_ordered("<", x, constant(700.0)), x, constant(700.0)))
        n = built_in("rint")(b, b.fmul(x, constant(1.0 / math.log(2.0))))
        r = b.fsub(x, b.fmul(n, constant(LOG_2_HIGH)))
        r = b.fsub(r, b.fmul(n, constant(LOG_2_LOW)))
        grown = b.fmul(series(b, r, [1.0 / math.factorial(i + 1) for i in range(TERMS)]), r)
        exponent = b.add(b.fptosi(n, wide_bits), ir.Constant(wide_bits, [1023] * LANES))
        scale = b.bitcast(b.shl(exponent, ir.Constant(wide_bits, [52] * LANES)), wide)
        return b.fsub(b.fsub(constant(1.0), scale), b.fmul(scale, grown))

    def some(builder: Any, x: Any) -> Any:
        return builder.icmp_unsigned("!=", builder.bitcast(x, bits), ir.Constant(bits, 0))

    define(lanewise.log_left, vector, one, log_left)
    define(lanewise.gone, vector, one, gone)
    define(lanewise.some, types.boolean, [(mask,)], some)

    # Single lanes, rows, and tables

    def index(function: Any, result: Any, case: tuple[Any, ...], emit: Emit) -> None:
        """Define what a function does with vectors or rows and places in them."""
        signature = templates.signature(result, *case)
        template = type("Indexing", (templates.ConcreteTemplate,), {"cases": [signature]})
        templates.infer_global(function)(template)
        extending.lower_builtin(function, *case)(
            lambda _context, builder, _signature, args: emit(builder, *args)
        )

    def row(builder: Any, pointer: Any, at: Any) -> Any:
        first = builder.gep(pointer, [builder.mul(at, ir.Constant(place, LANES))])
        return builder.bitcast(first, wide.as_pointer())

    def cell(builder: Any, pointer: Any, pair: Any) -> Any:
        at, lane = (builder.extract_value(pair, i) for i in range(2))
        return builder.gep(pointer, [builder.add(builder.mul(at, ir.Constant(place, LANES)), lane)])

    def load(builder: Any, pointer: Any, at: Any) -> Any:
        found = builder.load(row(builder, pointer, at))
        found.align = 8
        return found

    at, pair, none = types.intp, types.UniTuple(types.intp, 2), types.void
    get, set_ = operator.getitem, operator.setitem
    index(get, vector, (rows, at), load)
    index(get, number, (rows, pair), lambda b, p, i: b.load(cell(b, p, i)))
    index(set_, none, (rows, at, vector), lambda b, p, i, x: b.store(x, row(b, p, i), 8))
    index(
        set_,
        none,
        (rows, at, number),
        lambda b, p, i, x: b.store(widened(b, number, x), row(b, p, i), 8),
    )
    index(set_, none, (rows, pair, number), lambda b, p, i, x: b.store(x, cell(b, p, i)))

    def pick(builder: Any, table: Any, places: Any) -> Any:
        whole = builder.fptosi(places, wide_bits)
        first = builder.extract_element(whole, ir.Constant(place, 0))
        apart = builder.icmp_unsigned("!=", whole, splat(builder, first, wide_bits))
        differ = builder.icmp_unsigned("!=", builder.bitcast(apart, bits), ir.Constant(bits, 0))
        with builder.if_else(differ, likely=False) as (one_each, one_for_all):
            with one_each:
                found = ir.Constant(wide, ir.Undefined)
                for lane in range(LANES):
                    i = ir.Constant(place, lane)
                    at = builder.gep(table, [builder.extract_element(whole, i)])
                    found = builder.insert_element(found, builder.load(at), i)
                gathered = found, builder.block
            with one_for_all:
                same = splat(builder, builder.load(builder.gep(table, [first])), wide)
                spread = same, builder.block
        either = builder.phi(wide)
        for value, block in (gathered, spread):
            either.add_incoming(value, block)
        return either

    def scatter(builder: Any, table: Any, places: Any, behind: Any, values: Any) -> Any:
        whole, table = builder.fptosi(places, wide_bits), builder.gep(table, [behind])
        for lane in range(LANES):
            i = ir.Constant(place, lane)
            at = builder.gep(table, [builder.extract_element(whole, i)])
            builder.store(builder.extract_element(values, i), at)

    table = types.CPointer(number)
    index(lanewise.pick, vector, (table, vector), pick)
    index(lanewise.scatter, none, (table, vector, at, vector), scatter)
    index(lanewise.lanes_of, at, (vector,), lambda b, x: ir.Constant(place, LANES))
    index(lanewise.in_lane, number, (vector, at), lambda b, x, i: b.extract_element(x, i))
    index(lanewise.put, vector, (vector, at, number), lambda b, x, i, y: b.insert_element(x, y, i))

    def address(_typing: Any, matrix: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return context.make_array(signature.args[0])(context, builder, args[0]).data

        return rows(matrix), generate

    made: Callable[[Any], Any] = extending.intrinsic(address)
    return made


rows_of_lanes = _taught()
"""Called by entries on their matrices with `LANES` columns."""
