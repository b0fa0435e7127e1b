"""Variables of one execution: coerced fast where that is possible, else by graphql-core."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLNonNull,
    GraphQLSchema,
    Undefined,
    VariableDefinitionNode,
    VariableNode,
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
        self._simple: list[tuple[str, str, bool]] | None = []
        given = {each.name.value: each.value for each in node.arguments or ()}
        for name, argument in definition.args.items():
            value = given.get(name)
            if isinstance(value, VariableNode):
                needed = isinstance(argument.type, GraphQLNonNull)
                row = (argument.out_name or name, value.name.value, needed)
                self._simple.append(row)
            elif value is not None or argument.default_value is not Undefined:
                self._simple = None
                break

    def values(self, variables: Variables) -> dict[str, Any]:
        """Return the values by their names in Python.

        Raises:
            GraphQLError: one that is needed is missing or null.
        """
        coerced, found = variables.coerced, {}
        if self._simple is not None and coerced is not None:
            for name, variable, needed in self._simple:
                value = coerced.get(variable, Undefined)
                if needed and (value is None or value is Undefined):
                    break
                if value is not Undefined:
                    found[name] = value
            else:
                return found
        return get_argument_values(self._definition, self._node, variables.core)
