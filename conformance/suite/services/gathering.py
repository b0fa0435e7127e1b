"""Collections as lists: where services are made to be listed, and what the law of paging sees.

A collection is shared, so of each page only our own services count; and what is foreign is judged
where it is the same before and after.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from conformance.failures import Untestable
from conformance.judging import BAD_ARGUMENT, Refused, by_depth, not_applicable
from conformance.oracles import model
from conformance.oracles.services.model import Service
from conformance.suite.services.reading import TRIES, writing
from conformance.targets.services import ServicesTarget
from conformance.targets.services_codec import Page

T = TypeVar("T")

CROWDED = 20
"""Where there are more foreign services than this, pages are made larger by a share of them."""

SHARED = 4
"""So many services are shared where calls are few."""

MOST_PAGES = 200
"""So many pages without any of ours are passed over; more are left to the law."""


def quiet_place(services: ServicesTarget) -> str:
    """A collection in which services can be made and that most checks leave alone."""
    name = services.session.collection("generated")
    usable = name is not None and services.session.recipe("ok", "generated") is not None
    return name if name is not None and usable else services.name


def gathered(services: ServicesTarget, count: int) -> list[Service]:
    """So many inactive services, in the quiet place."""
    place = quiet_place(services)
    return [services.make(name=place, settled=False) for _ in range(count)]


def filled(services: ServicesTarget, count: int) -> str:
    """The quiet place, with so many services more where anything may be made.

    For passive checks, which have to do with what there is where nothing may be made. Where calls
    are few, they share some services.
    """
    if writing(services) and services.session.lacks("ok") is None and count:
        if by_depth(full=True, staging=False):
            gathered(services, count)
        else:
            services.shared(gathered, SHARED)
    return quiet_place(services)


def patiently(
    services: ServicesTarget,
    look: Callable[[], T],
    right: Callable[[T, Sequence[Service]], bool],
    *,
    name: str,
) -> tuple[T, tuple[Service, ...]]:
    """What `look` gives while nobody changes a collection, and the services then.

    Looks again where it is not right: others may have made and removed something meanwhile, of
    which no list tells. What is never right is given all the same, to be judged.

    Raises:
        Untestable: others go on changing it.
    """
    for _ in range(TRIES - 1):
        try:
            value, listed = services.steadily(look, name=name)
        except Untestable:
            continue
        if right(value, listed):
            return value, listed
    return services.steadily(look, name=name)


def unchanged(before: Iterable[Service], after: Iterable[Service]) -> dict[str, Service]:
    """Services that were listed the same twice, by id: nothing happened to them meanwhile."""
    later = {item.id: item for item in after}
    return {item.id: item for item in before if later.get(item.id) == item}


class ServiceListing:
    """Services in the quiet place that one listing has made, as the law of paging takes a list.

    Args:
        services: of the check.
    """

    def __init__(self, services: ServicesTarget) -> None:
        self.services = services
        self.name = quiet_place(services)
        self._own: set[str] = set()
        self._gone: set[str] = set()
        self._last = ""
        foreign = services.list(size=1, name=self.name).total
        self._more = foreign // 4 if foreign > CROWDED else 0

    def page(self, size: int | None, token: str | None) -> model.Page:
        """The next page that shows any of ours, or the last one; sizes are not judged."""
        asked = size + self._more if size else None
        keys: tuple[str, ...] = ()
        for _ in range(MOST_PAGES):
            shown = self._page(asked, token)
            keys = tuple(item.id for item in shown.items if item.id in self._own)
            token = shown.next_token or None
            if keys or token is None:
                break
        return model.Page(keys=keys, next_token=token)

    def _page(self, size: int | None, token: str | None) -> Page:
        """A page; not applicable where tokens end with the service that they were issued at."""
        try:
            shown = self.services.list(size=size, token=token, name=self.name)
        except Refused as refusal:
            if token and refusal.code in BAD_ARGUMENT and self._last in self._gone:
                not_applicable("a token behind a deleted service is refused")
            raise
        self._last = shown.items[-1].id if shown.items else self._last
        return shown

    def make(self) -> str:
        """An inactive service; its id."""
        made = self.services.make(name=self.name, settled=False)
        self._own.add(made.id)
        return made.id

    def drop(self, key: Hashable) -> None:
        """Delete a service."""
        self.services.delete(str(key), name=self.name)
        self._own.discard(str(key))
        self._gone.add(str(key))

    def clear(self) -> None:
        """Delete what is left of those that this listing has made."""
        for id_ in sorted(self._own):
            self.drop(id_)


def populated(services: ServicesTarget, count: int) -> tuple[ServiceListing, Sequence[Hashable]]:
    """A list of so many services of ours that nobody changes, and their ids."""
    listing = ServiceListing(services)
    return listing, [listing.make() for _ in range(count)]
