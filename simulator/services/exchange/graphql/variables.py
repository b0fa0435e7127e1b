"""Variables of one execution: coerced fast where that is possible, else by graphql-core."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNonNull,
    GraphQLSchema,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    coerce_input_literal,
    get_nullable_type,
    type_from_ast,
)
from graphql.execution import get_argument_values, get_variable_values

from simulator.services.exchange.graphql.coercion import Coerce, Unfit, coercer


class BadVariables(Exception):
    """Variables that do not fit their types, with the reasons."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(*errors)
        self.errors = tuple(errors)


class Declared:
    """What variables an operation declares."""

    def __init__(
        self, schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode]
    ) -> None:
        self._schema = schema
        self._definitions = definitions
        self._coercers: dict[str, tuple[Coerce, bool]] = {}
        for each in definitions:
            kind: Any = type_from_ast(schema, each.type)
            may_lack = each.default_value is None and not isinstance(kind, GraphQLNonNull)
            self._coercers[each.variable.name.value] = (coercer(kind, literal=False), may_lack)

    def given(self, values: Mapping[str, Any]) -> Variables:
        """Return what a client gives for them.

        Raises:
            BadVariables: it does not fit.
        """
        try:
            found = Variables(self, values, dict(self._coerced(values)))
        except Unfit:
            found = Variables(self, values, None)
            _ = found.core
        return found

    def literal(self, values: Mapping[str, Any]) -> Variables:
        """Return values that are coerced already."""
        return Variables(self, values, values)

    def core(self, values: Mapping[str, Any]) -> Any:
        """Return what graphql-core makes of values.

        Raises:
            BadVariables: they do not fit.
        """
        found = get_variable_values(self._schema, self._definitions, dict(values))
        if isinstance(found, list):
            raise BadVariables(found)
        return found

    def _coerced(self, values: Mapping[str, Any]) -> Any:
        for name, (coerce, may_lack) in self._coercers.items():
            if name in values:
                yield name, coerce(values[name])
            elif not may_lack:
                raise Unfit


class Variables:
    """What a client gives for the variables of an operation."""

    def __init__(
        self, declared: Declared, given: Mapping[str, Any], coerced: Mapping[str, Any] | None
    ) -> None:
        self.given = given
        """As it was given."""
        self.coerced = coerced
        """Coerced; None: only graphql-core knows."""
        self._declared = declared

    @cached_property
    def core(self) -> Any:
        """The same in graphql-core's form."""
        return self._declared.core(self.given)


class Arguments:
    """The arguments of a field, as a document gives them."""

    def __init__(self, definition: GraphQLField, node: FieldNode) -> None:
        self._definition = definition
        self._node = node
        self._parts: dict[str, _Part] | None = {}
        given = {each.name.value: each.value for each in node.arguments or ()}
        try:
            for name, argument in definition.args.items():
                if name in given:
                    part = _part(argument.type, given[name])
                    self._parts[argument.out_name or name] = part
                elif argument.default_value is not Undefined:
                    raise Unfit
        except Unfit:
            self._parts = None

    def values(self, variables: Variables) -> dict[str, Any]:
        """Return the values by their names in Python.

        Raises:
            GraphQLError: one that is needed is missing or null.
        """
        if self._parts is not None and variables.coerced is not None:
            try:
                return _filled(self._parts, variables.coerced)
            except Unfit:
                pass
        return get_argument_values(self._definition, self._node, variables.core)


_Part = Callable[[Mapping[str, Any]], Any]
"""Returns a value, given those of the variables; Undefined: there is none."""


def _part(kind: GraphQLInputType, node: ValueNode) -> _Part:
    """Return what gives the value that a document shows: a variable, an object of such, a scalar.

    Raises:
        Unfit: it is something else.
    """
    if isinstance(node, VariableNode):
        return _variable(node.name.value, needed=isinstance(kind, GraphQLNonNull))
    record = get_nullable_type(kind)
    if isinstance(node, ObjectValueNode) and isinstance(record, GraphQLInputObjectType):
        parts = {
            each.name.value: _part(record.fields[each.name.value].type, each.value)
            for each in node.fields
        }
        return lambda values: _filled(parts, values)
    constant = coerce_input_literal(node, kind)
    if not isinstance(constant, str | int | float):
        raise Unfit
    return lambda values: constant


def _variable(name: str, *, needed: bool) -> _Part:
    def value(values: Mapping[str, Any]) -> Any:
        found = values.get(name, Undefined)
        if needed and (found is None or found is Undefined):
            raise Unfit
        return found

    return value


def _filled(parts: Mapping[str, _Part], values: Mapping[str, Any]) -> dict[str, Any]:
    found = ((name, part(values)) for name, part in parts.items())
    return {name: value for name, value in found if value is not Undefined}
