"""The hook points of the naive endpoint: a table of functions, one per decision.

The defaults are the functions of `straight` with the same names. A fault or a variant is one of
them exchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import grpc

from conformance.mutants import straight
from conformance.mutants.book import Book, Event, Refuse, Subscriber
from conformance.oracles.model import DispatchData, DispatchView, Filter, Update
from conformance.oracles.validation import Problem

Cursor = Sequence[int] | None
Content = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How an endpoint decides. What each hook is asked is said in `straight`."""

    now_us: Callable[[Book], int] = straight.now_us
    next_id: Callable[[Book], int] = straight.next_id
    objection: Callable[[Sequence[Problem], DispatchData, int, str], Problem | None] = (
        straight.objection
    )
    at_once: Callable[[Any], bool] = straight.at_once
    starts_now: Callable[[DispatchData, int], DispatchData] = straight.starts_now
    refuses_microgrid: Callable[[Book, int, str], None] = straight.refuses_microgrid
    admits: Callable[[Book, Any], None] = straight.admits
    keep: Callable[[DispatchData], DispatchData] = straight.keep
    same_as_before: Callable[[Book, int, DispatchData], DispatchView | None] = (
        straight.same_as_before
    )
    end_us: Callable[[DispatchData], int | None] = straight.end_us
    end_after_update: Callable[[DispatchView, DispatchView, int | None], int | None] = (
        straight.end_after_update
    )
    update_us: Callable[[DispatchView, int], int] = straight.update_us
    deleted: Callable[[DispatchView, int], DispatchView] = straight.deleted
    masked: Callable[[Book, int, DispatchView, Update, Sequence[str]], DispatchView] = (
        straight.masked
    )
    find: Callable[[Book, int, int], DispatchView | None] = straight.find
    find_to_change: Callable[[Book, int, int], DispatchView | None] = straight.find
    find_to_delete: Callable[[Book, int, int], DispatchView | None] = straight.find
    remove: Callable[[Book, int, int], None] = straight.remove
    listed: Callable[[Book, int], list[DispatchView]] = straight.listed
    finds: Callable[[Filter, DispatchView], bool] = straight.finds
    arrange: Callable[[list[DispatchView], int, int, Cursor], list[DispatchView]] = straight.arrange
    size: Callable[[int | None], int] = straight.size
    answer_bytes: Callable[[Book], int] = straight.answer_bytes
    cut: Callable[[Sequence[tuple[int, int]], bool, Cursor, int], tuple[int, int, bool]] = (
        straight.cut
    )
    total: Callable[[Sequence[DispatchView], Sequence[DispatchView], int], int] = straight.total
    next_token: Callable[[Book, Content, bool], str | None] = straight.next_token
    open_token: Callable[[Book, str], Content] = straight.open_token
    continues: Callable[[Content, Content], Content] = straight.continues
    announce: Callable[[Book, int, DispatchView | None, DispatchView], Sequence[Event]] = (
        straight.announce
    )
    hears: Callable[[Book, Subscriber, int], bool] = straight.hears
    greeting: Callable[[Book, int], Sequence[Event]] = straight.greeting
    patience_s: Callable[[Book], float | None] = straight.patience_s
    after_refusal: Callable[[Book, int, DispatchData], Sequence[Event]] = straight.after_refusal
    shown: Callable[[Book, DispatchView, str], DispatchView] = straight.shown
    dressed: Callable[[Any, str], Any] = straight.dressed
    answered: Callable[[str, int, int], tuple[int, int]] = straight.answered
    status: Callable[[Refuse], grpc.StatusCode] = straight.status
    guard: Callable[[Book, str, Mapping[str, str], Any], None] = straight.guard


STRAIGHT = Policy()
"""A correct endpoint."""
