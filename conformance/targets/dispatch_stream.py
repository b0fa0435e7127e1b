"""An open stream of dispatch events, read in the background."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import grpc

from conformance.failures import Nonconformance, Refused
from conformance.patience import EVENT_S, GRACE_S
from conformance.recorder import Step, now_us
from conformance.targets.dispatch_codec import KINDS, sub
from conformance.targets.dispatch_model import Event

if TYPE_CHECKING:
    from conformance.targets.dispatch import DispatchTarget

READY_S = 10.0
"""How long a stream may take until it shows its first event."""


class Stream:
    """Events as they arrive; a server need not send anything before the first one.

    "Own" events are those of dispatches that this check made, in any microgrid, without the
    sentinels that only show that the stream is alive.
    """

    def __init__(self, target: DispatchTarget, call: Any, microgrid: int, *, number: int) -> None:
        self.microgrid = microgrid
        self._target = target
        self._call = call
        self._number = number
        self._received: list[Event] = []
        self._status: grpc.StatusCode | None = None
        self._details = ""
        self._news = threading.Condition()
        self._reader: threading.Thread | None = None
        self._live_from = 0
        self._next = 0
        self._barrier = 0

    def read(self) -> None:
        """Start reading, once."""
        if self._reader is None:
            self._reader = threading.Thread(target=self._read, daemon=True)
            self._reader.start()

    @property
    def status(self) -> grpc.StatusCode | None:
        """None while the stream is open, else how it ended."""
        return self._status

    @property
    def details(self) -> str:
        """The text beside the status."""
        return self._details

    @property
    def all_events(self) -> list[Event]:
        """Everything received, sentinels and other people's dispatches included."""
        with self._news:
            return list(self._received)

    @property
    def events(self) -> list[Event]:
        """Own events since the stream was seen to be alive."""
        return [e for e in self.all_events[self._live_from :] if self._is_own(e)]

    def next(
        self, id: int | None = None, kind: str | None = None, *, within_s: float = EVENT_S
    ) -> Event:
        """The next own event with this id and kind; earlier ones that do not fit are passed over.

        Raises:
            Nonconformance: it does not come in time, or the stream ends first.
        """
        found: list[Event] = []

        def look() -> bool:
            while self._next < len(self._received):
                event = self._received[self._next]
                self._next += 1
                if self._is_own(event) and self._fits(event, id, kind):
                    found.append(event)
                    return True
            return False

        if not self._wait(look, within_s):
            wanted = f"{kind or 'an event'}" + (f" of dispatch {id}" if id is not None else "")
            raise Nonconformance("event on the stream", got=self._silence(within_s), wanted=wanted)
        return found[0]

    def barrier(self, *, grace_s: float = GRACE_S) -> list[Event]:
        """Own events since the last barrier, up to and a little beyond a sentinel made now.

        Raises:
            Nonconformance: the sentinel does not show.
        """
        self._sentinel(EVENT_S)
        time.sleep(grace_s)
        with self._news:
            fresh = self._received[max(self._barrier, self._live_from) :]
            self._barrier = len(self._received)
        return [event for event in fresh if self._is_own(event)]

    def hold(self, seconds: float) -> None:
        """Keep the stream open for some time; returns early when it ends."""
        self._wait(lambda: self._status is not None, seconds)

    def cancel(self) -> None:
        """End the stream from our side."""
        self._call.cancel()
        if self._reader is not None:
            self._reader.join(timeout=2)

    def until_ready(self) -> None:
        """Make sentinel dispatches until one shows on the stream.

        Raises:
            Refused: the stream ends instead.
            Nonconformance: none shows.
        """
        patience = 0.3  # an event from far away takes a while, and every sentinel costs two calls
        deadline = time.monotonic() + READY_S
        time.sleep(0.01)  # most servers subscribe within this; saves a sentinel
        made: set[int] = set()
        while time.monotonic() < deadline:
            if self._status is not None:
                raise Refused("StreamMicrogridDispatches", self._status, self._details)
            made.add(self._target.make_sentinel(self.microgrid))
            if self._wait(lambda: self._shows(made), patience):
                with self._news:
                    self._live_from = self._next = self._barrier = len(self._received)
                return
            patience = min(1.0, patience * 2)
        raise Nonconformance(
            "live stream",
            got=f"no event for {len(made)} dispatches made in {READY_S:g} s",
            wanted="CREATED of one of them",
        )

    def _sentinel(self, within_s: float) -> None:
        made = {self._target.make_sentinel(self.microgrid)}
        if not self._wait(lambda: self._shows(made), within_s):
            raise Nonconformance(
                "event of a dispatch made as a marker",
                got=self._silence(within_s),
                wanted="CREATED",
            )

    def _shows(self, ids: set[int]) -> bool:
        return any(e.dispatch is not None and e.dispatch.id in ids for e in self._received)

    def _silence(self, within_s: float) -> str:
        if self._status is not None:
            return f"stream ended with {self._status.name}: {self._details}"
        return f"nothing within {within_s:g} s"

    def _is_own(self, event: Event) -> bool:
        return event.dispatch is not None and self._target.owns(event.dispatch.id)

    @staticmethod
    def _fits(event: Event, id: int | None, kind: str | None) -> bool:
        same_id = id is None or (event.dispatch is not None and event.dispatch.id == id)
        return same_id and kind in (None, event.kind)

    def _wait(self, predicate: Callable[[], bool], within_s: float) -> bool:
        """Whether `predicate` held in time; waiting ends with the stream."""
        hit = False

        def done() -> bool:
            nonlocal hit
            hit = hit or predicate()
            return hit or self._status is not None

        with self._news:
            self._news.wait_for(done, within_s)
        return hit

    def _read(self) -> None:
        response = self._target.codec.message("StreamMicrogridDispatchesResponse")
        try:
            for data in self._call:
                self._arrived(response.FromString(data))
        except grpc.RpcError:
            pass  # the status is read below, for streams that end well too
        code = self._call.code() or grpc.StatusCode.UNKNOWN
        self._details = self._call.details() or ""
        self._record("end", code=code.name)
        with self._news:
            self._status = code
            self._news.notify_all()

    def _arrived(self, message: Any) -> None:
        number = int(sub(message, 2))
        event = Event(
            kind=KINDS[number] if 0 <= number < len(KINDS) else str(number),
            dispatch=self._target.codec.dispatch(message.dispatch)
            if message.HasField("dispatch")
            else None,
            at_s=time.monotonic(),
            message=message,
        )
        self._record("event", reply=message)
        with self._news:
            self._received.append(event)
            self._news.notify_all()

    def _record(self, kind: str, *, reply: Any = None, code: str = "") -> None:
        self._target.recorder.add(
            Step(
                kind=kind,
                method="StreamMicrogridDispatches",
                reply=reply,
                code=code,
                details=self._details if code else "",
                at_us=now_us(),
                stream=self._number,
            )
        )
