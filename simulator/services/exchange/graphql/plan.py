"""Plans: an operation of a valid document, worked out once for all its executions.

Types of the contract are concrete, so which fields are selected from what depends on nothing but
the variables of `@skip` and `@include`; a plan is made for one choice of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    is_leaf_type,
)
from graphql.execution import get_directive_values

from simulator.services.exchange.graphql.binding import bound
from simulator.services.exchange.graphql.introspection import introspected, is_introspection
from simulator.services.exchange.graphql.run import Run
from simulator.services.exchange.graphql.shapes import (
    Field,
    Fields,
    Leaf,
    Listed,
    Needed,
    Nullable,
    Shape,
)
from simulator.services.exchange.graphql.variables import Arguments, Variables


def planned(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Variables,
) -> Fields:
    """Return the plan of an operation.

    Args:
        schema: what the document is valid for.
        document: with the operation's fragments.
        operation: one of it.
        variables: only those that directives ask for matter.
    """
    root = schema.get_root_type(operation.operation)
    if root is None:
        raise ValueError(f"the schema knows no {operation.operation.value}")
    return _Planner(schema, document, operation, variables).fields(
        root, [operation.selection_set], in_list=False
    )


class _Planner:
    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Variables,
    ) -> None:
        self._schema = schema
        self._document = document
        self._operation = operation
        self._variables = variables
        self._fragments = {
            each.name.value: each
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }

    def fields(
        self, kind: GraphQLObjectType, selections: Iterable[SelectionSetNode], *, in_list: bool
    ) -> Fields:
        """Return what is selected from an object of a type."""
        chosen: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for each in selections:
            self._collect(kind, each, chosen, seen)
        return Fields(
            self._field(kind, key, nodes, in_list=in_list) for key, nodes in chosen.items()
        )

    def _collect(
        self,
        kind: GraphQLObjectType,
        selections: SelectionSetNode,
        chosen: dict[str, list[FieldNode]],
        seen: set[str],
    ) -> None:
        """Gather the fields of a selection by what the answer calls them, fragments resolved."""
        for node in selections.selections:
            if not self._is_included(node):
                continue
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                chosen.setdefault(key, []).append(node)
                continue
            fragment: FragmentDefinitionNode | InlineFragmentNode
            if isinstance(node, FragmentSpreadNode):
                if node.name.value in seen:
                    continue
                seen.add(node.name.value)
                fragment = self._fragments[node.name.value]
            elif isinstance(node, InlineFragmentNode):
                fragment = node
            else:
                continue
            condition = fragment.type_condition
            if condition is None or condition.name.value == kind.name:
                self._collect(kind, fragment.selection_set, chosen, seen)

    def _is_included(self, node: SelectionNode) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables.core)
        if skip is not None and skip["if"]:
            return False
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables.core)
        return include is None or bool(include["if"])

    def _field(
        self, kind: GraphQLObjectType, key: str, nodes: list[FieldNode], *, in_list: bool
    ) -> Field:
        name = nodes[0].name.value
        if name == "__typename":
            return _named(key, nodes, kind.name)
        if is_introspection(name):
            read = introspected(self._schema, self._document, self._operation, nodes)
            return Field(key=key, nodes=nodes, read=read, is_plain=False, shape=_AS_IT_IS)
        definition = kind.fields[name]
        binding = bound(kind.name, name)
        below = [each.selection_set for each in nodes if each.selection_set is not None]
        return Field(
            key=key,
            nodes=nodes,
            read=_with_arguments(binding.read, definition, nodes[0]),
            is_plain=binding.is_plain,
            shape=self._shape(definition.type, below, f"{kind.name}.{name}", in_list=in_list),
        )

    def _shape(
        self,
        kind: GraphQLOutputType,
        below: list[SelectionSetNode],
        name: str,
        *,
        in_list: bool,
    ) -> Shape:
        if isinstance(kind, GraphQLNonNull):
            return Needed(self._bare(kind.of_type, below, name, in_list=in_list), name)
        return Nullable(self._bare(kind, below, name, in_list=in_list))

    def _bare(self, kind: Any, below: list[SelectionSetNode], name: str, *, in_list: bool) -> Shape:
        if isinstance(kind, GraphQLList):
            # Lists within items of a list are short, or those items would not be many.
            items = self._shape(kind.of_type, below, name, in_list=True)
            return Listed(items, is_long=bool(below) and not in_list)
        if is_leaf_type(kind):
            return Leaf(kind)
        return self.fields(kind, below, in_list=in_list)


def _with_arguments(
    read: Callable[..., Any], definition: GraphQLField, node: FieldNode
) -> Callable[[Run, Any], Any]:
    if not definition.args:
        return read
    arguments = Arguments(definition, node)

    def reading(run: Run, source: Any) -> Any:
        return read(run, source, **arguments.values(run.variables))

    return reading


class _AsItIs:
    """A value that is JSON already."""

    is_plain = True

    def plain(self, run: Run, value: Any) -> Any:
        """Return it."""
        return value

    async def complete(self, run: Run, value: Any, path: Any) -> Any:
        """Return it."""
        return value


_AS_IT_IS = _AsItIs()


def _named(key: str, nodes: list[FieldNode], name: str) -> Field:
    def read(run: Run, source: Any) -> Any:
        return name

    return Field(key=key, nodes=nodes, read=read, is_plain=True, shape=_AS_IT_IS)
