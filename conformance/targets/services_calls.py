"""The eight unary methods of the services API with plain values, and what is built on them."""

from __future__ import annotations

import builtins
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeVar

from google.protobuf.message import Message

from conformance.context import ProfileName
from conformance.failures import Nonconformance, NotApplicable, Untestable
from conformance.oracles.services.model import Metadata, Service
from conformance.recorder import Recorder
from conformance.targets.credentials import Headers
from conformance.targets.pages import walked
from conformance.targets.profile import ServicesProfile
from conformance.targets.services_codec import (
    Codec,
    Mask,
    Page,
    service_name,
    to_metadata,
    to_service,
)
from conformance.targets.services_session import CONFIGS, Recipe, ServicesSession
from conformance.targets.services_tracking import Tracking
from conformance.targets.wire import Wire

T = TypeVar("T")

POLLS_S = (0.02, 0.05, 0.1, 0.2, 0.4)
"""Pauses between two looks at a service; the last one goes on."""

STEADY_TRIES = 8
"""So often is a collection looked at until nobody changes it meanwhile."""


class ServicesCalls:
    """Calls of one check. Without `name` they go to the collection `name` of the check.

    Attributes:
        session: what all checks of the process share.
        recorder: what this check says and hears.
        generation: `v1` or `v0`: under which full name the service is called.
    """

    def __init__(
        self, session: ServicesSession, recorder: Recorder, generation: str | None = None
    ) -> None:
        self.session = session
        self.recorder = recorder
        self.generation = generation or session.generation
        self.wire = Wire(session.client, recorder, service_name(self.generation))
        self.tracking = Tracking(session, self.wire)

    @property
    def profile(self) -> ServicesProfile:
        """What the target says of its services API."""
        return self.session.profile

    @property
    def depth(self) -> ProfileName:
        """`smoke`, `staging` or `full`."""
        return self.session.depth

    @property
    def writes(self) -> bool:
        """Whether anything may be made."""
        return self.session.writes

    @property
    def codec(self) -> Codec:
        """Translates values and messages."""
        return self.session.codec

    @property
    def name(self) -> str:
        """The collection that is meant where a call names none."""
        return self.session.name

    def collection(self, policy: str) -> str:
        """Name of the collection whose ids are `required`, `kind` or `generated`.

        Raises:
            NotApplicable: the profile names none.
        """
        name = self.session.collection(policy)
        if name is None:
            raise NotApplicable(f"the profile names no collection {policy}")
        return name

    def fresh_id(self, text: str = "") -> str:
        """An id that nobody has used, with the run's prefix; it ends with `text`."""
        return self.session.ids.fresh(text)

    def owns(self, id: str) -> bool:
        """Whether this check made a service of this id, or shares it."""
        return self.tracking.owns(id)

    def mine(self, items: Iterable[Service]) -> tuple[Service, ...]:
        """Those that this check made or shares; all others are foreign."""
        return tuple(item for item in items if self.owns(item.id))

    @property
    def seen(self) -> builtins.list[Service]:
        """Every service that was shown whole to this check, foreign ones too, in order."""
        return self.tracking.seen

    def quirky(self, name: str) -> bool:
        """Whether the profile declares this departure from the documentation."""
        return name in self.profile.quirks

    def recipe(self, kind: str = "ok", *, policy: str | None = None) -> Recipe:
        """Type and configuration of a service of some kind.

        Args:
            kind: `ok`, `bad`, `fail`, `slow` or `retry`.
            policy: of the collection; None is that of `name`.

        Raises:
            NotApplicable: the profile names no type with such a configuration there.
        """
        found = self.session.recipe(kind, policy)
        if found is None:
            where = policy or self.session.policy
            raise NotApplicable(f"the profile names no type with {CONFIGS[kind]} for {where}")
        return found

    def get(
        self, id: str, *, mask: Mask = None, name: str | None = None, **options: Any
    ) -> Service:
        """GetService."""
        request = self.request("GetService", id=id, mask=mask, name=name)
        return to_service(self.call("GetService", request, **options))

    def create(
        self,
        service: Service | None = None,
        *,
        name: str | None = None,
        metadata: Headers | None = None,
        deadline_s: float | None = None,
        **fields: Any,
    ) -> Service:
        """CreateService: of `service`, or of nothing, with `fields` replaced.

        Ids have to come from `fresh_id`, types from `recipe`; see `make` for the usual ones.
        """
        given = replace(service or Service(), **fields)
        request = self.request("CreateService", service=self.codec.message(given), name=name)
        reply = self.call("CreateService", request, metadata=metadata, deadline_s=deadline_s)
        return to_service(reply)

    def delete(
        self, id: str, *, allow_missing: bool | None = None, name: str | None = None, **options: Any
    ) -> Service:
        """DeleteService."""
        request = self.request("DeleteService", id=id, allow_missing=allow_missing, name=name)
        return to_service(self.call("DeleteService", request, **options))

    def start(
        self, id: str, *, allow_active: bool | None = None, name: str | None = None, **options: Any
    ) -> Service:
        """StartService."""
        request = self.request("StartService", id=id, allow_active=allow_active, name=name)
        return to_service(self.call("StartService", request, **options))

    def configure(
        self, id: str, config_raw: str, *, name: str | None = None, **options: Any
    ) -> Service:
        """ConfigureService."""
        request = self.request("ConfigureService", id=id, config_raw=config_raw, name=name)
        return to_service(self.call("ConfigureService", request, **options))

    def stop(
        self,
        id: str,
        *,
        allow_inactive: bool | None = None,
        name: str | None = None,
        **options: Any,
    ) -> Service:
        """StopService."""
        request = self.request("StopService", id=id, allow_inactive=allow_inactive, name=name)
        return to_service(self.call("StopService", request, **options))

    def metadata(self, *, mask: Mask = None, name: str | None = None, **options: Any) -> Metadata:
        """GetServiceMetadata."""
        request = self.request("GetServiceMetadata", mask=mask, name=name)
        return to_metadata(self.call("GetServiceMetadata", request, **options))

    def list(
        self,
        *,
        size: int | None = None,
        token: str | None = None,
        mask: Mask = None,
        name: str | None = None,
        **options: Any,
    ) -> Page:
        """One page of ListServices; what is None is not sent."""
        request = self.request(
            "ListServices", page_size=size, page_token=token, mask=mask, name=name
        )
        return self.codec.page(self.call("ListServices", request, **options))

    def walk(
        self,
        *,
        size: int | Callable[[int], int] | None = None,
        mask: Mask = None,
        name: str | None = None,
    ) -> builtins.list[Page]:
        """All pages, in order.

        Args:
            size: of every page, or from the number of the page, 0 first.
            mask: of every page.
            name: of the collection.

        Raises:
            Nonconformance: it does not come to an end.
        """
        pages: builtins.list[Page] = []

        def page(token: str | None) -> Page:
            asked = size(len(pages)) if callable(size) else size
            pages.append(self.list(size=asked, token=token, mask=mask, name=name))
            return pages[-1]

        most = size(0) if callable(size) else size
        return walked(page, size=most)

    def list_all(self, *, name: str | None = None) -> tuple[Service, ...]:
        """The services of all pages."""
        return tuple(item for page in self.walk(size=1000, name=name) for item in page.items)

    def make(
        self,
        kind: str = "ok",
        *,
        active: bool = False,
        settled: bool = True,
        configured: bool = True,
        name: str | None = None,
        id: str | None = None,
    ) -> Service:
        """A fresh service of this check, removed when it ends.

        Args:
            kind: `ok`, `bad`, `fail`, `slow` or `retry`, see `recipe`.
            active: create it as active.
            settled: wait until its load has ended.
            configured: send the configuration; without, only the type is used.
            name: of the collection.
            id: from `fresh_id`; None takes a fresh one.

        Raises:
            NotApplicable: the profile names no such type, or writes are not allowed.
            Refused: the target does not want it.
        """
        where = self.name if name is None else name
        recipe = self.recipe(kind, policy=self.session.policy_of(where) or None)
        made = self.create(
            id=self.fresh_id() if id is None else id,
            type=recipe.type,
            active=active,
            config_raw=recipe.config if configured else "",
            name=where,
        )
        if not settled or made.settled:
            return made
        return self.settle(made.id, name=where)

    def settle(self, id: str, *, name: str | None = None, within_s: float | None = None) -> Service:
        """The service once it is not loading and will not try again.

        Raises:
            Nonconformance: it takes longer than the profile's `settle`.
        """
        return self.until(
            id, lambda s: s.settled, what="an end of loading", name=name, within_s=within_s
        )

    def until(
        self,
        id: str,
        holds: Callable[[Service], bool],
        *,
        what: str,
        name: str | None = None,
        within_s: float | None = None,
    ) -> Service:
        """Poll Get until the service is as wanted.

        Raises:
            Nonconformance: it takes longer than `within_s`, the profile's `settle` if None.
        """
        patience = self.profile.settle if within_s is None else within_s
        deadline = time.monotonic() + patience
        for number in range(10_000):
            service = self.get(id, name=name)
            if holds(service):
                return service
            if time.monotonic() > deadline:
                raise Nonconformance(
                    f"service {id} after {patience:g} s", got=brief(service), wanted=what
                )
            time.sleep(POLLS_S[min(number, len(POLLS_S) - 1)])
        raise AssertionError("unreachable: the deadline comes first")

    def steadily(
        self, look: Callable[[], T], *, name: str | None = None
    ) -> tuple[T, tuple[Service, ...]]:
        """What `look` gives while nobody changes the collection, and the services then.

        Raises:
            Untestable: others go on changing it.
        """
        before = self.list_all(name=name)
        for _ in range(STEADY_TRIES):
            value = look()
            after = self.list_all(name=name)
            if before == after:
                return value, after
            before = after
            time.sleep(POLLS_S[-1])
        raise Untestable(f"the collection {name or self.name} is never quiet")

    def request(self, method: str, *, name: str | None = None, **fields: Any) -> Any:
        """The request of a method, for checks that change it; `name` as for every call."""
        where = self.name if name is None else name
        return self.codec.request(method, name=where, **fields)

    def call(
        self,
        method: str,
        request: Message,
        *,
        metadata: Headers | None = None,
        deadline_s: float | None = None,
    ) -> Any:
        """Any unary method with any request of the contract; what it makes is tracked.

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
        """Any unary method, existing or not, with any bytes; what it makes is tracked.

        Raises:
            Refused: any status but OK.
        """
        return self.tracking.call_bytes(method, request, metadata=metadata, deadline_s=deadline_s)


def brief(service: Service) -> str:
    """A service in a few words, for messages."""
    error = f", error {service.error[:80]!r}" if service.error else ""
    return f"{service.state.value}, {service.failed_attempts} failed attempts{error}"
