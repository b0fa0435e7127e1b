"""The core of the meta API: five methods for each of four kinds, no socket, no waiting.

Follows seed 003 in the readings of its policy. Methods take a kind and a request message and return
encoded replies, joined out of encodings made once. They raise `ServiceError`, and nothing else,
whatever they are sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simulator.services.errors import Code, ServiceError, invalid, shown
from simulator.services.meta import listing, watching
from simulator.services.meta.kinds import Kind
from simulator.services.meta.names import check_name
from simulator.services.meta.order import read_order
from simulator.services.meta.paging import Pager
from simulator.services.meta.policy import Policy
from simulator.services.meta.registry import LOG_SIZE, Registry
from simulator.services.meta.views import read_view
from simulator.services.rpc import Feed, Metadata
from simulator.services.wire import delimited, uint
from simulator.store import TokenSigner

if TYPE_CHECKING:
    from simulator.microgrid.clock import Clock

MOST_NAMES: Final = 1000
"""Names in one batch (our choice)."""


class MetaService:
    """The registry and its readers.

    Args:
        clock: says what time it is for create and update times.
        signer: seals page tokens; the same secret makes them outlive a restart.
        policy: the readings of open questions; the preferred ones by default.
        log_size: changes that each kind's log keeps for its watches.
    """

    def __init__(
        self,
        clock: Clock,
        signer: TokenSigner,
        policy: Policy | None = None,
        *,
        log_size: int = LOG_SIZE,
    ) -> None:
        self.clock = clock
        self.signer = signer
        self.policy = policy or Policy()
        self.registry = Registry(clock, ids=self.policy.ids, log_size=log_size)
        self.watches = watching.Watches(self)
        """The watches that are open now."""

    def clear(self, signer: TokenSigner, policy: Policy) -> None:
        """Remove everything, and go on as a new service would. Watches see it all removed."""
        self.registry.clear()
        self.signer, self.policy, self.registry.ids = signer, policy, policy.ids

    def get(self, kind: Kind, request: Any) -> bytes:
        """Return the resource of that name.

        Raises:
            ServiceError: INVALID_ARGUMENT, NOT_FOUND.
        """
        view = read_view(kind, request, self.policy)
        self._check_name(kind, request.name, "name")
        stored = self.registry.collection(kind).get(request.name)
        if stored is None:
            raise ServiceError(Code.NOT_FOUND, f"name: there is no {shown(request.name)}")
        return view.encoded(stored)

    def batch_get(self, kind: Kind, request: Any) -> bytes:
        """Return BatchGetXsResponse: what there is of the names asked for, in their order.

        Raises:
            ServiceError: INVALID_ARGUMENT, RESOURCE_EXHAUSTED if it is too much for one reply.
        """
        view = read_view(kind, request, self.policy)
        if len(request.names) > MOST_NAMES:
            raise invalid(f"names: {len(request.names)} of them, above {MOST_NAMES}")
        for index, name in enumerate(request.names):
            self._check_name(kind, name, f"names[{index}]")
        collapsed = self.policy.collapses_duplicates
        found, missing = [], []
        for name in dict.fromkeys(request.names) if collapsed else request.names:
            stored = self.registry.collection(kind).get(name)
            if stored is None:
                missing.append(delimited(2, name.encode()))
            else:
                found.append(view.item(stored))
        reply = b"".join((*found, *missing))
        if len(reply) > listing.PAGE_BYTES:
            raise ServiceError(
                Code.RESOURCE_EXHAUSTED,
                f"names: the reply would have {len(reply)} bytes, above {listing.PAGE_BYTES}",
            )
        return reply

    def list(self, kind: Kind, request: Any) -> bytes:
        """Return one page as ListXsResponse.

        Raises:
            ServiceError: INVALID_ARGUMENT; also for tokens that are not ours, or not this list's.
        """
        view = read_view(kind, request, self.policy)
        selection = listing.read_selection(kind, request, self.registry, self.policy)
        pager = self.pager(kind, request, selection)
        place = pager.read(request.page_token)
        size = listing.read_size(request)
        page, joined = listing.page_at(
            self.registry.collection(kind), selection, pager.order, place, size, view.item
        )
        previous, following = pager.tokens(place, listing.edges(page, size))
        reply = joined + _text(3, previous) + _text(4, following)
        if request.include_paging_info and self.policy.counts:
            reply += uint(5, page.offset) + uint(6, page.total)
        return reply

    def watch_one(self, kind: Kind, request: Any, metadata: Metadata) -> Feed:
        """Watch one resource, as WatchXResponse.

        Raises:
            ServiceError: INVALID_ARGUMENT, NOT_FOUND.
        """
        return watching.open_single(self, kind, request, metadata)

    def watch(self, kind: Kind, request: Any, metadata: Metadata) -> Feed:
        """Watch what a list would show, as WatchXsResponse.

        Raises:
            ServiceError: INVALID_ARGUMENT.
        """
        return watching.open_collection(self, kind, request, metadata)

    def pager(self, kind: Kind, request: Any, selection: listing.Selection) -> Pager:
        """Return what reads and writes the page tokens of a request to list or watch.

        Raises:
            ServiceError: INVALID_ARGUMENT for its order.
        """
        return Pager(
            kind=kind,
            order=read_order(kind, request.order_by, self.policy),
            query=selection.digest,
            policy=self.policy,
            signer=self.signer,
        )

    def _check_name(self, kind: Kind, name: str, field: str) -> None:
        check_name(kind, name, field, self.policy.ids, code=self.policy.bad_name)


def _text(field: int, text: str) -> bytes:
    return delimited(field, text.encode()) if text else b""
