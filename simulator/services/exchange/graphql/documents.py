"""Documents on their way to execution: within bounds, parsed, valid. What was used is kept.

Parsing and checking cost graphql-core tens of microseconds for each token, and are the same for
everyone. So documents of ordinary size are kept for the next request with the same text, and large
ones, which hold their values inside, are prepared on threads beside the event loop.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import thread_time
from typing import Any, Final, TypeVar

from graphql import (
    ASTValidationRule,
    DirectiveNode,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    parse,
    specified_rules,
    validate,
    visit,
)

from simulator.services.exchange.errors import ExchangeError, invalid, limit
from simulator.services.exchange.graphql.limits import Limits, check_document
from simulator.services.exchange.graphql.literals import Shape, shape_of
from simulator.services.exchange.graphql.plan import planned
from simulator.services.exchange.graphql.shapes import Fields
from simulator.services.exchange.graphql.variables import Arguments, Declared, Variables

_TOKEN: Final = re.compile(
    r"""[\s,\ufeff]++|\#[^\r\n]*+
    |\"{3}(?:[^"\\]++|\\.|"(?!""))*+(?:\"{3})?   # block text; one without an end takes all
    |"(?:[^"\\\r\n]++|\\.)*+"?
    |(?P<open>[{\[(])|(?P<close>[}\])])
    |[\w.+-]++|.""",
    re.VERBOSE | re.DOTALL,
)
"""Near enough to the grammar's tokens to count them, in one pass whatever the text is."""
_MEDIUM: Final = 16_000
"""Characters of a document that is kept, and of one whose values are taken out at once: that takes
a few milliseconds, too."""
_SHORT: Final = 2_000
"""Characters of a document that is prepared at once: a few milliseconds."""
_KEPT: Final = 200_000
"""Characters of the documents that are kept; what graphql-core makes of them is 100 times that."""


T = TypeVar("T")
_CHOICES: Final = 16
"""Plans that are kept for one operation, for different choices of its directives."""


class Refused(Exception):
    """A document that cannot be executed, with the reasons."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__(*errors)
        self.errors = errors


class Operation:
    """An operation of a valid document.

    Args:
        schema: what the document is valid for.
        document: with the fragments.
        node: the operation.
    """

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, node: OperationDefinitionNode
    ) -> None:
        self._schema = schema
        self._document = document
        self.node = node
        self.declared = Declared(schema, tuple(node.variable_definitions or ()))
        self._decisive = _decisive(document)
        self._plans: dict[tuple[Any, ...], Fields] = {}

    @property
    def kind(self) -> OperationType:
        """Whether it is a query, a mutation or a subscription."""
        return self.node.operation

    def plan(self, variables: Variables) -> Fields:
        """Return how to carry it out with some variables."""
        choice = tuple(repr(variables.given.get(name)) for name in self._decisive)
        if (plan := self._plans.get(choice)) is None:
            plan = planned(self._schema, self._document, self.node, variables)
            if len(self._plans) < _CHOICES:
                self._plans[choice] = plan
        return plan

    def subscribed(self, variables: Variables) -> tuple[str, dict[str, Any]]:
        """Return name and arguments of a subscription's only field."""
        kind = self._schema.subscription_type
        if kind is None:
            raise ValueError("the schema knows no subscriptions")
        (node,) = self.plan(variables).nodes
        name = node.name.value
        return name, Arguments(kind.fields[name], node).values(variables)


def _decisive(document: DocumentNode) -> tuple[str, ...]:
    """Return the variables that directives of a document ask for."""
    found = _Asked()
    visit(document, found)
    return tuple(sorted(found.names))


class _Asked(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        for argument in node.arguments or ():
            if isinstance(argument.value, VariableNode):
                self.names.add(argument.value.name.value)


@dataclass(frozen=True, kw_only=True)
class Document:
    """A valid document."""

    tree: DocumentNode
    operations: Mapping[str | None, Operation]
    """By name."""

    def operation(self, name: str | None) -> Operation:
        """Return the operation of that name, or the only one where none is named.

        Raises:
            Refused: there is none, or more than one.
        """
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        found = self.operations.get(name)
        if found is None:
            text = "is needed, there are several operations" if name is None else "is not there"
            raise Refused(invalid(f"operationName: {name or 'it'} {text}"))
        return found


class Documents:
    """Prepares documents for a schema.

    Args:
        schema: what they are valid for.
        limits: what they may hold.
    """

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._size = 0
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="graphql")

    async def shape(self, text: str) -> Shape | None:
        """Return the shape of a document that is to be prepared by its shape; None: by itself.

        Raises:
            Refused: it breaks a bound.
        """
        if text in self._kept:
            return None
        try:
            if len(text) <= _MEDIUM:
                return shape_of(text, self._schema, self._limits)
            return await self._beside(shape_of, text, self._schema, self._limits)
        except ExchangeError as error:
            raise Refused(error) from None

    async def prepared(self, text: str) -> Document:
        """Return the document of a text.

        Raises:
            Refused: it breaks a bound, the grammar or a rule.
        """
        if (document := self._kept.get(text)) is not None:
            self._kept.move_to_end(text)
            return document
        if len(text) <= _SHORT:
            document = self._prepare(text)
        else:
            document = await self._beside(self._prepare, text)
        if len(text) <= _MEDIUM and text not in self._kept:
            self._keep(text, document)
        return document

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _beside(self, work: Callable[..., T], *arguments: Any) -> T:
        """Do something on a thread, which leaves the event loop to others."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    def _keep(self, text: str, document: Document) -> None:
        self._kept[text] = document
        self._size += len(text)
        while self._size > _KEPT:
            dropped, _ = self._kept.popitem(last=False)
            self._size -= len(dropped)

    def _prepare(self, text: str) -> Document:
        try:
            _check_text(text, self._limits)
            tree = parse(text)
            check_document(tree, self._limits)
            rules = (_deadline(self._limits.check_s), *specified_rules)
            if errors := validate(self._schema, tree, rules, max_errors=20):
                raise Refused(*errors)
        except (GraphQLError, ExchangeError) as error:
            raise Refused(error) from None
        except RecursionError:
            raise Refused(limit("the document nests too deeply")) from None
        operations = {
            None if each.name is None else each.name.value: Operation(self._schema, tree, each)
            for each in tree.definitions
            if isinstance(each, OperationDefinitionNode)
        }
        return Document(tree=tree, operations=operations)


def _deadline(seconds: float) -> type[ASTValidationRule]:
    """Return a rule that gives validation up once this thread has worked for so long on it."""
    until = thread_time() + seconds

    class Deadline(ASTValidationRule):
        def enter(self, *_: Any) -> None:
            if thread_time() > until:
                raise limit(f"checking the document takes more than {seconds:g} s")

    return Deadline


def _check_text(text: str, limits: Limits) -> None:
    """Refuse a text of too many tokens, or of brackets within too many brackets."""
    depth = 0
    for number, match in enumerate(_TOKEN.finditer(text)):
        kind = match.lastgroup
        if kind == "open":
            depth += 1
            if depth > limits.nesting:
                raise limit(f"the document nests more than {limits.nesting} brackets")
        elif kind == "close":
            depth -= 1
        # Spaces between two tokens are counted like a token.
        if number > 2 * limits.tokens:
            raise limit(f"the document has more than {limits.tokens} tokens")
