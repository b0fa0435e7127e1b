"""A history of the exchange API: what each document asks for, and what its field was answered.

Documents are any GraphQL that asks one thing: one operation, one field without alias, arguments
inlined or as variables. Others are passed over, as what they answer goes by names of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from graphql import GraphQLError, OperationDefinitionNode, parse
from graphql.language import FieldNode
from graphql.utilities import value_from_ast_untyped

from conformance.histories.history import Call, History, Stream
from conformance.histories.walks import Listed, Walk, walks
from conformance.targets.exchange_contract import Operation, Schema, schema
from conformance.targets.exchange_session import HEADER
from conformance.targets.profile import ExchangeProfile, Target

REFUSED = "RejectedRecordsException"
OBJECT = ("GET ", "PUT ", "HEAD ", "DELETE ", "POST ")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Asked:
    """A call of one operation: its arguments, and what its field holds, None if nothing."""

    call: Call
    operation: Operation
    arguments: Mapping[str, Any]
    value: Any

    @property
    def caller(self) -> str:
        """Who asked."""
        return self.call.line.caller


class View:
    """What the rules of this API read."""

    def __init__(self, history: History, target: Target) -> None:
        self.history = history
        self.profile = target.services.exchange or ExchangeProfile()
        self.schema: Schema = schema()
        self._names = {operation.name: operation for operation in self.schema.operations()}
        self._other = 0

    @property
    def notes(self) -> Iterator[str]:
        """What was passed over."""
        if self._other:
            yield f"exchange: {self._other} calls ask for more than one thing, and are left out"

    @property
    def calls(self) -> list[Call]:
        """Everything that was posted, whatever it asks for."""
        calls = self.history.calls.get("exchange", ())
        return [call for call in calls if not call.method.startswith(OBJECT)]

    @property
    def objects(self) -> list[Call]:
        """Uploads and downloads by their URLs."""
        calls = self.history.calls.get("exchange", ())
        return [call for call in calls if call.method.startswith(OBJECT)]

    @cached_property
    def asked(self) -> list[Asked]:
        """Calls that ask one thing."""
        found = []
        for call in self.calls:
            request = call.line.request if isinstance(call.line.request, Mapping) else {}
            text = request.get("query")
            read = _field(text) if isinstance(text, str) else None
            operation = self._names.get(read.name.value) if read is not None else None
            if read is None or operation is None:
                self._other += 1
                continue
            variables = request.get("variables")
            given = variables if isinstance(variables, Mapping) else {}
            arguments = {
                each.name.value: value_from_ast_untyped(each.value, dict(given))
                for each in read.arguments or ()
            }
            reply = call.line.reply if isinstance(call.line.reply, Mapping) else {}
            data = reply.get("data") if isinstance(reply.get("data"), Mapping) else {}
            value = (data or {}).get(operation.name) if call.ok else None
            found.append(Asked(call=call, operation=operation, arguments=arguments, value=value))
        return found

    def of(self, name: str, *, ok: bool | None = True) -> list[Asked]:
        """Calls of an operation: answered with something, not, or both for None."""
        return [
            a for a in self.asked if a.operation.name == name and ok in (None, a.value is not None)
        ]

    def pages(self, name: str, items: str = "") -> list[Walk]:
        """Walks over the pages of an operation, by next tokens."""
        listed = []
        for asked in self.of(name):
            if not isinstance(asked.value, Mapping):
                continue
            said = {k: v for k, v in asked.arguments.items() if k in ("timeSeriesDbId",)}
            listed.append(
                Listed(
                    call=asked.call,
                    scope=(asked.caller, repr(sorted(said.items()))),
                    query=None,
                    token=str(asked.arguments.get("nextToken") or ""),
                    next=str(asked.value.get("nextToken") or ""),
                    items=tuple(asked.value.get(items) or ()),
                    page=asked,
                )
            )
        return list(walks(listed))

    @property
    def sockets(self) -> list[Stream]:
        """Connections of AppSync's real-time protocol."""
        return self.history.streams.get("exchange", [])

    @staticmethod
    def anonymous(call: Call) -> bool:
        """Whether a call surely had no token: its headers are told, and that is not among them."""
        sent = call.line.raw.get("metadata")
        if not isinstance(sent, list) or not sent:
            return False
        return HEADER.lower() not in {str(name).lower() for name in sent}


@cache
def _field(text: str) -> FieldNode | None:
    """The one field that a document asks for; None if it asks for another number, or by alias."""
    try:
        document = parse(text)
    except (GraphQLError, RecursionError):
        return None
    nodes = document.definitions
    if len(nodes) != 1 or not isinstance(nodes[0], OperationDefinitionNode):
        return None
    chosen = nodes[0].selection_set.selections
    if len(chosen) != 1 or not isinstance(chosen[0], FieldNode) or chosen[0].alias is not None:
        return None
    return chosen[0]
