"""Calls of the tasks API as one caller makes them: recorded, guarded, with rich refusals."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import DecodeError, Message

from conformance.failures import NotApplicable, Refused
from conformance.oracles.tasks.errors import Details, read_details
from conformance.recorder import Recorder
from conformance.targets.client import Client
from conformance.targets.credentials import Credentials, Headers
from conformance.targets.tasks_session import CREATES, METHODS, WRITES, TasksSession
from conformance.targets.wire import Wire


def rich(refusal: Refused) -> Details:
    """What a refusal says besides its status; nothing if it had no trailers."""
    return read_details(refusal.trailers)


class Caller:
    """One caller of the nine methods; requests and answers are messages.

    Args:
        session: what all checks of the process share.
        recorder: what this check says and hears.
        client: connection and credentials.
    """

    def __init__(self, session: TasksSession, recorder: Recorder, client: Client) -> None:
        self.session = session
        self.recorder = recorder
        self.client = client

    def over(self, credentials: Credentials) -> Caller:
        """The same connection for another caller."""
        return Caller(self.session, self.recorder, self.client.with_credentials(credentials))

    def call(
        self,
        method: str,
        request: Message,
        *,
        service: str | None = None,
        metadata: Headers | None = None,
        deadline_s: float | None = None,
    ) -> Any:
        """One call with a message; what it makes is written down.

        Args:
            method: bare name of one of the nine methods.
            request: of the target's contract.
            service: full name, instead of the profile's.
            metadata: replaces the credentials.
            deadline_s: replaces the usual one.

        Raises:
            Refused: any status but OK.
            NotApplicable: it writes, and nothing may be written.
        """
        response = self.session.codec.message(_ANSWERS[method])
        data = request.SerializeToString()
        shown = type(request).FromString(data)
        _, reply = self._send(method, data, service, metadata, deadline_s, shown, response)
        return reply

    def call_bytes(
        self,
        method: str,
        data: bytes,
        *,
        service: str | None = None,
        metadata: Headers | None = None,
        deadline_s: float | None = None,
    ) -> bytes:
        """Any method, existing or not, with any bytes; what it makes is written down.

        Raises:
            Refused: any status but OK.
            NotApplicable: it writes, and nothing may be written.
        """
        reply, _ = self._send(method, data, service, metadata, deadline_s, None, None)
        return reply

    def _send(
        self,
        method: str,
        data: bytes,
        service: str | None,
        metadata: Headers | None,
        deadline_s: float | None,
        shown: Message | None,
        response: type[Message] | None,
    ) -> tuple[bytes, Any]:
        if method in WRITES and not self.session.writes:
            raise NotApplicable("writes not allowed (--allow-writes)")
        wire = Wire(self.client, self.recorder, service or self.session.service_of(method))
        reply, decoded = wire.unary(
            method,
            data,
            shown=shown,
            response=response,
            metadata=metadata,
            deadline_s=deadline_s,
            repeatable=method not in WRITES,
        )
        self._note(method, reply)
        return reply, decoded

    def _note(self, method: str, reply: bytes) -> None:
        if method not in CREATES:
            return
        try:
            made: Any = self.session.codec.message(_ANSWERS[method]).FromString(reply)
        except DecodeError:
            return
        self.session.made(CREATES[method], made.name)


_ANSWERS = {
    **{m: m.removeprefix(verb) for verb in ("Get", "Create", "Update") for m in
       (*METHODS["tasks"], *METHODS["types"]) if m.startswith(verb)},
    "ClaimTask": "Task",
    "CompleteTask": "Task",
    "ListTasks": "ListTasksResponse",
    "ListTypes": "ListTypesResponse",
}  # fmt: skip
