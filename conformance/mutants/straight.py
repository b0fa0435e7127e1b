"""How a correct endpoint decides: one plain function per decision, at the preferred readings.

Each of these is a default in `policy.Policy`, and each can be bent by a fault or a variant. What
they share is the endpoint's book; none of them knows messages or sockets.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import grpc

from conformance.mutants.book import Book, Event, Refuse, Subscriber
from conformance.oracles.end_time import each_answer
from conformance.oracles.filter import matches
from conformance.oracles.masks import PATHS, PROBES
from conformance.oracles.masks import masked as apply_mask
from conformance.oracles.model import (
    SECOND_US,
    DispatchData,
    DispatchView,
    Filter,
    Rule,
    SortField,
    SortOrder,
    Update,
)
from conformance.oracles.order import arrange as arrange_views
from conformance.oracles.payload import compact_size
from conformance.oracles.validation import UNDECIDED, Problem

DEFAULT_SIZE = 100
LARGEST_SIZE = 1000
CLOCK_WINDOW_S = 300
WORK = 1_000_000
"""Candidates examined for an end time; beyond that none is answered."""
ACCEPTED_TRAITS = ("A4", "A6", "A14", "year 9999", UNDECIDED)
"""Doubtful requests that the preferred reading takes."""


def now_us(book: Book) -> int:
    """The server's clock."""
    return time.time_ns() // 1000


def next_id(book: Book) -> int:
    """An id that was never given out."""
    return next(book.ids)


def objection(
    found: Sequence[Problem], data: DispatchData, at_us: int, where: str
) -> Problem | None:
    """The first problem of a `create` or `update` that is a reason to refuse it."""
    return next((problem for problem in found if objects(problem, data, at_us)), None)


def objects(problem: Problem, data: DispatchData, at_us: int) -> bool:
    """Whether one problem is a reason to refuse a dispatch."""
    if problem.level in ("must", "should"):
        return True
    if problem.trait == "A1":
        return (data.start_us or 0) < at_us - SECOND_US
    if problem.trait == "A19":
        return compact_size(data.payload) > 51_200
    return problem.trait not in ACCEPTED_TRAITS


def at_once(request: Any) -> bool:
    """Whether a create asks for the server's own time as its start."""
    return bool(request.start_immediately)


def starts_now(data: DispatchData, at_us: int) -> DispatchData:
    """A dispatch that is to start immediately, with the server's time as its start."""
    return replace(data, start_us=at_us)


def refuses_microgrid(book: Book, microgrid: int, where: str) -> None:
    """Refuse ids that cannot name a microgrid, in a `create`, `list` or `stream`."""
    if microgrid == 0:
        raise Refuse("invalid", "microgrid_id is 0")


def admits(book: Book, request: Any) -> None:
    """Refuse a request for what it is; unknown fields are no reason."""


def keep(data: DispatchData) -> DispatchData:
    """What is stored of a dispatch: whole seconds, and an interval of 1 for none."""
    start_us = None if data.start_us is None else round(data.start_us / SECOND_US) * SECOND_US
    return replace(data, start_us=start_us, rule=keep_rule(data.rule))


def keep_rule(rule: Rule | None) -> Rule | None:
    """A rule as it is stored; one without frequency is none."""
    if rule is None or rule.freq == 0:
        return None
    return replace(rule, interval=rule.interval or 1)


def same_as_before(book: Book, microgrid: int, data: DispatchData) -> DispatchView | None:
    """An existing dispatch that stands for a new one: never."""
    return None


def end_us(data: DispatchData) -> int | None:
    """When the dispatch ends for good."""
    start_us = data.start_us or 0
    answers = each_answer(start_us=start_us, duration_s=data.duration_s, rule=data.rule, work=WORK)
    return next((a.end_us for a in answers if a.kind in ("time", "absent")), None)


def end_after_update(before: DispatchView, after: DispatchView, computed: int | None) -> int | None:
    """The end time after an update: computed anew."""
    return computed


