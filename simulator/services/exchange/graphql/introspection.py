"""What clients ask about the schema itself: graphql-core answers that, on a thread of its own.

Such a question is answered out of the schema alone, and can be as large as the schema.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    execute_sync,
)

from simulator.services.exchange.graphql.run import Run

_NAMES: Final = ("__schema", "__type")


def is_introspection(name: str) -> bool:
    """Whether a field of the query type asks about the schema."""
    return name in _NAMES


def introspected(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    nodes: Sequence[FieldNode],
) -> Callable[[Run, Any], Any]:
    """Return what reads such a field, as JSON.

    Args:
        schema: asked about.
        document: with the fragments that are used.
        operation: that the field belongs to, for its variables.
        nodes: the field, as often as it stands in the operation.
    """
    alone = OperationDefinitionNode(
        operation=OperationType.QUERY,
        variable_definitions=operation.variable_definitions,
        directives=(),
        selection_set=SelectionSetNode(selections=tuple(nodes)),
    )
    fragments = (each for each in document.definitions if isinstance(each, FragmentDefinitionNode))
    question = DocumentNode(definitions=(alone, *fragments))
    key = nodes[0].alias.value if nodes[0].alias else nodes[0].name.value

    def answer(variables: dict[str, Any]) -> Any:
        result = execute_sync(schema, question, variable_values=variables)
        if result.errors:
            raise result.errors[0]
        return None if result.data is None else result.data[key]

    def read(run: Run, source: Any) -> Any:
        return asyncio.to_thread(answer, dict(run.variables.given))

    return read
