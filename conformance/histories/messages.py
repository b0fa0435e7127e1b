"""Requests and replies of a history as messages of the API's contract, of either transport.

A line holds the JSON form of a message, or its bytes. What cannot be read as the message of its
method is None, and so is what no method of the contract has: it is told of, and not judged.
"""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import DecodeError

from conformance.histories.history import Call, Frame
from fixtures.contracts import Contract
from fixtures.contracts.contract import Method
from fixtures.contracts.http import HttpRule, Template

_REST = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (/\S*)")


class Messages:
    """Reads the messages of some services.

    Args:
        contract: that has the services.
        services: full names; no two have a method of one name.

    Attributes:
        unknown: how often methods were called that none of the services has.
        odd: numbers of lines whose content is not the message of its method.
    """

    def __init__(self, contract: Contract, services: Iterable[str]) -> None:
        self.methods: dict[str, Method] = {}
        for service in services:
            self.methods.update(contract.methods(service))
        self.unknown: Counter[str] = Counter()
        self.odd: list[int] = []
        self._routes = [
            (rule.verb, _pattern(rule.path), rule, method)
            for method in self.methods.values()
            for rule in method.rules
        ]

    def exchanges(self, calls: Iterable[Call]) -> Iterator[tuple[Call, Method, Any, Any]]:
        """Calls that can be read, with method, request and reply; None: the call was refused."""
        for call in calls:
            known = self.method(call)
            if known is None or known[1] is None:
                continue
            method, request = known
            reply = self.reply(method, call)
            if reply is not None or not call.ok:
                yield call, method, request, reply

    def method(self, call: Call) -> tuple[Method, Any] | None:
        """The method that a call or stream asks for, and its request; None if it has none.

        A request that is not that of the method is None beside it.
        """
        found = _REST.fullmatch(call.method)
        if found:
            return self._routed(call, found[1], found[2])
        method = self.methods.get(call.method)
        if method is None:
            self.unknown[call.method] += 1
            return None
        return method, self._read(call.line.request or {}, method.request, call.line.number)

    def reply(self, method: Method, event: Call | Frame) -> Any:
        """What was answered, None if nothing was or it cannot be read."""
        value = event.line.reply
        if value is None or event.line.code:
            return None
        if method.server_streaming and isinstance(value, Mapping):
            # Streams over REST wrap each message.
            if value.keys() == {"error"}:
                return None
            value = value["result"] if value.keys() == {"result"} else value
        return self._read(value, method.response, event.line.number)

    def notes(self, api: str) -> Iterator[str]:
        """What was passed over, a sentence each."""
        if self.unknown:
            names = ", ".join(f"{name} ({n})" for name, n in self.unknown.most_common(5))
            more = f" and {len(self.unknown) - 5} more" if len(self.unknown) > 5 else ""
            yield f"{api}: methods that it does not have are left out: {names}{more}"
        if self.odd:
            first = ", ".join(map(str, self.odd[:5]))
            yield f"{api}: {len(self.odd)} lines hold no message of their method: {first}"

    def _read(self, value: Any, kind: Any, number: int) -> Any:
        try:
            if isinstance(value, Mapping) and "bytes_base64" in value:
                return kind.FromString(base64.b64decode(value["bytes_base64"]))
            return ParseDict(value, kind(), ignore_unknown_fields=True)
        except (ParseError, DecodeError, TypeError, AttributeError, ValueError):
            self.odd.append(number)
            return None

    def _routed(self, call: Call, verb: str, path: str) -> tuple[Method, Any] | None:
        for known, pattern, rule, method in self._routes:
            match = pattern.fullmatch(path) if known == verb else None
            if match is None:
                continue
            request = call.line.request if isinstance(call.line.request, Mapping) else {}
            try:
                document = _document(rule, match, request, method.request.DESCRIPTOR)
            except (ValueError, TypeError, KeyError):
                return method, None
            return method, self._read(document, method.request, call.line.number)
        self.unknown[f"{verb} {path}" if len(path) < 60 else f"{verb} {path[:57]}…"] += 1
        return None


def _pattern(template: Template) -> re.Pattern[str]:
    parts: list[str] = []
    for at, segment in enumerate(template.segments):
        text = {"*": "[^/]+", "**": ".+"}.get(segment, re.escape(segment))
        opens = "".join(f"(?P<v{n}>" for n, v in enumerate(template.variables) if v.first == at)
        closes = ")" * sum(v.end == at + 1 for v in template.variables)
        parts.append(f"{opens}{text}{closes}")
    return re.compile(
        "/" + "/".join(parts) + (f":{re.escape(template.verb)}" * bool(template.verb))
    )


def _document(
    rule: HttpRule, match: re.Match[str], request: Mapping[str, Any], descriptor: Any
) -> dict[str, Any]:
    document: dict[str, Any] = {}
    if rule.body == "*":
        document = dict(json.loads(request.get("body") or "{}"))
    elif rule.body and request.get("body"):
        document[rule.body] = json.loads(request["body"])
    for name, value in request.get("query", []):
        _put(document, name.split("."), value, descriptor)
    for number, variable in enumerate(rule.path.variables):
        _put(document, variable.field.split("."), match[f"v{number}"], descriptor)
    return document


def _put(document: dict[str, Any], names: list[str], value: str, descriptor: Any) -> None:
    first, *rest = names
    field = next((f for f in descriptor.fields if first in (f.name, f.json_name)), None)
    if field is None:
        return
    if rest:
        if field.message_type is not None:
            _put(document.setdefault(field.name, {}), rest, value, field.message_type)
        return
    converted: Any = value
    if field.type == field.TYPE_BOOL:
        converted = value.lower() in ("true", "1")
    if _repeated(field):
        document.setdefault(field.name, []).append(converted)
    else:
        document[field.name] = converted


def _repeated(field: Any) -> bool:
    known = getattr(field, "is_repeated", None)
    return bool(field.label == 3 if known is None else known)
