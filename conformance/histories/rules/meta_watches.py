"""Rules for watches: the assemblers of clients, message by message, and what they add up to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.histories.judging import Found, Rule, Seen, rule
from conformance.histories.looks import Look, by_key
from conformance.histories.rules.meta_view import View, Watched
from conformance.oracles.meta.assembly import RULES as CODES
from conformance.oracles.meta.assembly import Asked
from conformance.oracles.meta.model import Data, Message
from conformance.oracles.meta.names import fits, parent_of
from conformance.oracles.meta.stateful import Stateful
from conformance.oracles.meta.stateless import Stateless

SDK_ONLY = frozenset({"size_unset", "size_early", "changes_in_control", "name", "snapshot_removed"})
"""Codes that matter to the published client alone."""

NEEDS_HISTORY = frozenset({"size_wrong"})
"""Codes that a resumed stream cannot be judged by, as the client brought something along."""


def assembler(view: View, watched: Watched) -> Stateful | Stateless | None:
    """The strict assembler for a watch; None if its messages cannot be told apart by it."""
    request = watched.asked.request
    bare = request.HasField("field_mask") and "name" not in watched.asked.mask
    if bare and not request.view:
        return None  # whom a change is about may be hidden
    if request.type not in (0, 1) or not 0 <= request.max_chunk_size <= 100:
        return None
    asked = Asked(
        stateful=request.type == 0,
        chunk=int(request.max_chunk_size),
        page=max(0, int(request.page_size)),
        resumed=bool(request.resume_token) or request.HasField("starting_time"),
        empty_size=view.sdk,
    )
    return Stateful(asked) if asked.stateful else Stateless(asked)


@rule(*sorted(set(CODES.values())))
def assembled(view: View) -> Found:
    """Every message of a watch, as the strict assembler takes it."""
    for watched in view.watches:
        client = assembler(view, watched) if watched.asked.operation.verb == "watch" else None
        if client is None:
            continue
        seen: set[str] = set()
        for frame, message in watched.messages:
            snapshot = client.phase == "snapshot"
            for violation in client.feed(message):
                code = violation.code
                if code in seen or (code in SDK_ONLY and not view.sdk):
                    continue
                if code in NEEDS_HISTORY and client.asked.resumed:
                    continue
                seen.add(code)
                where = (watched.stream.opened, frame)
                yield Seen(id=CODES[code], wrong=violation.text, where=where)
            kept = _exercised(client.asked, message, snapshot)
            yield from (Seen(id=id_) for id_ in kept - {CODES[code] for code in seen})


def _exercised(asked: Asked, message: Message, snapshot: bool) -> set[str]:
    """Requirements that a message is about, as far as its form tells."""
    found = {"META-CHK-012", "META-CHK-013"}
    if message.changes:
        found |= {"META-CHK-016", "META-CHK-015"}
        unchunked = "META-CHK-009" if asked.stateful else "META-CHK-008"
        found.add("META-CHK-001" if asked.chunk else unchunked)
        if snapshot:
            found |= {"META-CHK-004", "META-CHK-005"}
        elif asked.stateful:
            kinds = {change.kind for change in message.changes}
            rows = {"added": "002", "modified": "005", "removed": "006"}
            found |= {f"META-WST-{rows[kind]}" for kind in kinds if kind in rows}
        else:
            found |= {"META-WSL-001", "META-WSL-005"}
    if message.snapshot_size == -1:
        found.add("META-CHK-011")
    if asked.stateful:
        found |= {"META-WST-012", "META-WST-013", "META-RST-007"}
    else:
        found.add("META-WSL-004")
        if snapshot and message.is_current and not asked.resumed:
            found.add("META-RSM-001")
    return found


@rule("META-CHK-003")
def snapshots(view: View) -> Found:
    """A snapshot shows what was there throughout: seen the same before it and after it."""
    groups = by_key(each for each in view.looks if each.began_us is not None)
    for watched in view.watches:
        client = assembler(view, watched) if watched.asked.operation.verb == "watch" else None
        request = watched.asked.request
        if client is None or client.asked.resumed or request.filter or client.asked.page:
            continue
        closed = _closed(client, watched)
        parent = getattr(request, "parent", "")
        capped = client.asked.stateful and not client.asked.chunk
        if closed is None or capped or request.page_token:
            continue
        names, at_us = closed
        for key, group in groups.items():
            if not belongs(str(key), watched.asked.kind.plural, parent):
                continue
            pair = around(group, watched.stream.opened.began_us, at_us)
            if pair is None:
                continue
            if {each.where.line.caller for each in pair} != {watched.stream.opened.line.caller}:
                continue
            text = f"{key} was there throughout, and is not in the snapshot"
            where = (pair[0].where, watched.stream.opened, pair[1].where)
            yield Seen(id="META-CHK-003", wrong="" if key in names else text, where=where)


def _closed(client: Stateful | Stateless, watched: Watched) -> tuple[set[str], int] | None:
    """Names in the first snapshot, and when it was closed."""
    for frame, message in watched.messages:
        if message.hard_reset or message.soft_reset:
            return None
        client.feed(message)
        if client.emitted:
            if frame.at_us is None:
                return None
            return {str(item["name"]) for item in client.emitted[0].items}, frame.at_us
    return None


def around(
    group: list[Look[Data]], from_us: int, to_us: int
) -> tuple[Look[Data], Look[Data]] | None:
    """Looks before and after some time that show one resource, unchanged; None without a pair."""
    if (group[-1].began_us or 0) <= to_us:
        return None
    before = [e for e in group if e.ended_us is not None and e.ended_us < from_us]
    after = [e for e in group if e.began_us is not None and e.began_us > to_us]
    if not before or not after or before[-1].value != after[0].value:
        return None
    meta = before[-1].value.get("metadata") or {}
    timed = meta.get("create_time") is not None and fine(meta.get("update_time"))
    return (before[-1], after[0]) if timed else None


def fine(time_ns: int | None) -> bool:
    """Whether a time is told finely enough that a change and its undoing would show in it."""
    return time_ns is not None and time_ns % 1_000_000_000 != 0


def belongs(name: str, plural: str, parent: str) -> bool:
    """Whether a name is one of a kind and below a parent, "" for any."""
    if name.split("/")[-2:-1] != [plural]:
        return False
    return not parent or fits(parent, parent_of(name))


@rule("META-WS1-001", "META-WS1-003", "META-WS1-007")
def single(view: View) -> Found:
    """A watch of one resource begins with it, and tells of no other."""
    for watched in view.watches:
        if watched.asked.operation.verb != "watch_one" or not watched.changes:
            continue
        name = watched.asked.request.name
        opened = watched.stream.opened
        frame, first = watched.changes[0]
        text = f"it begins with {first.kind}" if first.kind not in ("added", "current") else ""
        yield Seen(id="META-WS1-001", wrong=text, where=(opened, frame))
        for frame, change in watched.changes:
            if not watched.asked.whole:
                continue
            text = f"{change.kind} {change.name!r} in the watch of {name!r}"
            wrong = text if change.name != name else ""
            id_ = "META-WS1-003" if change.kind == "removed" else "META-WS1-007"
            yield Seen(id=id_, wrong=wrong, where=(opened, frame))


@rule(
    "META-CHK-007",
    "META-WSL-003",
    "META-WST-010",
    "META-WST-011",
    "META-RSM-010",
)
def refused(view: View) -> Found:
    """Requests that a watch has to refuse."""
    for watched in view.watches:
        request = watched.asked.request
        if watched.asked.operation.verb != "watch" or request.type not in (0, 1):
            continue
        if not watched.messages and watched.stream.code in (None, "CANCELLED"):
            continue
        for id_, what in _wrong(request):
            text = f"{what} was taken" if watched.messages else ""
            yield Seen(id=id_, wrong=text, where=(watched.stream.opened,))


def _wrong(asked: Any) -> Iterator[tuple[str, str]]:
    timed = asked.HasField("starting_time")
    if not 0 <= asked.max_chunk_size <= 100:
        yield "META-CHK-007", f"a chunk size of {asked.max_chunk_size}"
    if asked.type == 1 and (asked.page_size > 0 or asked.page_token or asked.order_by):
        yield "META-WSL-003", "size, token or order of a stateless watch"
    if asked.type == 0 and asked.resume_token:
        yield "META-WST-010", "a resume token of a stateful watch"
    if asked.type == 0 and timed:
        yield "META-WST-011", "a starting time of a stateful watch"
    if asked.resume_token and timed:
        yield "META-RSM-010", "a resume token beside a starting time"


RULES: tuple[Rule, ...] = (assembled, snapshots, single, refused)