def update_us(before: DispatchView, at_us: int) -> int:
    """The update time of a change: strictly later than the one before."""
    return max(at_us, before.update_us + 1)


def deleted(before: DispatchView, at_us: int) -> DispatchView:
    """The last state that a deletion shows."""
    return replace(before, update_us=update_us(before, at_us))


def check_mask(update: Update, paths: Sequence[str]) -> None:
    """Refuse masks that are empty or name what cannot be changed, and a target left out."""
    if not paths:
        raise Refuse("invalid", "update_mask is empty")
    for path in paths:
        if path not in (*PATHS, *PROBES, "recurrence"):
            raise Refuse("invalid", f"update_mask: no path {path}")
    if "target" in paths and update.target is None:
        raise Refuse("invalid", "update_mask has target, but the update has none")


def masked(
    book: Book, microgrid: int, before: DispatchView, update: Update, paths: Sequence[str]
) -> DispatchView:
    """The data after an update, before its validation."""
    check_mask(update, paths)
    return apply_mask(before, update, paths)


def find(book: Book, microgrid: int, dispatch_id: int) -> DispatchView | None:
    """A dispatch of this microgrid, for whatever is to be done with it."""
    return book.of(microgrid).get(dispatch_id)


def remove(book: Book, microgrid: int, dispatch_id: int) -> None:
    """Forget a dispatch."""
    book.of(microgrid).pop(dispatch_id, None)


def listed(book: Book, microgrid: int) -> list[DispatchView]:
    """What can be listed for a microgrid, before any filter."""
    return list(book.of(microgrid).values())


def finds(where: Filter, view: DispatchView) -> bool:
    """Whether a filter lets a dispatch through."""
    return matches(where, view)


def arrange(
    views: list[DispatchView], field: int, order: int, cursor: Sequence[int] | None
) -> list[DispatchView]:
    """The order of a list; `cursor` is None on page one."""
    for value, known in ((field, SortField), (order, SortOrder)):
        if value not in tuple(known):
            raise Refuse("invalid", f"{known.__name__} has no {value}")
    return arrange_views(views, field, order)


def size(asked: int | None) -> int:
    """How many items a page holds at most; `asked` is None without a page size."""
    return min(asked or DEFAULT_SIZE, LARGEST_SIZE)


def answer_bytes(book: Book) -> int:
    """How large the answer to a list may become; clients take 4 MiB unless told otherwise."""
    return 3 * 1024 * 1024


def cut(
    keys: Sequence[tuple[int, int]], descending: bool, cursor: Sequence[int] | None, most: int
) -> tuple[int, int, bool]:
    """Where a page begins and ends among the arranged keys, and whether anything follows.

    Keys are pairs of sort value and id; the cursor is the key of the last item shown before.
    """
    begin = 0
    if cursor is not None:
        key = tuple(cursor)
        begin = sum((k >= key) if descending else (k <= key) for k in keys)
    return begin, min(begin + most, len(keys)), begin + most < len(keys)


def total(found: Sequence[DispatchView], shown: Sequence[DispatchView], stored: int) -> int:
    """The number of items stated: all that were found."""
    return len(found)


def next_token(book: Book, content: Mapping[str, Any], more: bool) -> str | None:
    """The token after a page, None for no field; `content` is what the next page needs."""
    return seal(book, content) if more else None


def seal(book: Book, content: Mapping[str, Any]) -> str:
    """A token that carries its content and a signature."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=") + "." + book.sign(text)


def open_token(book: Book, token: str) -> Mapping[str, Any]:
    """The content of a token that this endpoint has issued."""
    coded, _, signature = token.partition(".")
    try:
        text = base64.b64decode(coded + "=" * (-len(coded) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise Refuse("invalid", "page_token is not one of ours") from None
    again = base64.urlsafe_b64encode(text).decode().rstrip("=")
    signed = hmac.compare_digest(signature.encode(), book.sign(text).encode())
    if again != coded or not signed:
        raise Refuse("invalid", "page_token is not one of ours")
    content: Mapping[str, Any] = json.loads(text)
    return content


def continues(content: Mapping[str, Any], asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is listed on with a token: its own query, which a repeated one has to equal.

    `content` is the token's, `asked` the request's: microgrid, filter and sort, the latter two
    empty when left out.
    """
    for name in ("microgrid", "filter", "sort"):
        if asked[name] and asked[name] != content[name]:
            raise Refuse("invalid", f"page_token belongs to another {name}")
    return content


