"""The hook points of the naive meta endpoint: a table of functions, one per decision.

The defaults are the functions of the same names in `straight` (reading), `following` (watching)
and `speech` (REST). A fault or a variant is one of them exchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.mutants.meta import following, speech, straight
from conformance.mutants.meta.book import Book, Code, Commit, Refuse
from conformance.mutants.meta.filters import Predicate
from conformance.mutants.meta.order import Key
from conformance.mutants.meta.paging import Cursor
from conformance.mutants.meta.query import Mask, Query
from conformance.oracles.meta.model import Change, Data, Kind, Message

Items = Sequence[Data]
Cursors = tuple[Cursor | None, Cursor | None]

# Streams know the policy that they ask, so their class cannot be named here: hence Any.


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How an endpoint decides. What each hook is asked is said where its default stands."""

    fixture: Callable[[], list[Data]] = straight.fixture
    serves: Callable[[str, str], bool] = straight.serves
    undocumented: Callable[[str], Callable[[bytes], bytes] | None] = straight.undocumented
    admits: Callable[[Any], None] = straight.admits
    encoded: Callable[[bytes, str], bytes] = straight.encoded
    guard: Callable[[Book, str, Mapping[str, str]], None] = straight.guard
    permission: Callable[[Kind, str], str] = straight.permission
    check_name: Callable[[Kind, str], None] = straight.check_name
    find: Callable[[Book, Kind, str], Data | None] = straight.find
    batch: Callable[[Book, Kind, Sequence[str]], tuple[list[Data], list[str]]] = straight.batch
    children: Callable[[Book, Kind, str], list[Data]] = straight.children
    stamped: Callable[[Data, Data | None, int, int], Data] = straight.stamped
    lists: Callable[[Query, Data], bool] = straight.lists
    read_filter: Callable[[Kind, str], Predicate] = straight.read_filter
    read_order: Callable[[Kind, str], list[Key]] = straight.read_order
    read_mask: Callable[[Kind, Sequence[str]], Mask] = straight.read_mask
    check_view: Callable[[int], None] = straight.check_view
    arrange: Callable[[Items, Sequence[Key]], list[Data]] = straight.arrange
    shown: Callable[[Kind, Data, Mask, int, str], Data] = straight.shown
    size: Callable[[int], int] = straight.size
    open_token: Callable[[Book, Kind, str], Cursor] = straight.open_token
    seal: Callable[[Book, Kind, Cursor, Sequence[Key]], str] = straight.seal
    continues: Callable[[Book, Query, str], Query] = straight.continues
    cut: Callable[[Items, Query], tuple[int, int]] = straight.cut
    page: Callable[[Items, Query, int, int], list[Data]] = straight.page
    cursors: Callable[[Items, Query, int, int], Cursors] = straight.cursors
    counters: Callable[[bool, Items, Items, int, int], tuple[int, int]] = straight.counters

    reject: Callable[..., None] = straight.reject
    stateful: Callable[[Any], bool] = following.stateful
    chunk: Callable[..., int] = following.chunk
    window_size: Callable[[int], int] = following.window_size
    watches: Callable[[Book, Kind, str, str], bool] = following.watches
    covers: Callable[[Any, Data], bool] = following.covers
    window: Callable[[Any, Items], list[Data]] = following.window
    window_tokens: Callable[[Any, Items], tuple[str, str]] = following.window_tokens
    snapshot: Callable[[Any], list[Change]] = following.snapshot
    follow: Callable[[Any, Commit], list[Change]] = following.follow
    decide: Callable[[Any, Data | None, Data | None], Change | None] = following.decide
    differ: Callable[[Any, Items, Items], list[Change]] = following.differ
    chunks: Callable[[Sequence[Change], int], list[Sequence[Change]]] = following.chunks
    dressed: Callable[[Any, Sequence[Sequence[Change]], bool], list[Message]] = following.dressed
    worth_telling: Callable[[Any, Sequence[Change]], bool] = following.worth_telling
    sends: Callable[[Any, Message], Message | None] = following.sends
    commits: Callable[[Any], Sequence[Commit]] = following.commits
    delay_s: Callable[[Any], float] = following.delay_s
    resume_token: Callable[[Any, int], str] = following.resume_token
    resumed: Callable[[Book, Query, str], int | None] = following.resumed
    since: Callable[[Book, int], int | None] = following.since
    opening: Callable[..., list[Message]] = following.opening
    soft_reset: Callable[[Any, Sequence[Message], Sequence[Message]], list[Message]] = (
        following.soft_reset
    )
    hard_reset: Callable[[Any], list[Message]] = following.hard_reset
    suffers: Callable[[Any, str], bool] = following.suffers
    may_send_size: Callable[[Any], bool] = following.may_send_size
    view_size: Callable[[Any, int | None], int] = following.view_size
    expire: Callable[[Book], None] = following.expire
    dropped: Callable[[Any, int], Code] = following.dropped
    admits_stream: Callable[[Book], None] = following.admits_stream
    closed: Callable[[Any], None] = following.closed
    single_absent: Callable[[Any], None] = following.single_absent
    single_first: Callable[[Any, Data], list[Change]] = following.single_first
    single_follow: Callable[[Any, Commit], list[Change]] = following.single_follow
    single_ends: Callable[[Any, Change], Code | None] = following.single_ends

    rest_serves: Callable[[str, Kind], bool] = speech.rest_serves
    rest_path: Callable[[str], str] = speech.rest_path
    rest_query: Callable[[str], list[tuple[str, str]]] = speech.rest_query
    rest_bind: Callable[[Any, Sequence[tuple[str, str]]], None] = speech.rest_bind
    rest_json: Callable[[Any], str] = speech.rest_json
    rest_error: Callable[[Refuse], tuple[int, str]] = speech.rest_error
    rest_unknown: Callable[[str, str], tuple[int, str]] = speech.rest_unknown
    rest_body: Callable[[Any, bytes], None] = speech.rest_body
    rest_frames: Callable[..., Any] = speech.rest_frames


STRAIGHT = Policy()
"""A correct endpoint."""
