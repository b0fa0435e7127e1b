"""Calls of the exchange API as one caller makes them: recorded, guarded, written down.

What a call makes is kept for removal, whichever way it was sent: by its answer. URLs that carry
their own permission are shown without it.
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import grpc

from conformance.failures import NotApplicable, TargetLost
from conformance.recorder import Recorder, Step, now_us
from conformance.targets.credentials import Headers
from conformance.targets.exchange_codec import decoded
from conformance.targets.exchange_documents import Document
from conformance.targets.exchange_errors import GraphRefused, Reply, malformed, null, refusal
from conformance.targets.exchange_session import ExchangeSession
from conformance.targets.http_client import HttpClient, HttpError
from conformance.targets.journal import Made

MAKES: Mapping[str, tuple[str, str]] = {
    "storage_createDataStore": ("store", "dataStoreId"),
    "storage_createDataStoreDirectory": ("directory", "dataStoreDirectoryId"),
    "storage_createDataStoreFile": ("file", "itemId"),
    "timeSeriesDb_createDatabase": ("database", "timeSeriesDbId"),
    "user_createAuthenticationToken": ("token", "tokenId"),
    "platformAdmin_createCollaborative": ("collaborative", "collaborativeId"),
    "platformAdmin_createUser": ("user", "userId"),
    "platformAdmin_createOrganization": ("organization", "organizationId"),
}
"""What an operation makes, and the key of its answer that tells the id."""

REMOVES: Mapping[str, tuple[str, str]] = {
    "storage_deleteDataStore": ("store", "dataStoreId"),
    "storage_deleteDataStoreDirectory": ("directory", "dataStoreDirectoryId"),
    "storage_deleteDataStoreFile": ("file", "dataStoreFileId"),
    "timeSeriesDb_deleteDatabase": ("database", "timeSeriesDbId"),
    "user_deleteAuthenticationToken": ("token", "tokenId"),
    "platformAdmin_deleteCollaborative": ("collaborative", "collaborativeId"),
    "platformAdmin_deleteUser": ("user", "userId"),
    "platformAdmin_deleteOrganization": ("organization", "organizationId"),
}
"""What an operation removes, and the key of its arguments and answer that tells the id."""

ALIVE_S = 3.0
"""How long an address may take to accept a connection after one broke."""

_OPERATION = re.compile(r"\b(?:query|mutation|subscription)\b\s*(\w*)")
_WRITE = re.compile(r"\bmutation\b")
_SIGNED = re.compile(r"(https?://[^\s\"'<>?]+)\?([^\s\"'<>]+)")


OTHER_HEADERS = "other headers"
"""The caller of a call that sends headers of its own instead of its credentials."""


@dataclass(kw_only=True)
class Log:
    """What one check has made, for all of its callers, in the order of making."""

    made: list[Made] = field(default_factory=list)


class Caller:
    """One caller of the API.

    Args:
        session: what all checks of the process share.
        recorder: what this check says and hears.
        client: address and credentials.
        role: whose credentials they are; what is made is removed by the same role.
        log: what this check has made.
        speaker: who is shown in the record; the role if it is left out.
    """

    def __init__(
        self,
        session: ExchangeSession,
        recorder: Recorder,
        client: HttpClient,
        role: str,
        log: Log,
        speaker: str | None = None,
    ) -> None:
        self.session = session
        self.recorder = recorder
        self.client = client
        self.role = role
        self.log = log
        self.speaker = speaker or role

    def call(self, document: Document, *, cleaning: bool = False) -> Any:
        """One call; what its field holds, as values of `oracles.exchange.model`.

        Raises:
            GraphRefused: there are errors, or the field is null.
            Nonconformance: the answer is not what the schema says.
            NotApplicable: it writes, and nothing may be written.
            TargetLost: nobody answers.
        """
        operation = document.operation
        reply = self.post(document.body(), cleaning=cleaning)
        if reply.errors or reply.status != 200 or reply.document is None:
            raise refusal(operation.name, reply)
        value = (reply.data or {}).get(operation.name)
        if value is None and not (operation.field.type.is_list and operation.kind == "query"):
            raise null(operation.name, reply)
        return decoded(operation, value)

    def post(
        self,
        body: Mapping[str, Any] | str | bytes,
        *,
        headers: Headers | None = None,
        cleaning: bool = False,
    ) -> Reply:
        """Any body, and the answer whatever it is.

        Args:
            body: a JSON object, or the bytes of one.
            headers: replace the credentials; the content type stays unless it is among them.
            cleaning: spends from what was kept back.

        Raises:
            GraphRefused: the connection broke, or no answer came in time.
            NotApplicable: it writes, and nothing may be written.
            TargetLost: nobody answers.
        """
        data = _encoded(body)
        text = data.decode(errors="replace")
        writes = bool(_WRITE.search(text))
        if writes and not self.session.writes:
            raise NotApplicable("writes not allowed (--allow-writes)")
        sent = self.client.headers() if headers is None else list(headers)
        if not any(name.lower() == "content-type" for name, _ in sent):
            sent.append(("Content-Type", "application/json"))
        creates = writes and any(f"{name}" in text for name in MAKES) and not cleaning
        said = _json(data) or {"body": text}
        found = _OPERATION.search(str(said.get("query")))
        step: dict[str, Any] = {
            "kind": "call",
            "method": (found[1] if found else "") or "POST",
            "request": shown(said if self.speaker == "owner" else {"as": self.speaker, **said}),
            "metadata": tuple(name for name, _ in sent),
            "caller": self.speaker if headers is None else OTHER_HEADERS,
        }
        answer = self._answered(step, data, sent, creates, cleaning, repeatable=not writes)
        document = _json(answer.body)
        reply = Reply(
            status=answer.status, headers=answer.headers, body=answer.body, document=document
        )
        self.session.odd_errors += [odd for error in reply.errors if (odd := malformed(error))]
        made = self._note(reply, cleaning)
        if creates and not made:
            self.client.budget.release()
        return reply

    def _answered(
        self,
        step: Mapping[str, Any],
        data: bytes,
        headers: Headers,
        creates: bool,
        cleaning: bool,
        *,
        repeatable: bool,
    ) -> Any:
        for attempt in (0, 1):
            at_us, began = now_us(), time.perf_counter()
            try:
                answer = self.client.call(
                    "POST",
                    "",
                    headers=headers,
                    body=data,
                    creates=creates and not attempt,
                    cleaning=cleaning,
                )
            except HttpError as error:
                took_ms = (time.perf_counter() - began) * 1000
                code = (
                    grpc.StatusCode.DEADLINE_EXCEEDED
                    if error.late
                    else (grpc.StatusCode.UNAVAILABLE)
                )
                self.recorder.add(
                    Step(**step, at_us=at_us, code=code.name, details=str(error), took_ms=took_ms)
                )
                if creates:
                    self.client.budget.release()
                if not alive(self.client.url, ALIVE_S):
                    raise TargetLost(f"{self.client.url} does not answer: {error}") from None
                if repeatable and not attempt and not error.late:
                    continue
                raise GraphRefused(step["method"], code, str(error)) from None
            took_ms = (time.perf_counter() - began) * 1000
            self.recorder.add(_answered_step(step, answer, at_us, took_ms))
            return answer
        raise AssertionError("unreachable: the second attempt returns or raises")

    def _note(self, reply: Reply, cleaning: bool) -> int:
        """Write down what the answer says was made or removed; how many things were made."""
        count = 0
        for name, value in (reply.data or {}).items():
            if not isinstance(value, Mapping):
                continue
            if name in MAKES and isinstance(id_ := value.get(MAKES[name][1]), str):
                self.made(MAKES[name][0], id_)
                count += 1
            elif name in REMOVES and isinstance(id_ := value.get(REMOVES[name][1]), str):
                self.removed(REMOVES[name][0], id_, cleaning=cleaning)
        return count

    def made(self, kind: str, id_: str) -> None:
        """Remember something that has to be removed."""
        made = Made(service="exchange", parent=f"{kind}/{self.role}", id=id_)
        self.log.made.append(made)
        self.session.journal.created(made)

    def removed(self, kind: str, id_: str, *, cleaning: bool = False) -> None:
        """Remember that something is gone, whoever made it; cleaning has spent what was kept."""
        for made in [m for m in self.log.made if m.id == id_ and m.parent.startswith(f"{kind}/")]:
            self.log.made.remove(made)
            self.session.journal.removed(made)
            if not cleaning:
                self.client.budget.release()


def alive(url: str, within_s: float) -> bool:
    """Whether somebody accepts connections at the host and port of a URL."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme in ("https", "wss") else 80)
    try:
        socket.create_connection((parts.hostname or "", port), timeout=within_s).close()
    except OSError:
        return False
    return True