def announce(
    book: Book, kind: int, before: DispatchView | None, after: DispatchView
) -> Sequence[Event]:
    """The events of one committed change."""
    return ((kind, after),)


def hears(book: Book, subscriber: Subscriber, microgrid: int) -> bool:
    """Whether a subscriber is told what happens in a microgrid."""
    return microgrid == subscriber.microgrid


def greeting(book: Book, microgrid: int) -> Sequence[Event]:
    """Events that a new stream begins with."""
    return ()


def patience_s(book: Book) -> float | None:
    """Seconds of silence after which a stream is closed with OK; None is never."""
    return None


def after_refusal(book: Book, microgrid: int, data: DispatchData) -> Sequence[Event]:
    """Events of a create that was refused."""
    return ()


def shown(book: Book, view: DispatchView, where: str) -> DispatchView:
    """A dispatch on its way out, in a `create`, `update`, `get`, `list` or `stream` answer."""
    return view


def dressed(message: Any, where: str) -> Any:
    """The message of a dispatch, about to be sent."""
    return message


def answered(where: str, microgrid: int, dispatch_id: int) -> tuple[int, int]:
    """The ids that `get` and `delete` repeat in their answers."""
    return microgrid, dispatch_id


def status(refusal: Refuse) -> grpc.StatusCode:
    """The status of a refusal."""
    return {
        "invalid": grpc.StatusCode.INVALID_ARGUMENT,
        "not_found": grpc.StatusCode.NOT_FOUND,
        "unauthenticated": grpc.StatusCode.UNAUTHENTICATED,
        "denied": grpc.StatusCode.PERMISSION_DENIED,
        "exhausted": grpc.StatusCode.RESOURCE_EXHAUSTED,
    }[refusal.kind]


def guard(book: Book, method: str, metadata: Mapping[str, str], request: Any) -> None:
    """Refuse callers without the key, or without a fresh signature where one is needed."""
    check_key(book, metadata)
    check_signature(book, method, metadata)
    check_time(book, metadata)
    check_nonce(book, metadata)


def check_key(book: Book, metadata: Mapping[str, str]) -> None:
    """Refuse another key than the endpoint's, where it has one."""
    if book.auth_key is not None and metadata.get("key") != book.auth_key:
        raise Refuse("unauthenticated", "no key, or not a known one")


def check_signature(book: Book, method: str, metadata: Mapping[str, str]) -> None:
    """Refuse a call whose signature is not that of its key, time, nonce and method."""
    if book.sign_secret is None:
        return
    signed = "".join(metadata.get(name, "") for name in ("key", "ts", "nonce")) + method
    digest = hmac.new(book.sign_secret.encode(), signed.encode(), hashlib.sha256).digest()
    wanted = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    if not hmac.compare_digest(metadata.get("sig", "").encode(), wanted.encode()):
        raise Refuse("unauthenticated", "the signature does not fit")


def check_time(book: Book, metadata: Mapping[str, str]) -> None:
    """Refuse signatures made too long ago or too far ahead."""
    if book.sign_secret is None:
        return
    stamp = metadata.get("ts", "")
    if not stamp.isdecimal() or abs(int(stamp) - time.time()) > CLOCK_WINDOW_S:
        raise Refuse("unauthenticated", "the signature is too old")


def check_nonce(book: Book, metadata: Mapping[str, str]) -> None:
    """Refuse a nonce that was used before."""
    if book.sign_secret is None:
        return
    nonce = metadata.get("nonce", "")
    with book.lock:
        if not nonce or nonce in book.nonces:
            raise Refuse("unauthenticated", "the nonce was used before")
        book.nonces.add(nonce)
