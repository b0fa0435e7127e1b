"""Lists: order, page size and the tokens that lead from page to page.

A token carries its own microgrid, filter, order and size, signed: sent alone it continues its
walk, sent along with another filter or order it is refused. It never expires, and needs nothing
on our side (seed 000, ListMicrogridDispatchesRequest.pagination_params). Sizes are our choice.
"""

import zlib
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from simulator.services.dispatch.policy import Policy
from simulator.services.dispatch.wire import Filter
from simulator.services.errors import invalid
from simulator.store import BadCursor, BadToken, Cursor, TokenSigner

DEFAULT_SIZE: Final = 100
MAX_SIZE: Final = 1000
_CARRIED_BYTES: Final = 1800
"""Compressed filters up to this length travel in the token, of longer ones only their digest."""

_FIELDS: Final = {0: "create_time", 1: "start_time", 2: "create_time", 3: "update_time"}
_ASCENDING: Final = 1
_ORDERS: Final = {0, _ASCENDING, 2}


@dataclass(frozen=True, kw_only=True, slots=True)
class Walk:
    """One list request, complete: what to find, in which order, and from where on."""

    microgrid_id: int
    filter: Any
    """DispatchFilter; empty if nothing is restricted."""
    order: str
    """Key of `stored.ORDERS`."""
    descending: bool
    size: int
    after: Cursor | None = None


def read_walk(request: Any, policy: Policy, signer: TokenSigner) -> Walk:
    """Return what a list request asks for; with a token, what the token's first request did.

    Raises:
        ServiceError: INVALID_ARGUMENT; an unknown order, or a token that is not one of ours or
            comes with another microgrid, filter or order than its own.
    """
    request.filter.DiscardUnknownFields()
    order, descending = _order(request.sort_options, policy)
    token = request.pagination_params.page_token
    if not token:
        size = request.pagination_params.page_size
        return Walk(
            microgrid_id=request.microgrid_id,
            filter=request.filter,
            order=order,
            descending=descending,
            size=min(size or DEFAULT_SIZE, MAX_SIZE),
        )
    try:
        microgrid_id, carried, walk_order, walk_descending, size, cursor = signer.open(token)
        after = Cursor.from_json(cursor)
    except (BadToken, BadCursor, TypeError, ValueError):
        raise invalid("pagination_params.page_token: is not a token of this server") from None
    if microgrid_id != request.microgrid_id:
        raise invalid("pagination_params.page_token: belongs to another microgrid")
    if request.sort_options.ByteSize() and (order, descending) != (walk_order, walk_descending):
        raise invalid("pagination_params.page_token: belongs to a list in another order")
    return Walk(
        microgrid_id=microgrid_id,
        filter=_same_filter(request.filter, carried),
        order=walk_order,
        descending=walk_descending,
        size=size,
        after=after,
    )


def write_token(walk: Walk, after: Cursor, signer: TokenSigner) -> str:
    """Return the token that continues a walk from `after` on."""
    return signer.sign(
        [
            walk.microgrid_id,
            _carried(walk.filter),
            walk.order,
            walk.descending,
            walk.size,
            after.to_json(),
        ]
    )


def _order(options: Any, policy: Policy) -> tuple[str, bool]:
    """A field without order, and an order without field, are completed by the default."""
    if options.sort_field not in _FIELDS:
        raise invalid(f"sort_options.sort_field: {options.sort_field} is no field to sort by")
    if options.sort_order not in _ORDERS:
        raise invalid(f"sort_options.sort_order: {options.sort_order} is no order")
    descending = options.sort_order != _ASCENDING if options.sort_order else policy.descending
    return _FIELDS[options.sort_field], descending


def _carried(message: Any) -> str:
    """A filter as tokens carry it: `=` and its bytes, or `#` and their digest."""
    encoded = message.SerializeToString(deterministic=True)
    packed = zlib.compress(encoded)
    if len(packed) <= _CARRIED_BYTES:
        return "=" + b64encode(packed).decode()
    return "#" + sha256(encoded).hexdigest()


def _same_filter(given: Any, carried: str) -> Any:
    """Return the token's filter; a filter that is left out or empty is not another one."""
    if given.ByteSize():
        if _carried(given) != carried:
            raise invalid("pagination_params.page_token: belongs to a list with another filter")
        return given
    if carried.startswith("#"):
        raise invalid("filter: is too long to travel in the page token, repeat it with the token")
    return Filter.FromString(zlib.decompress(b64decode(carried[1:])))
