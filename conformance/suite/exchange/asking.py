"""Answers of the exchange API as they come: what is taken, what is denied, and how to ask both.

The typed calls of the adapter end with an exception where something is refused; here the whole
answer counts, its data beside its errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from conformance.judging import NEVER, Refused, expect, observe
from conformance.targets.exchange import REFUSED, ExchangeTarget, Reply
from conformance.targets.exchange_documents import Document
from conformance.targets.exchange_errors import refusal

SESSION = "query user_getUserSession { user_getUserSession { user { userId } } }"
"""The least that can be asked, in the form of the published SDK 0.0.24."""

T = TypeVar("T")

CRASH_STATUS = 500
"""From here on, a status of HTTP says that the server has failed."""

_UNIQUE = re.compile(r"[0-9a-fA-F]{4,}(?:-[0-9a-fA-F]{4,})*")
_HEX = str.maketrans("0123456789abcdefABCDEF", "5678901234defabcDEFABC")


def taken(reply: Reply, what: str) -> Mapping[str, Any]:
    """The data of an answer; fails unless it is complete and without errors."""
    right = reply.status == 200 and not reply.errors and reply.data is not None
    expect(right, what, got=brief(reply), wanted="status 200, data, no errors")
    return reply.data or {}


def wrong(reply: Reply, what: str, *, statuses: Collection[int] = (200, 400)) -> Reply:
    """Fail unless a request that is wrong in itself is answered with errors and without data."""
    right = reply.status in statuses and reply.errors and not reply.has_data
    wanted = f"status {' or '.join(map(str, statuses))}, errors, no data"
    expect(right, what, got=brief(reply), wanted=wanted)
    code = refusal(what, reply).code
    expect(code not in NEVER, what, got=brief(reply), wanted="an error that says what is wrong")
    return reply


def denied(
    view: ExchangeTarget, document: Document, what: str, *, hidden: Collection[str] = ()
) -> Reply:
    """Fail unless a caller is told nothing of what is not theirs, or does not exist.

    Null without an error is a legal reading.

    Args:
        view: who asks.
        document: what is asked.
        what: in words.
        hidden: texts that the answer must not have.
    """
    reply = view.post(document.body())
    expect(not reply.has_data, what, got=brief(reply), wanted="no data")
    if reply.errors or reply.status != 200:
        code = refusal(document.operation.name, reply).code
        expect(code in REFUSED, what, got=brief(reply), wanted="a refusal")
    else:
        observe("null without an error")
    body = reply.body.decode(errors="replace")
    told = [text for text in hidden if text in body]
    expect(not told, f"{what}, text of the answer", got=told, wanted="nothing of what it is about")
    return reply


def reached(view: ExchangeTarget, call: Callable[[], T], what: str) -> T:
    """What a call gives once the caller may make it, which may take a while after a write.

    Raises:
        Nonconformance: it is refused for longer than that.
    """

    def look() -> T | None:
        try:
            return call()
        except Refused as refusal_:
            if refusal_.code in NEVER:
                raise
            return None

    return view.settled(look, what=what)


def form_of(reply: Reply) -> tuple[int, tuple[tuple[str, str], ...]]:
    """How an answer refuses: status, types and messages, without what differs from call to call."""
    errors = tuple((kind, _UNIQUE.sub("…", _message(error))) for kind, error in _kinds(reply))
    return reply.status, errors


def still_answers(exchange: ExchangeTarget, after: str) -> None:
    """Fail unless the next call works."""
    taken(exchange.post({"query": SESSION}), f"call after {after}")


def lasting(value: Any) -> Any:
    """Data without what every call may change."""
    if isinstance(value, Mapping):
        return {key: lasting(item) for key, item in value.items() if key != "lastActive"}
    return [lasting(item) for item in value] if isinstance(value, list) else value


def elsewhere(id: str) -> str:
    """An id of the same form that is another one."""
    return id[:-12] + id[-12:].translate(_HEX)


def brief(reply: Reply) -> str:
    """An answer in a line."""
    text = " ".join(reply.body[:400].decode(errors="replace").split())
    return f"HTTP {reply.status} {text}"


def _kinds(reply: Reply) -> zip[tuple[str, Any]]:
    return zip(reply.kinds, reply.errors, strict=True)


def _message(error: Any) -> str:
    return str(error.get("message")) if isinstance(error, Mapping) else repr(error)
