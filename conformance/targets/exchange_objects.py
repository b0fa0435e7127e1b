"""Uploads and downloads at presigned URLs: no credentials, no content type, recorded.

A URL may lead to another host than that of the API. What it asks with is its permission, so it is
shown as a digest; equal digests are equal permissions.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import grpc

from conformance.failures import NotApplicable, TargetLost, UsageError
from conformance.recorder import Recorder, Step, now_us
from conformance.targets.credentials import Credentials, Headers
from conformance.targets.exchange_calls import ALIVE_S, alive, shown
from conformance.targets.exchange_errors import GraphRefused
from conformance.targets.exchange_session import ExchangeSession
from conformance.targets.http_client import Answer, HttpClient, HttpError

SHOWN_BYTES = 200
"""So much of a body is shown."""

PUT_OFF = 503
"""How S3 says that a request should come again; a fault that another check orders looks so too."""


class Objects:
    """What one check does with URLs that carry their own permission.

    Args:
        session: what all checks of the process share.
        recorder: what this check says and hears.
    """

    def __init__(self, session: ExchangeSession, recorder: Recorder) -> None:
        self.session = session
        self.recorder = recorder

    def put(self, url: str, data: bytes, *, chunked: bool | None = None) -> Answer:
        """Upload bytes, as the published SDK does; what is put off (503) is asked once more.

        Args:
            url: as the API gave it.
            data: the whole content.
            chunked: whether to send it without a length; None: only if it is empty.
        """
        in_chunks = not data if chunked is None else chunked
        pieces = [data[at : at + 65536] for at in range(0, len(data), 65536)]
        answer = self.request("PUT", url, body=pieces if in_chunks else data)
        if answer.status == PUT_OFF:
            answer = self.request("PUT", url, body=pieces if in_chunks else data)
        return answer

    def get(self, url: str, *, headers: Headers | None = None) -> Answer:
        """Download, perhaps a part: `headers=[("Range", "bytes=0-9")]`."""
        return self.request("GET", url, headers=headers)

    def head(self, url: str) -> Answer:
        """Ask for the headers of a download alone."""
        return self.request("HEAD", url)

    def request(
        self,
        verb: str,
        url: str,
        *,
        headers: Headers | None = None,
        body: bytes | Iterable[bytes] | None = None,
    ) -> Answer:
        """Any request, and its answer whatever the status.

        Raises:
            GraphRefused: the connection broke, or no answer came in time.
            NotApplicable: it writes, and nothing may be written.
            TargetLost: nobody answers.
        """
        if verb not in ("GET", "HEAD") and not self.session.writes:
            raise NotApplicable("writes not allowed (--allow-writes)")
        client, target = self._client(url)
        # `http.client` adds a length or chunks, and nothing else that the SDK would not send.
        given = [] if headers is None else headers
        step: dict[str, Any] = {
            "kind": "call",
            "method": f"{verb} {shown(url)}",
            "request": _shown_body(body),
            "metadata": tuple(name for name, _ in given) or None,
            "at_us": now_us(),
            "caller": "nobody",
        }
        began = time.perf_counter()
        try:
            answer = client.call(verb, target, headers=given, body=body)
        except HttpError as error:
            late = grpc.StatusCode.DEADLINE_EXCEEDED
            code = late if error.late else grpc.StatusCode.UNAVAILABLE
            self.recorder.add(Step(**step, code=code.name, details=str(error)))
            if not alive(url, ALIVE_S):
                raise TargetLost(f"{client.url} does not answer: {error}") from None
            raise GraphRefused(f"{verb} of an object", code, str(error)) from None
        took_ms = (time.perf_counter() - began) * 1000
        failed = answer.status >= 400
        self.recorder.add(
            Step(
                **step,
                code=f"HTTP {answer.status}" if failed else "",
                details=shown(answer.body[:2000].decode(errors="replace")) if failed else "",
                reply={"status": answer.status, **_shown_body(answer.body)},
                took_ms=took_ms,
            )
        )
        return answer

    def cut_upload(self, url: str, data: bytes, *, promised: int) -> None:
        """Begin an upload of `promised` bytes, send only `data` of it, and hang up.

        Raises:
            TargetLost: nobody answers.
        """
        if not self.session.writes:
            raise NotApplicable("writes not allowed (--allow-writes)")
        parts = urlsplit(url)
        self.session.budget.spend()
        secure = parts.scheme == "https"
        address = (parts.hostname or "", parts.port or (443 if secure else 80))
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        head = (
            f"PUT {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: */*\r\n"
            f"Content-Length: {promised}\r\n\r\n"
        )
        step = {"bytes": len(data), "of": promised}
        self.recorder.add(
            Step(kind="call", method=f"PUT {shown(url)}", request=step, at_us=now_us())
        )
        try:
            with socket.create_connection(address, timeout=self.session.profile.deadline) as raw:
                if not secure:
                    raw.sendall(head.encode() + data)
                    return
                context = ssl.create_default_context(cafile=self._authority(url))
                with context.wrap_socket(raw, server_hostname=parts.hostname) as sock:
                    sock.sendall(head.encode() + data)
        except OSError as error:
            raise TargetLost(f"{parts.netloc} does not answer: {error}") from None

    def _client(self, url: str) -> tuple[HttpClient, str]:
        parts = urlsplit(url)
        own = urlsplit(self.session.client.url)
        same = (parts.scheme, parts.netloc) == (own.scheme, own.netloc)
        try:
            client = HttpClient(
                f"{parts.scheme}://{parts.netloc}",
                tls=self.session.target.tls if same else None,
                credentials=Credentials(),
                budget=self.session.budget,
                deadline_s=self.session.profile.deadline,
            )
        except (UsageError, ValueError):
            raise GraphRefused(
                "URL of an object", grpc.StatusCode.FAILED_PRECONDITION, f"no URL: {shown(url)!r}"
            ) from None
        return client, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def _authority(self, url: str) -> str | None:
        tls = self.session.target.tls
        own = urlsplit(self.session.client.url).netloc == urlsplit(url).netloc
        return str(tls.ca) if own and tls and tls.ca else None


def _shown_body(body: bytes | Iterable[bytes] | None) -> dict[str, Any]:
    if body is None:
        return {}
    chunked = not isinstance(body, bytes)
    data = body if isinstance(body, bytes) else b"".join(body)
    shown_part = {"text": shown(data[:SHOWN_BYTES].decode(errors="replace")), "bytes": len(data)}
    return {**shown_part, "chunked": True} if chunked else shown_part
