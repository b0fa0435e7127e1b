"""Calls to one endpoint: channel, TLS, credentials, deadlines, budget. It carries bytes.

Every call has a deadline and spends from the budget. Nothing is retried behind the caller's back
but what a target refuses as too fast, saying when to come again: that is no answer yet.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from conformance.failures import TargetLost, Unreachable, UsageError
from conformance.targets.budget import LEAST_PAUSE_S, Budget
from conformance.targets.credentials import Credentials, Headers
from conformance.targets.profile import Tls

Options = Sequence[tuple[str, Any]]

CONNECT_S = 5.0
"""How long a target may take to accept a connection."""

OPTIONS: Options = (
    # Larger than the usual 4 MiB: an answer beyond it is a finding, not a broken connection.
    ("grpc.max_receive_message_length", 64 * 1024 * 1024),
    ("grpc.max_send_message_length", -1),
    ("grpc.enable_retries", 0),
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.primary_user_agent", "gridproof-conform"),
)


def open_channel(endpoint: str, tls: Tls | None, options: Options = ()) -> grpc.Channel:
    """A channel of its own connection.

    Raises:
        UsageError: a TLS file cannot be read.
    """
    merged = [*OPTIONS, *options]
    if tls is None:
        return grpc.insecure_channel(endpoint, options=merged)
    if tls.server_name:
        merged.append(("grpc.ssl_target_name_override", tls.server_name))
    try:
        credentials = grpc.ssl_channel_credentials(
            root_certificates=tls.ca.read_bytes() if tls.ca else None,
            private_key=tls.key.read_bytes() if tls.key else None,
            certificate_chain=tls.cert.read_bytes() if tls.cert else None,
        )
    except OSError as error:
        raise UsageError(f"{error.filename}: {error.strerror}") from None
    return grpc.secure_channel(endpoint, credentials, options=merged)


class Client:
    """One connection and the credentials of one caller.

    Args:
        endpoint: `HOST:PORT`.
        tls: None is plain text.
        credentials: metadata of every call.
        budget: shared by all clients of the process.
        deadline_s: of calls that name none.
        options: further channel options.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        tls: Tls | None,
        credentials: Credentials,
        budget: Budget,
        deadline_s: float = 10.0,
        options: Options = (),
        channel: grpc.Channel | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.tls = tls
        self.credentials = credentials
        self.budget = budget
        self.deadline_s = deadline_s
        self.channel = channel or open_channel(endpoint, tls, options)
        self._lost = False

    def with_credentials(self, credentials: Credentials) -> Client:
        """The same connection for another caller."""
        return Client(
            self.endpoint,
            tls=self.tls,
            credentials=credentials,
            budget=self.budget,
            deadline_s=self.deadline_s,
            channel=self.channel,
        )

    def headers(self, path: str, metadata: Headers | None) -> Headers:
        """The metadata of a call: what is given, else the caller's credentials."""
        if metadata is not None:
            return metadata
        return self.credentials.headers(path.rpartition("/")[2])

    def unary(
        self,
        path: str,
        request: bytes,
        *,
        metadata: Headers | None = None,
        deadline_s: float | None = None,
        creates: bool = False,
        cleaning: bool = False,
    ) -> bytes:
        """One call.

        Args:
            path: `/package.Service/Method`.
            request: the encoded request.
            metadata: replaces the credentials.
            deadline_s: replaces the usual one.
            creates: keep calls back for removing what it makes.
            cleaning: spend from what was kept back.

        Raises:
            grpc.RpcError: any status but OK.
            BudgetSpent: no call is left.
            TargetLost: the target stopped answering earlier.
        """
        call = self.channel.unary_unary(path, request_serializer=None, response_deserializer=None)
        lasts_s = deadline_s or self.deadline_s
        patient_until = time.monotonic() + lasts_s
        while True:
            if self._lost:
                raise TargetLost(f"{self.endpoint} stopped answering")
            if cleaning:
                self.budget.clean()
            else:
                self.budget.spend(creates=creates)
            try:
                reply: bytes = call(
                    request, metadata=tuple(self.headers(path, metadata)), timeout=lasts_s
                )
            except grpc.RpcError as error:
                if creates:
                    self.budget.release()
                pause_s = told_to_wait(error)
                if pause_s is None or time.monotonic() + pause_s > patient_until:
                    raise
                time.sleep(max(pause_s, LEAST_PAUSE_S))
                continue
            return reply

    def stream(
        self,
        path: str,
        request: bytes,
        *,
        metadata: Headers | None = None,
        deadline_s: float | None = None,
    ) -> Any:
        """Open a server stream: a grpc call object that yields bytes.

        Raises:
            BudgetSpent: no call, or no place for a stream, is left.
        """
        ended = self.budget.open_stream()
        method = self.channel.unary_stream(
            path, request_serializer=None, response_deserializer=None
        )
        call = method(request, metadata=tuple(self.headers(path, metadata)), timeout=deadline_s)
        if not call.add_callback(ended):
            ended()
        return call

    def check_alive(self) -> None:
        """Wait until the connection stands again.

        Raises:
            TargetLost: it does not; further calls fail at once.
        """
        if not self.ready(CONNECT_S):
            self._lost = True
            raise TargetLost(f"{self.endpoint} stopped answering")

    def ready(self, within_s: float) -> bool:
        """Whether the connection stands within some seconds."""
        standing = grpc.channel_ready_future(self.channel)
        try:
            standing.result(timeout=within_s)
        except grpc.FutureTimeoutError:
            return False
        finally:
            # Else a thread goes on asking for the state of a channel that may be closed by then.
            standing.cancel()
        return True

    def close(self) -> None:
        """Close the connection."""
        self.channel.close()


def told_to_wait(error: Any) -> float | None:
    """Seconds after which a target that was asked too fast wants to be asked again; None: no such.

    Only RESOURCE_EXHAUSTED with `google.rpc.RetryInfo` says so (AIP-194): such a call did nothing.
    """
    if error.code() is not grpc.StatusCode.RESOURCE_EXHAUSTED:
        return None
    for key, value in error.trailing_metadata() or ():
        if key != "grpc-status-details-bin":
            continue
        with suppress(DecodeError):
            for detail in Status.FromString(value).details:
                info = RetryInfo()
                if detail.Unpack(info):
                    return float(info.retry_delay.ToNanoseconds()) / 1e9
    return None


def require_reachable(client: Client) -> None:
    """Wait for the endpoint.

    Raises:
        Unreachable: nobody answers, in one sentence.
    """
    if not client.ready(CONNECT_S):
        how = "TLS" if client.tls else "plain text"
        raise Unreachable(f"{client.endpoint} does not answer ({how}, waited {CONNECT_S:g} s)")


def pause_until(at_s: float) -> None:
    """Sleep until a monotonic time."""
    time.sleep(max(0.0, at_s - time.monotonic()))


def messages(call: Any) -> Iterator[bytes]:
    """The messages of a stream until it ends, whatever the status."""
    try:
        yield from call
    except grpc.RpcError:
        return
