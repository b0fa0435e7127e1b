"""The ground of the dispatch adapter: session, microgrids, values, and any call at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from google.protobuf.message import Message

from conformance.oracles.model import DispatchData
from conformance.recorder import Recorder
from conformance.targets.clock import Clock
from conformance.targets.credentials import Credentials, Headers
from conformance.targets.dispatch_codec import SERVICE, Codec
from conformance.targets.dispatch_model import Dispatch
from conformance.targets.dispatch_session import TAG, DispatchSession
from conformance.targets.dispatch_tracking import Tracking
from conformance.targets.wire import Wire


class DispatchGround:
    """What a check knows of its target before it calls anything, and calls of any shape.

    Attributes:
        session: what all checks of the process share.
        recorder: what this check says and hears.
        start_us: the start of dispatches that name none, whole seconds.
    """

    def __init__(self, session: DispatchSession, recorder: Recorder) -> None:
        self.session = session
        self.recorder = recorder
        self.wire = Wire(session.client, recorder, SERVICE)
        self.tracking = Tracking(session, self.wire)
        self.start_us = session.default_start_us()

    @property
    def codec(self) -> Codec:
        """Translates values and messages of the target's generation."""
        return self.session.codec

    @property
    def clock(self) -> Clock:
        """The target's time."""
        return self.session.clock

    @property
    def credentials(self) -> Credentials:
        """Who we are; makes headers and forges them."""
        return self.wire.client.credentials

    @property
    def generation(self) -> str:
        """`1.1`, `1.0-rc` or `0.15`."""
        return self.session.profile.generation

    @property
    def simulated(self) -> bool:
        """Whether no hardware follows the dispatches."""
        return self.session.simulated

    @property
    def has_own_time(self) -> bool:
        """Whether the target's clock is a simulated one, which agrees with nobody's."""
        return self.session.profile.clock == "simulated"

    @property
    def writes(self) -> bool:
        """Whether anything may be made; False in runs of passive checks only."""
        return self.session.writes

    @property
    def profile(self) -> str:
        """`smoke`, `staging` or `full`."""
        return self.session.depth

    @property
    def microgrid(self) -> int:
        """The microgrid of this check."""
        return self.tracking.microgrid(0)

    @property
    def other_microgrid(self) -> int:
        """A second one."""
        return self.tracking.microgrid(1)

    def new_microgrid(self) -> int:
        """An empty one, which `microgrid` names from now on."""
        return self.tracking.renew()

    def unseen_microgrid(self) -> int:
        """A random one that nothing was ever made in; a target may refuse it."""
        return self.tracking.unseen()

    def owns(self, id: int) -> bool:
        """Whether this check made the dispatch, as more than a sentinel."""
        return self.tracking.owns(id)

    def mine(self, items: Iterable[Dispatch]) -> tuple[Dispatch, ...]:
        """Those that this check made."""
        return tuple(item for item in items if self.owns(item.id))

    def random_id(self) -> int:
        """A dispatch id that does not exist."""
        return self.session.fresh_id("dispatch")

    def data(self, **fields: Any) -> DispatchData:
        """A valid dispatch: one-shot, 600 s, inactive, dry run; `fields` replace parts of it."""
        return self.session.valid(**{"start_us": self.start_us, "payload": {}, **fields})

    def safe(self, data: DispatchData) -> DispatchData:
        """The same dispatch as it may be made here: a real site gets inactive dry runs only."""
        return data if self.simulated else replace(data, active=False, dry_run=True)

    def untagged(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """A payload without the run's tag."""
        return {key: value for key, value in payload.items() if key != TAG}

    def tagged(self, payload: Mapping[str, Any] | None) -> dict[str, Any]:
        """A payload with the run's tag."""
        return {**(payload or {}), TAG: self.session.run_id}

    def encode(
        self, data: DispatchData, *, empty_rule: bool = False, empty_end: bool = False
    ) -> Message:
        """The DispatchData message; see `Codec.data`."""
        return self.codec.data(data, empty_rule=empty_rule, empty_end=empty_end)

    def decode(self, message: Any) -> Dispatch:
        """What a Dispatch message says."""
        return self.codec.dispatch(message)

    def message(self, name: str) -> type[Any]:
        """A message class of the dispatch package."""
        return self.codec.message(name)

    def call(
        self,
        method: str,
        request: Message,
        *,
        metadata: Headers | None = None,
        deadline_s: float | None = None,
    ) -> Any:
        """Any method with any request of the contract; what it makes is tracked.

        Raises:
            Refused: any status but OK.
        """
        return self.tracking.call(method, request, metadata=metadata, deadline_s=deadline_s)

    def call_bytes(
        self,
        method: str,
        request: bytes,
        *,
        metadata: Headers | None = None,
        deadline_s: float | None = None,
    ) -> bytes:
        """Any method, existing or not, with any bytes; what it makes is tracked.

        Raises:
            Refused: any status but OK.
        """
        return self.tracking.call_bytes(method, request, metadata=metadata, deadline_s=deadline_s)
