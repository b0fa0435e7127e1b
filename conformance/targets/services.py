"""The services API of a target as checks use it: plain values, recorded, tracked, cleaned up.

How a check is written (`conformance/suite/services/test_*.py`):

    from conformance.judging import ABSENT, expect, passive, refused, requirement
    from conformance.targets.services import ServicesTarget, together

    @requirement("SVC-STA-001")
    def test_start_makes_it_active(services: ServicesTarget) -> None:
        made = services.make()                        # inactive, with a good configuration
        started = services.start(made.id)
        expect(started.active, "active in the answer of Start", got=started.active, wanted=True)
        settled = services.settle(made.id)            # polls Get until no load is under way
        expect(settled.state == State.ACTIVE, "state", got=settled.state, wanted=State.ACTIVE)

    @requirement("SVC-GET-002")
    @passive                                          # writes nothing: runs on any endpoint
    def test_absent(services: ServicesTarget) -> None:
        refused(lambda: services.get(services.fresh_id()), ABSENT, "Get of an unknown id")

- Values are those of `oracles.services.model`: Service, Metadata, Change, State; times are
  nanoseconds or None. `ValueChange.service` and `.metadata` are what the other two pulls show.
- Every call raises `Refused` for any status but OK. `attempt` takes UNKNOWN for a failure; where
  the published service answers so, use `refused(call, TOLERATED | {...}, …)`.
- `make(kind)` takes what the profile says of `ok`, `bad`, `fail`, `slow` and `retry`; a row whose
  `when` is one of these (or `required`, `kind`, `generated`, `alias`, `destructive`) is not asked
  where the profile does not say; a check names further ones by `needs=["slow"]`.
- The collection is shared: `mine(items)`, `owns(id)`; compare counts as differences, or with
  `value, listed = services.steadily(look)`, which looks again if somebody changed it meanwhile.
- Only what the check made may be started, stopped, configured or deleted; ids are `fresh_id()`,
  also those that must not exist. What many checks only read: `services.shared(make, …)`.
- `with services.pull(id) as pull`, `pull_all()`, `pull_metadata()`: `pull.next_change(fits)`,
  `pull.holds(predicate)`, `pull.heard_for(seconds)`, `pull.changes`, `pull.messages`,
  `pull.ended(seconds)`. The pull is live when the block begins; `ready=False` leaves that out.
- `together([call, call])` starts calls at one moment. `services.as_generation("v0")` and
  `name=services.alias` reach the same collection under other names.
- `quirky("create-replaces")` tells whether the profile declares a departure: it is then observed.
- Model and laws: `oracles.services` (life, changes, metadata, invariants, masks).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar

import grpc

from conformance.failures import NotApplicable
from conformance.oracles.services.model import Change
from conformance.targets.client import Client, Options
from conformance.targets.credentials import Headers
from conformance.targets.reading import GrpcCall
from conformance.targets.services_calls import ServicesCalls, brief
from conformance.targets.services_codec import (
    Mask,
    ValueChange,
    service_name,
    to_change,
    to_value_change,
)
from conformance.targets.services_pull import Batch, Pull
from conformance.targets.together import together
from conformance.targets.wire import Wire

__all__ = [
    "TOLERATED",
    "Batch",
    "Pull",
    "ServicesTarget",
    "ValueChange",
    "brief",
    "together",
]

P = ParamSpec("P")
T = TypeVar("T")

STREAM_S = 120.0
"""A pull that nobody ends is ended by gRPC after this."""

TOLERATED = frozenset({grpc.StatusCode.UNKNOWN})
"""What the published service answers to several mistakes of its callers."""


class ServicesTarget(ServicesCalls):
    """What a check can do to a services API."""

    @property
    def alias(self) -> str:
        """Another name of the collection `name`.

        Raises:
            NotApplicable: the profile names none.
        """
        alias = self.profile.aliases.get(self.name)
        if alias is None:
            raise NotApplicable(f"the profile names no alias of {self.name}")
        return alias

    @contextmanager
    def pull(
        self,
        id: str,
        *,
        updates_only: bool | None = None,
        mask: Mask = None,
        name: str | None = None,
        ready: bool = True,
        **options: Any,
    ) -> Iterator[Pull[ValueChange]]:
        """A pull of one service, cancelled at the end.

        Args:
            id: of the service.
            updates_only: leaves out the current value.
            mask: read mask.
            name: of the collection.
            ready: wait until it is live, see `_until_live`.
            options: `reading`, `deadline_s`, `metadata`, see `_open`.
        """
        request = self.request(
            "PullService", id=id, updates_only=updates_only, mask=mask, name=name
        )
        with self._open("PullService", request, self._value(mask), **options) as pull:
            if ready:
                self._until_live(pull, lambda changes: bool(changes), updates_only)
            yield pull

    @contextmanager
    def pull_all(
        self,
        *,
        updates_only: bool | None = None,
        mask: Mask = None,
        name: str | None = None,
        ready: bool = True,
        **options: Any,
    ) -> Iterator[Pull[Change]]:
        """A pull of a collection, cancelled at the end; arguments as for `pull`."""
        request = self.request("PullServices", updates_only=updates_only, mask=mask, name=name)
        where = str(request.name)
        with self._open("PullServices", request, self._change(mask), **options) as pull:
            if ready:
                own = self.tracking.standing(where)
                self._until_live(
                    pull, lambda changes: own <= {c.id for c in changes}, updates_only or not own
                )
            yield pull

    @contextmanager
    def pull_metadata(
        self,
        *,
        updates_only: bool | None = None,
        mask: Mask = None,
        name: str | None = None,
        ready: bool = True,
        **options: Any,
    ) -> Iterator[Pull[ValueChange]]:
        """A pull of the counts of a collection, cancelled at the end; arguments as for `pull`."""
        request = self.request(
            "PullServiceMetadata", updates_only=updates_only, mask=mask, name=name
        )
        with self._open("PullServiceMetadata", request, to_value_change, **options) as pull:
            if ready:
                self._until_live(pull, lambda changes: bool(changes), updates_only)
            yield pull

    def shared(
        self, make: Callable[Concatenate[ServicesTarget, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What `make(services, …)` makes, for checks that only read it.

        The checks of a process share it; it is removed when the run ends.
        """
        key = (make.__module__, make.__qualname__, args, tuple(sorted(kwargs.items())))
        return self.tracking.share(key, lambda: make(self, *args, **kwargs))

    def as_generation(self, generation: str) -> ServicesTarget:
        """The same check under the service name of `v1` or `v0`."""
        return self._over(self.wire.client, generation)

    @contextmanager
    def connection(self, options: Options = ()) -> Iterator[ServicesTarget]:
        """The same check over a connection of its own, closed at the end."""
        old = self.wire.client
        client = Client(
            old.endpoint,
            tls=old.tls,
            credentials=old.credentials,
            budget=old.budget,
            deadline_s=old.deadline_s,
            options=options,
        )
        try:
            yield self._over(client, self.generation)
        finally:
            client.close()

    def close(self) -> None:
        """Remove what this check made."""
        self.tracking.clean()

    def _over(self, client: Client, generation: str) -> ServicesTarget:
        other = copy.copy(self)
        other.generation = generation
        other.wire = Wire(client, self.recorder, service_name(generation))
        other.tracking = self.tracking.over(other.wire)
        return other

    @contextmanager
    def _open(
        self,
        method: str,
        request: Any,
        decode: Callable[[Any], T],
        *,
        reading: bool = True,
        deadline_s: float | None = STREAM_S,
        metadata: Headers | None = None,
    ) -> Iterator[Pull[T]]:
        """An open stream; with `reading=False` nothing is read until `read()`."""
        number = self.session.next_stream()
        call = self.wire.stream(
            method, request, number=number, metadata=metadata, deadline_s=deadline_s
        )
        pull = Pull(
            GrpcCall(call, method, self.codec.methods[method].response),
            decode,
            method=method,
            recorder=self.recorder,
            number=number,
            latency_s=self.profile.latency,
        )
        try:
            if reading:
                pull.read()
            yield pull
        finally:
            pull.cancel()

    def _until_live(
        self, pull: Pull[T], shows: Callable[[list[T]], bool], silent: bool | None
    ) -> None:
        """Wait until a pull is sure to hear what happens next.

        A pull that begins with what there is is live once it has shown that; a silent one gives no
        sign, so that a quiet time has to do. What is missing in the end, the check finds.
        """
        if silent:
            pull.ended(self.profile.quiet)
        else:
            pull.holds(shows, self.profile.latency)

    def _value(self, mask: Mask) -> Callable[[Any], ValueChange]:
        def decode(message: Any) -> ValueChange:
            change = to_value_change(message)
            if change.service is not None:
                self.tracking.seen.append(change.service)
            return change

        return decode if mask is None else to_value_change

    def _change(self, mask: Mask) -> Callable[[Any], Change]:
        def decode(message: Any) -> Change:
            change = to_change(message)
            if change.new is not None:
                self.tracking.seen.append(change.new)
            return change

        return decode if mask is None else to_change
