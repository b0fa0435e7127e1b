"""The hook points of the naive services endpoint: a table of functions, one per decision.

The defaults are the functions of the same names in `straight`, `living` and `telling`. A fault or
a variant is one of them exchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.mutants.services import living, straight, telling
from conformance.mutants.services.book import (
    Book,
    Collection,
    Commit,
    Config,
    Record,
    Refuse,
    State,
    Totals,
    clock,
)

Changed = dict[str, Any]
Mask = frozenset[str] | None


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How an endpoint decides. What each hook is asked is said where its default stands."""

    clock: Callable[[int], int] = clock
    serves: Callable[[str, str], bool] = straight.serves
    encoded: Callable[[bytes, str], bytes] = straight.encoded
    admits: Callable[[str, Any], None] = straight.admits
    resolve: Callable[[Book, str], Collection] = straight.resolve
    find: Callable[[Collection, str], Record] = straight.find
    new_id: Callable[[Collection, State], str] = straight.new_id
    check_type: Callable[[Collection, str], None] = straight.check_type
    check_new: Callable[[Collection, str], None] = straight.check_new
    missing_service: Callable[[], None] = straight.missing_service
    parse: Callable[[str], Config | None] = straight.parse
    read_mask: Callable[[Sequence[str] | None, Iterable[str]], Mask] = straight.read_mask
    masked: Callable[[State, Mask], State] = straight.masked
    masked_totals: Callable[[Totals, Mask], Totals] = straight.masked_totals
    take_out: Callable[[Collection, str], None] = straight.take_out
    deleted: Callable[[State], State] = straight.deleted
    size: Callable[[int], int] = straight.size
    order: Callable[[Iterable[State]], list[State]] = straight.order
    seal: Callable[[str], str] = straight.seal
    unseal: Callable[[str], str] = straight.unseal
    after: Callable[[Sequence[State], str], list[State]] = straight.after
    page: Callable[[Sequence[State], int], list[State]] = straight.page
    next_token: Callable[[Sequence[State], Sequence[State], Any], str] = straight.next_token
    total: Callable[[Sequence[State]], int] = straight.total
    totals: Callable[[Collection, Sequence[State]], Totals] = straight.totals

    created: Callable[[State, str, int], State] = living.created
    check_start: Callable[[State, bool], bool] = living.check_start
    check_stop: Callable[[State, bool], bool] = living.check_stop
    check_configure: Callable[[State], None] = living.check_configure
    bad_config: Callable[[Record | None, Refuse, int], Changed] = living.bad_config
    configured: Callable[[State, str, int], Changed] = living.configured
    started: Callable[[State, int], Changed] = living.started
    loads: Callable[[Config | None], bool] = living.loads
    loading: Callable[[State, int], Changed] = living.loading
    load_s: Callable[[Config], float] = living.load_s
    fails: Callable[[Config, int], bool] = living.fails
    retries: Callable[[Config, int], bool] = living.retries
    delay_s: Callable[[int], float] = living.delay_s
    succeeded: Callable[[State, int], Changed] = living.succeeded
    retrying: Callable[[State, str, int, int], Changed] = living.retrying
    failed: Callable[[State, str, int], Changed] = living.failed
    stopped: Callable[[State, int], Changed] = living.stopped
    gives_up: Callable[[Record], bool] = living.gives_up
    is_current: Callable[[Record, int], bool] = living.is_current
    removed: Callable[[Record, int], Changed] = living.removed

    named: Callable[[str], str] = telling.named
    stamped: Callable[[int], int | None] = telling.stamped
    wants_first: Callable[[bool, str], bool] = telling.wants_first
    stream_mask: Callable[[Mask], Mask] = telling.stream_mask
    frees: Callable[[], bool] = telling.frees
    waits_for_readers: Callable[[], bool] = telling.waits_for_readers
    one_first: Callable[[State], list[Changed]] = telling.one_first
    one_update: Callable[[State, State, str, Commit], list[Changed]] = telling.one_update
    one_removed: Callable[[State], list[Changed]] = telling.one_removed
    one_ends: Callable[[], bool] = telling.one_ends
    all_first: Callable[[list[State]], list[Changed]] = telling.all_first
    all_change: Callable[[State | None, State | None, Commit], list[Changed]] = telling.all_change
    tells_old: Callable[[bool, bool], bool] = telling.tells_old
    totals_first: Callable[[Totals], list[Changed]] = telling.totals_first
    totals_change: Callable[[Totals | None, Totals], list[Changed]] = telling.totals_change
    grouped: Callable[[list[Changed]], list[list[Changed]]] = telling.grouped


STRAIGHT = Policy()
"""A correct endpoint."""