def shown(value: Any) -> Any:
    """The same data for the record: signatures of URLs and new tokens as digests of them."""
    if isinstance(value, str):
        return _SIGNED.sub(lambda found: f"{found[1]}?{_digest(found[2])}", value)
    if isinstance(value, Mapping):
        return {
            key: _digest(item) if key == "tokenValue" and isinstance(item, str) else shown(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [shown(item) for item in value]
    return value


def _digest(text: str) -> str:
    return f"…{hashlib.sha256(text.encode(errors='replace')).hexdigest()[:6]}"


def _answered_step(step: Mapping[str, Any], answer: Any, at_us: int, took_ms: float) -> Step:
    document = _json(answer.body)
    errors = (document or {}).get("errors")
    if isinstance(errors, list) and errors:
        first = errors[0] if isinstance(errors[0], Mapping) else {}
        code = str(first.get("errorType") or "errors")
        code = code if answer.status == 200 else f"HTTP {answer.status} {code}"
        details = json.dumps(document, ensure_ascii=False)[:2000]
    elif answer.status != 200 or document is None:
        code, details = f"HTTP {answer.status}", answer.body[:2000].decode(errors="replace")
    else:
        code, details = "", ""
    return Step(
        **step,
        at_us=at_us,
        took_ms=took_ms,
        code=code,
        details=shown(details),
        reply=None if code else shown(document),
    )


def _encoded(body: Mapping[str, Any] | str | bytes) -> bytes:
    if isinstance(body, bytes):
        return body
    return (body if isinstance(body, str) else json.dumps(body)).encode()


def _json(data: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
