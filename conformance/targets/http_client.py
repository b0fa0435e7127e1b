"""HTTP calls to one address with the standard library: TLS, credentials, deadlines, budget.

Each call has a connection of its own, so that a stream can be cut off without touching others.
"""

from __future__ import annotations

import http.client
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from socket import SHUT_RDWR, socket
from urllib.parse import urlsplit

from conformance.failures import UsageError
from conformance.targets.budget import LEAST_PAUSE_S, Budget
from conformance.targets.credentials import Credentials, Headers
from conformance.targets.profile import Tls

BLOCK = 65536


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back: the status, headers by lower-case name, and the body."""

    status: int
    headers: dict[str, str]
    body: bytes


def told_to_wait(answer: Answer) -> float | None:
    """Seconds after which a target that was asked too fast wants to be asked again; None: no such.

    429 with `Retry-After` in seconds says so (RFC 6585): such a call did nothing.
    """
    after = answer.headers.get("retry-after", "")
    return float(after) if answer.status == 429 and after.isdecimal() else None


class HttpError(OSError):
    """Nobody answered, or not in HTTP; `late`: not in time."""

    def __init__(self, text: str, *, late: bool = False) -> None:
        super().__init__(text)
        self.late = late


class Stream:
    """A body that is read as it comes; `close` may be called from another thread."""

    def __init__(
        self,
        answer: Answer,
        response: http.client.HTTPResponse,
        sock: socket,
        ended: Callable[[], None],
    ) -> None:
        self.answer = answer
        self._ended = ended
        self._response = response
        self._socket = sock
        self._closed = threading.Event()

    @property
    def closed(self) -> bool:
        """Whether we have ended it ourselves."""
        return self._closed.is_set()

    def blocks(self) -> Iterator[bytes]:
        """The body in pieces of any size.

        Raises:
            HttpError: the connection broke in the middle.
        """
        try:
            while block := self._response.read1(BLOCK):
                yield block
        except (OSError, http.client.HTTPException, ValueError) as error:
            if not self.closed:
                raise HttpError(str(error) or type(error).__name__) from None
        finally:
            # It holds the connection too, and must not be taken away from whoever reads it.
            self._response.close()
            self._ended()

    def close(self) -> None:
        """Cut the connection."""
        self._closed.set()
        with suppress(OSError):
            self._socket.shutdown(SHUT_RDWR)
        self._socket.close()
        self._ended()


class HttpClient:
    """One address and the credentials of one caller.

    Args:
        url: scheme, host, port and perhaps a path in front of every other.
        tls: files for `https`; None uses the authorities of the system.
        credentials: headers of every call.
        budget: shared by all clients of the process.
        deadline_s: of every call, and until a stream begins.

    Raises:
        UsageError: not such a URL, or a TLS file that cannot be read.
    """

    def __init__(
        self,
        url: str,
        *,
        tls: Tls | None,
        credentials: Credentials,
        budget: Budget,
        deadline_s: float = 10.0,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"http: {url} is no URL such as http://HOST:PORT")
        self.url = url.rstrip("/")
        self.tls = tls
        self.credentials = credentials
        self.budget = budget
        self.deadline_s = deadline_s
        self._host = parts.hostname
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._prefix = parts.path.rstrip("/")
        self._context = _context(tls) if parts.scheme == "https" else None

    def with_credentials(self, credentials: Credentials) -> HttpClient:
        """The same address for another caller."""
        return HttpClient(
            self.url,
            tls=self.tls,
            credentials=credentials,
            budget=self.budget,
            deadline_s=self.deadline_s,
        )

    def call(
        self,
        verb: str,
        target: str,
        *,
        headers: Headers | None = None,
        body: bytes | Iterable[bytes] | None = None,
        creates: bool = False,
        cleaning: bool = False,
    ) -> Answer:
        """One request and its whole answer, whatever the status.

        Args:
            verb: for instance `GET`.
            target: path and query, quoted.
            headers: replace the credentials.
            body: None sends none; pieces are sent in chunks, without a length.
            creates: keep a call back for removing what it makes.
            cleaning: spend from what was kept back.

        Raises:
            HttpError: nobody answers, or not in time.
            BudgetSpent: no call is left.
        """
        patient_until = time.monotonic() + self.deadline_s
        while True:
            if cleaning:
                self.budget.clean()
            else:
                self.budget.spend(creates=creates)
            answer = self._answered(verb, target, headers, body)
            pause_s = told_to_wait(answer)
            if (
                pause_s is None
                or not isinstance(body, bytes | None)
                or time.monotonic() + pause_s > patient_until
            ):
                return answer
            if creates:
                self.budget.release()
            time.sleep(max(pause_s, LEAST_PAUSE_S))

    def _answered(
        self,
        verb: str,
        target: str,
        headers: Headers | None,
        body: bytes | Iterable[bytes] | None,
    ) -> Answer:
        connection, response, _ = self._sent(verb, target, headers, body)
        try:
            return _answer(response, response.read())
        except (OSError, http.client.HTTPException) as error:
            raise _lost(error) from None
        finally:
            connection.close()

    def stream(
        self, verb: str, target: str, *, headers: Headers | None = None, body: bytes | None = None
    ) -> Stream:
        """One request, and an answer whose body is read bit by bit.

        Raises:
            HttpError: nobody answers, or not in time.
            BudgetSpent: no call, or no place for a stream, is left.
        """
        ended = self.budget.open_stream()
        try:
            _, response, sock = self._sent(verb, target, headers, body)
        except HttpError:
            ended()
            raise
        sock.settimeout(None)
        return Stream(_answer(response, b""), response, sock, ended)

    def headers(self) -> Headers:
        """The credentials as headers."""
        return self.credentials.headers("")

    def _sent(
        self,
        verb: str,
        target: str,
        headers: Headers | None,
        body: bytes | Iterable[bytes] | None,
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse, socket]:
        name = self.tls.server_name if self.tls else None
        connection = _Connection(
            self._host, self._port, context=self._context, name=name, timeout=self.deadline_s
        )
        given = self.headers() if headers is None else headers
        try:
            connection.request(
                verb,
                self._prefix + target,
                body=body,
                headers={"Accept": "application/json", "Connection": "close", **dict(given)},
            )
            sock = connection.sock
            return connection, connection.getresponse(), sock
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise _lost(error) from None


class _Connection(http.client.HTTPConnection):
    """A connection that may speak TLS under another name than that of the host."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        context: ssl.SSLContext | None,
        name: str | None,
        timeout: float,
    ) -> None:
        super().__init__(host, port, timeout=timeout)
        self._tls = context
        self._name = name or host

    def connect(self) -> None:
        super().connect()
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self._name)


def _lost(error: Exception) -> HttpError:
    return HttpError(str(error) or type(error).__name__, late=isinstance(error, TimeoutError))


def _context(tls: Tls | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(tls.ca) if tls and tls.ca else None)
        if tls and tls.cert:
            context.load_cert_chain(str(tls.cert), str(tls.key) if tls.key else None)
    except OSError as error:
        raise UsageError(f"tls: {error.filename or error}: {error.strerror}") from None
    return context


def _answer(response: http.client.HTTPResponse, body: bytes) -> Answer:
    headers: Sequence[tuple[str, str]] = response.getheaders()
    return Answer(status=response.status, headers={k.lower(): v for k, v in headers}, body=body)
