"""Lists of tasks and types: what a request selects, and one page of it.

Follows seed 001, ListTasks and ListTypes, with AIP-132 and AIP-158 where that is silent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from simulator.services.pages import bounded_page
from simulator.services.tasks.core import Core
from simulator.services.tasks.filters import Filter, FilterError, parse
from simulator.services.tasks.order import Order, OrderError, read_order
from simulator.services.tasks.paging import (
    BadPageToken,
    Place,
    cursor,
    digest,
    read_token,
    write_token,
)
from simulator.services.tasks.refusals import Violations, collected
from simulator.services.tasks.resources import Kind, Stored
from simulator.services.tasks.tenants import CREATION, Tenant
from simulator.services.tasks.validation import check_parent
from simulator.services.wire import delimited
from simulator.store import Order as Sorting
from simulator.store import Query


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A page that is asked for."""

    tenant: str
    kind: Kind
    size: int
    filter: Filter
    order: Order
    digest: str
    place: Place | None
    """None: the first page."""


_ALL: Final = Filter(matches=None, restrictions=0)
_UNORDERED: Final = Order(keys=())


def read_listing(core: Core, request: Any, kind: Kind) -> Listing:
    """Return which page a request asks for.

    Raises:
        ServiceError: INVALID_ARGUMENT; also for tokens that are not ours, or not this list's.
    """
    policy = core.policy
    told = digest(kind, request)
    with collected() as violations:
        tenant = check_parent(request.parent, violations)
        if request.page_size < 0:
            violations.add("page_size", f"{request.page_size} is negative")
        listing = Listing(
            tenant=tenant,
            kind=kind,
            size=min(request.page_size or policy.default_page_size, policy.max_page_size),
            filter=_filter(core, request.filter, kind, violations),
            order=_order(core, request.order_by, kind, violations),
            digest=told,
            place=_place(core, request.page_token, told, violations),
        )
    return listing


async def list_page(core: Core, asked: Listing) -> bytes:
    """Return the encoded reply to a list.

    Raises:
        ServiceError: NOT_FOUND; there is no such tenant.
    """
    tenant = core.tenants.get(asked.tenant, "parent")
    collection = tenant.collection(asked.kind)
    query = await _query(tenant, asked)
    after = None if asked.place is None else cursor(collection, query, asked.order, asked.place)
    page, items = bounded_page(
        collection, query, size=asked.size, after=after, encode=lambda item: delimited(1, item)
    )
    reply = asked.kind.method("list").response(
        total_size=page.total if core.policy.total_size_exact else len(collection)
    )
    if page.next is not None:
        reply.next_page_token = write_token(core.signer, asked.digest, asked.order, page.items[-1])
    return items + bytes(reply.SerializeToString())


async def _query(tenant: Tenant, asked: Listing) -> Query[Stored]:
    """Return the store's query, all that it needs for each item being known beforehand."""
    collection = tenant.collection(asked.kind)
    where = sorting = None
    if asked.filter.matches is not None:
        where = tenant.remembered(asked.filter.matches)
        await where.prepare(collection, asked.filter.restrictions)
    if not asked.order.by_creation:
        sorting = tenant.remembered(asked.order.key)
        await sorting.prepare(collection, len(asked.order.keys))
    if sorting is None:
        return Query(order=CREATION, descending=asked.order.descending, where=where)
    return Query(order=Sorting(name=asked.digest, key=sorting), where=where)


def _filter(core: Core, text: str, kind: Kind, violations: Violations) -> Filter:
    try:
        return parse(
            text,
            kind,
            sql_precedence=core.policy.sql_precedence,
            time_aliases=core.policy.time_aliases,
        )
    except FilterError as error:
        violations.add("filter", str(error), "FILTER_INVALID")
        return _ALL


def _order(core: Core, text: str, kind: Kind, violations: Violations) -> Order:
    try:
        return read_order(text, kind, time_aliases=core.policy.time_aliases)
    except OrderError as error:
        violations.add("order_by", str(error), "ORDER_BY_INVALID")
        return _UNORDERED


def _place(core: Core, token: str, told: str, violations: Violations) -> Place | None:
    if not token:
        return None
    try:
        return read_token(core.signer, token, told)
    except BadPageToken as error:
        violations.add("page_token", str(error), "PAGE_TOKEN_INVALID")
        return None
