"""One GraphQL request from body to answer, whatever carries it; callable in-process.

The statuses are those of AppSync: 200 whatever comes of a document, 400 for what is no request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLError,
    NoSchemaIntrospectionCustomRule,
    OperationType,
    SourceLocation,
    validate,
)

from simulator.services.exchange.errors import ExchangeError, invalid
from simulator.services.exchange.faults import FaultKind, Faults
from simulator.services.exchange.graphql.binding import schema
from simulator.services.exchange.graphql.documents import Documents, Operation, Refused
from simulator.services.exchange.graphql.errors import (
    INTERNAL,
    MALFORMED,
    failed,
    refusal,
    refusal_of,
    wire_error,
)
from simulator.services.exchange.graphql.limits import DEFAULTS, Limits, check_variables
from simulator.services.exchange.graphql.operations import SQL
from simulator.services.exchange.graphql.request import (
    MalformedRequest,
    Request,
    read_request,
    request_of,
)
from simulator.services.exchange.graphql.run import Call, Run
from simulator.services.exchange.graphql.subscription import EventFeed, listen
from simulator.services.exchange.graphql.variables import BadVariables, Variables

if TYPE_CHECKING:
    from simulator.services.exchange.people import User
    from simulator.services.exchange.service import ExchangeService


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What comes of a request."""

    status: int
    """Of HTTP."""
    content: dict[str, Any]
    """A JSON value."""
    operations: tuple[str, ...] = ()
    """Names of what was called."""


@dataclass(frozen=True)
class _Prepared:
    """What a request asks for, and with which values."""

    operation: Operation
    variables: Variables
    locate: Callable[[int], SourceLocation] | None = None
    """Where in the client's document a position of the prepared one is; None: they are one."""


class Graphql:
    """Executes requests on a service.

    Args:
        service: what does the work.
        limits: what one request may ask for.
        introspection: whether clients may ask what there is.
        faults: what is ordered to go wrong; nothing by default.
        noted: told the name of each operation that is called.
    """

    def __init__(
        self,
        service: ExchangeService,
        limits: Limits = DEFAULTS,
        *,
        introspection: bool = True,
        faults: Faults | None = None,
        noted: Callable[[str], None] = lambda name: None,
    ) -> None:
        self.service = service
        self.limits = limits
        self.introspection = introspection
        self.faults = faults or Faults()
        self.noted = noted
        self.documents = Documents(schema(), limits)

    async def execute(
        self, caller: User, body: bytes | str | Mapping[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        """Return status and JSON for a body of a request.

        Args:
            caller: whose token came with it.
            body: as it was received, or the JSON value that it holds.

        Nothing is raised: what goes wrong is told in `errors`.
        """
        answer = await self.answer(caller, body)
        return answer.status, answer.content

    async def answer(self, caller: User, body: bytes | str | Mapping[str, Any]) -> Answer:
        """Return what `execute` does, and what was called."""
        try:
            request = request_of(body) if isinstance(body, Mapping) else read_request(body)
        except MalformedRequest as error:
            return Answer(status=400, content={"errors": [refusal(MALFORMED, str(error))]})
        try:
            prepared = await self._prepared(request)
            if prepared.operation.kind is OperationType.SUBSCRIPTION:
                raise Refused(invalid("subscriptions travel by WebSocket"))
        except Refused as error:
            return Answer(status=200, content=failed(wire_errors(error)))
        return await self._executed(caller, prepared)

    async def subscribe(self, caller: User, request: Request) -> EventFeed:
        """Return what follows a subscription.

        Raises:
            Refused: the document is none, or cannot be executed.
            ExchangeError: the caller may not listen to that.
        """
        prepared = await self._prepared(request)
        operation, variables = prepared.operation, prepared.variables
        if operation.kind is not OperationType.SUBSCRIPTION:
            raise Refused(invalid("queries and mutations travel by HTTP POST"))
        name, arguments = operation.subscribed(variables)
        self.noted(name)
        call = Call(service=self.service, caller=caller, noted=self.noted)
        return EventFeed(
            listen(self.service, caller, name, arguments),
            operation.plan(variables),
            lambda: Run(call, variables, self.limits.results),
            lambda: self.faults.due(FaultKind.DELAY_EVENT, name),
        )

    async def _prepared(self, request: Request) -> _Prepared:
        """Return what a request asks for.

        Raises:
            Refused: it cannot be executed.
        """
        try:
            check_variables(request.variables, self.limits)
        except ExchangeError as error:
            raise Refused(error) from None
        if not request.variables:
            shape = await self.documents.shape(request.query)
            if shape is not None:
                try:
                    document = await self.documents.prepared(shape.text)
                    operation = document.operation(request.operation_name)
                except Refused:
                    # What is wrong is told about the document that the client has sent.
                    pass
                else:
                    variables = operation.declared.literal(shape.values)
                    return _Prepared(operation, variables, shape.locate)
        document = await self.documents.prepared(request.query)
        if not self.introspection and "__" in request.query:
            errors = validate(schema(), document.tree, [NoSchemaIntrospectionCustomRule])
            if errors:
                raise Refused(*errors)
        operation = document.operation(request.operation_name)
        try:
            return _Prepared(operation, operation.declared.given(request.variables))
        except BadVariables as error:
            raise Refused(*error.errors) from None

    async def _executed(self, caller: User, prepared: _Prepared) -> Answer:
        plan = prepared.operation.plan(prepared.variables)
        ordered = {}
        for name in plan.names:
            if (fault := self.faults.due(FaultKind.DELAY, name)) is not None:
                await asyncio.sleep(fault.seconds)
            if (fault := self.faults.due(FaultKind.HTTP_ERROR, name)) is not None:
                content = {"errors": [refusal(INTERNAL, "this was ordered by the control API")]}
                return Answer(status=fault.status, content=content, operations=plan.names)
            if name == SQL and (fault := self.faults.due(FaultKind.EMPTY_PAGES, name)) is not None:
                ordered[name] = {"empty_pages": fault.pages}
        call = Call(service=self.service, caller=caller, noted=self.noted, ordered=ordered)
        run = Run(call, prepared.variables, self.limits.results)
        content = {"data": await plan.answer(run, None)}
        if run.errors:
            content["errors"] = [wire_error(each, prepared.locate) for each in run.errors]
        return Answer(status=200, content=content, operations=plan.names)

    def close(self) -> None:
        """End what works in the background."""
        self.documents.close()


def wire_errors(refused: Refused) -> list[dict[str, Any]]:
    """Return the error objects of a document that cannot be executed."""
    return [
        wire_error(each) if isinstance(each, GraphQLError) else refusal_of(each)
        for each in refused.errors
    ]
