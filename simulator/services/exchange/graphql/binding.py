"""The schema of the contract, bound to a service: what gives the value of each field.

A field of the operation types is a method of the service (`operations`), a field that an object
does not carry is looked up (`parts`), and every other one is the attribute of that name. Nothing of
the contract is written down here a second time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any

from graphql import GraphQLSchema, build_schema

from fixtures.contracts import exchange_schema
from simulator.services.exchange.graphql.names import snake
from simulator.services.exchange.graphql.operations import operation
from simulator.services.exchange.graphql.parts import PARTS
from simulator.services.exchange.graphql.run import Run


@dataclass(frozen=True, kw_only=True)
class Bound:
    """What gives a field's value."""

    read: Callable[..., Any]
    """Takes the run, the object and the arguments; what it returns may have to be awaited."""
    is_plain: bool = False
    """Whether it does no more than read an attribute."""


@cache
def schema() -> GraphQLSchema:
    """Return the contract's schema; arguments come under names of Python.

    Source: seed 002; the schema is `fixtures/contracts/exchange.graphql`.
    """
    built = build_schema(exchange_schema())
    for kind in (built.query_type, built.mutation_type, built.subscription_type):
        for field in () if kind is None else kind.fields.values():
            for name, argument in field.args.items():
                argument.out_name = snake(name)
    return built


@cache
def bound(kind: str, name: str) -> Bound:
    """Return what gives the field of a type."""
    if kind in ("Query", "Mutation"):
        return Bound(read=_called(name))
    if kind == "Subscription":
        # An event is the value of the operation's only field.
        return Bound(read=lambda run, event, **arguments: event)
    if (part := PARTS.get((kind, name))) is not None:
        return Bound(read=_looked_up(part))
    return Bound(read=_attribute(snake(name)), is_plain=True)


def _called(name: str) -> Callable[..., Any]:
    call = operation(name)

    def read(run: Run, source: Any, **arguments: Any) -> Any:
        run.call.noted(name)
        ordered = run.call.ordered.get(name, {})
        return call(run.call.service, run.call.caller, **arguments, **ordered)

    return read


def _looked_up(part: Callable[..., Any]) -> Callable[..., Any]:
    def read(run: Run, source: Any) -> Any:
        return part(run.call.service, run.call.caller, source)

    return read


def _attribute(name: str) -> Callable[..., Any]:
    get = attrgetter(name)

    def read(run: Run, source: Any) -> Any:
        return get(source)

    return read
