"""The dispatch API of a target as checks use it: tracked, tagged, recorded, cleaned up.

One `DispatchTarget` belongs to one check. Whatever it makes is written to the journal, carries
the run's tag in its payload and is removed when the check ends.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Concatenate, ParamSpec, TypeVar

from conformance.failures import JudgeError, NotApplicable, Refused
from conformance.oracles.model import DAY_US
from conformance.recorder import Recorder
from conformance.targets.client import Client, Options
from conformance.targets.credentials import Headers
from conformance.targets.dispatch_calls import DispatchCalls
from conformance.targets.dispatch_codec import SERVICE
from conformance.targets.dispatch_session import DispatchSession, identity_credentials
from conformance.targets.dispatch_stream import Stream
from conformance.targets.dispatch_tracking import HIDDEN
from conformance.targets.wire import Wire

P = ParamSpec("P")
T = TypeVar("T")

DISTANT_US = 1000 * 365 * DAY_US
"""A start that is to come whatever a simulated clock shows, counted from 1970."""

STREAM_S = 120.0
"""A stream that nobody ends is ended by gRPC after this."""


class DispatchTarget(DispatchCalls):
    """What a check can do to a dispatch API; times are microseconds since the epoch, UTC."""

    _streams = 0

    @contextmanager
    def stream(
        self,
        *,
        microgrid: int | None = None,
        ready: bool = True,
        deadline_s: float | None = STREAM_S,
        reading: bool = True,
        metadata: Headers | None = None,
    ) -> Iterator[Stream]:
        """An open stream, cancelled at the end.

        Args:
            microgrid: another than this check's own.
            ready: wait until a sentinel dispatch shows on it.
            deadline_s: after which gRPC ends it.
            reading: False leaves everything unread until `read()`.
            metadata: replaces the credentials.

        Raises:
            Refused: it ends before it is ready.
        """
        where = self.microgrid if microgrid is None else microgrid
        for attempt in (0, 1):
            stream = self._open(where, metadata, deadline_s)
            try:
                if reading or ready:
                    stream.read()
                if ready:
                    stream.until_ready()
            except Refused as refusal:
                stream.cancel()
                # A microgrid may be unknown until its first dispatch is made.
                if attempt or metadata is not None or refusal.code not in HIDDEN:
                    raise
                self.make_sentinel(where)
                continue
            except BaseException:
                stream.cancel()
                raise
            break
        try:
            yield stream
        finally:
            stream.cancel()

    def make_sentinel(self, microgrid: int) -> int:
        """Create a dispatch that only shows that something works; never an "own" one."""
        created = self.create(microgrid=microgrid)
        self.tracking.sentinel(created.id)
        return created.id

    def prepared(
        self, make: Callable[Concatenate[DispatchTarget, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What `make(self, …)` makes, for checks that only read it.

        In profile full it is made in an empty microgrid for this check alone. Otherwise the
        checks of a process share it, and it is removed when the run ends.
        """
        if self.profile == "full":
            self.new_microgrid()
            return make(self, *args, **kwargs)
        key = (make.__module__, make.__qualname__, args, tuple(sorted(kwargs.items())))
        return self.tracking.share(key, lambda: make(self, *args, **kwargs))

    def as_identity(self, role: str) -> DispatchTarget:
        """The same check as another caller of the profile.

        Raises:
            NotApplicable: the profile names no such caller.
        """
        identity = self.session.identities.get(role)
        if identity is None:
            raise NotApplicable(f"the profile names no identity {role}")
        return self._over(self.wire.client.with_credentials(identity_credentials(identity, role)))

    @contextmanager
    def connection(
        self, options: Options = (), *, plaintext: bool = False
    ) -> Iterator[DispatchTarget]:
        """The same check over a connection of its own, closed at the end."""
        old = self.wire.client
        client = Client(
            old.endpoint,
            tls=None if plaintext else old.tls,
            credentials=old.credentials,
            budget=old.budget,
            deadline_s=old.deadline_s,
            options=options,
        )
        try:
            yield self._over(client)
        finally:
            client.close()

    def plaintext_connection(self) -> AbstractContextManager[DispatchTarget]:
        """A connection without TLS to the same address."""
        return self.connection(plaintext=True)

    def close(self) -> None:
        """Remove what this check made."""
        self.tracking.clean()

    def _over(self, client: Client) -> DispatchTarget:
        other = copy.copy(self)
        other.wire = Wire(client, self.recorder, SERVICE)
        other.tracking = self.tracking.over(other.wire)
        return other

    def _open(self, microgrid: int, metadata: Headers | None, deadline_s: float | None) -> Stream:
        request = self.message("StreamMicrogridDispatchesRequest")()
        request.microgrid_id = microgrid
        self._streams += 1
        call = self.wire.stream(
            "StreamMicrogridDispatches",
            request,
            number=self._streams,
            metadata=metadata,
            deadline_s=deadline_s,
        )
        return Stream(self, call, microgrid, number=self._streams)


def meet_clock(session: DispatchSession) -> None:
    """Let a target with a time of its own show it, by one dispatch that is removed again.

    If it does not, the first check that makes something will say why.
    """
    target = DispatchTarget(session, Recorder())
    with suppress(JudgeError):
        target.create(start_us=DISTANT_US)
    target.close()
