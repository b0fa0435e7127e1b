"""Rules for lists of dispatches: what a filter finds, the order, pages and walks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

from conformance.histories.judging import Found, Rule, Seen, rule
from conformance.histories.looks import Look, by_key
from conformance.histories.rules.dispatch_view import View
from conformance.histories.walks import Walk
from conformance.oracles.filter import certain
from conformance.oracles.model import Filter, SortField, SortOrder
from conformance.oracles.order import judge_views
from conformance.targets.dispatch_model import Dispatch

FILTERED = {
    "active": "DSP-FLT-003",
    "dry_run": "DSP-FLT-004",
    "recurring": "DSP-FLT-005",
    "start": "DSP-FLT-009",
    "end": "DSP-FLT-010",
    "update": "DSP-FLT-013",
    "targets": "DSP-FLT-015",
    "ids": "DSP-FLT-017",
    "queries": "DSP-FLT-019",
}
"""Which requirement each field of a filter is about."""


def _said(where: Filter) -> list[str]:
    return [f.name for f in fields(Filter) if getattr(where, f.name) != getattr(Filter(), f.name)]


@rule(*FILTERED.values(), "DSP-FLT-014")
def filtered(view: View) -> Found:
    """Every entry of a page passes the filter, field by field."""
    for walk in view.walks:
        if walk.first.query is None:
            continue
        where: Filter = walk.first.query[0]
        said = [name for name in _said(where) if name in FILTERED]
        page = walk.pages[-1]
        for shown in page.items:
            for name in said:
                alone = replace(Filter(), **{name: getattr(where, name)})
                if (passes := certain(alone, shown, view.readings)) is not None:
                    text = f"dispatch {shown.id} is listed though {name} is {alone_text(alone)}"
                    wrong = "" if passes else text
                    yield Seen(id=FILTERED[name], wrong=wrong, where=(page.call,))
                    if len(said) > 1:
                        yield Seen(id="DSP-FLT-014", wrong=wrong, where=(page.call,))


def alone_text(where: Filter) -> str:
    """The fields of a filter that say something."""
    return ", ".join(f"{name}={getattr(where, name)!r}" for name in _said(where))


@rule("DSP-FLT-001", "DSP-PAG-002", "DSP-PAG-012", *FILTERED.values(), "DSP-FLT-014")
def complete(view: View) -> Found:
    """A walk shows what was there throughout: seen the same before it and after it."""
    groups = by_key(each for each in view.looks if each.began_us is not None)
    places: dict[Any, list[list[Look[Dispatch]]]] = {}
    for key, group in groups.items():
        places.setdefault(key[0], []).append(group)
    for walk in view.walks:
        if not walk.whole or walk.ended_us is None or walk.first.query is None:
            continue
        where: Filter = walk.first.query[0]
        shown = Counter(item.id for item in walk.items)
        id_ = _row(view, walk, where)
        for group in places.get(walk.first.scope, []):
            there = _throughout(view, group, walk)
            callers = {look.where.line.caller for look in there or ()}
            if callers != {walk.first.call.line.caller}:
                continue
            if there is None or certain(where, there[0].value, view.readings) is not True:
                continue
            times = shown[there[0].value.id]
            how = "twice" if times else "not at all"
            text = f"dispatch {there[0].value.id} was there throughout, and is listed {how}"
            about = (there[0].where, *walk.calls, *(look.where for look in there[1:]))
            yield Seen(id=id_, wrong="" if times == 1 else text, where=about)


def _row(view: View, walk: Walk, where: Filter) -> str:
    said = _said(where)
    if len(walk.pages) > 1:
        quiet = view.quiet.between(walk.first.scope, walk.began_us, walk.ended_us)
        return "DSP-PAG-002" if quiet else "DSP-PAG-012"
    if not said:
        return "DSP-FLT-001"
    return FILTERED.get(said[0], "DSP-FLT-014") if len(said) == 1 else "DSP-FLT-014"


def _throughout(view: View, group: list[Look[Dispatch]], walk: Walk) -> list[Look[Dispatch]] | None:
    """Looks that prove one state throughout a walk, None without a proof.

    One before and one after it; or the last one before, where nobody wrote since.
    """
    before = [e for e in group if e.ended_us is not None and e.ended_us < walk.began_us]
    end_us = walk.ended_us or 0
    after = [e for e in group if e.began_us is not None and e.began_us > end_us]
    for one in reversed(before):
        for other in after:
            if one.value.update_us == other.value.update_us:
                return [one, other]
        break
    call = walk.pages[-1].call
    if before and view.steady(before[-1], walk.ended_us, but=call):
        return [before[-1]]
    return None


@rule("DSP-SRT-001", "DSP-SRT-002", "DSP-SRT-003")
def sorted_(view: View) -> Found:
    """Within a page the entries come in the order asked for."""
    for walk in view.walks:
        if walk.first.query is None:
            continue
        _, field, order = walk.first.query
        page = walk.pages[-1]
        if field in tuple(SortField)[1:] and order in tuple(SortOrder)[1:]:
            id_ = "DSP-SRT-002"
        elif (field, order) == (0, 0):
            id_ = "DSP-SRT-003" if page.page.request.HasField("sort_options") else "DSP-SRT-001"
        else:
            continue
        found = judge_views(page.items, field, order)
        if len(page.items) > 1:
            yield Seen(id=id_, wrong=found.text if found else "", where=(page.call,))


@rule(
    "DSP-PAG-001",
    "DSP-PAG-003",
    "DSP-PAG-004",
    "DSP-PAG-006",
    "DSP-PAG-009",
    "DSP-PAG-017",
    "DSP-FLT-021",
)
def pages(view: View) -> Found:
    """Sizes, totals and ends of pages; totals and ends where nothing was written meanwhile."""
    for page in view.pages:
        if page.size:
            text = f"{len(page.items)} entries, asked were {page.size}"
            wrong = text if len(page.items) > page.size else ""
            yield Seen(id="DSP-PAG-001", wrong=wrong, where=(page.call,))
    for walk in view.walks:
        last = walk.pages[-1]
        if len(walk.pages) > 1 and walk.first.size and not last.size:
            text = f"{len(last.items)} entries on a later page, asked were {walk.first.size}"
            wrong = text if len(last.items) > walk.first.size else ""
            yield Seen(id="DSP-PAG-006", wrong=wrong, where=walk.calls)
        if view.quiet.between(walk.first.scope, walk.began_us, walk.ended_us):
            yield from _quiet(walk)
    yield from _again(view)


def _quiet(walk: Walk) -> Iterator[Seen]:
    totals = [page.page.reply.pagination_info.total_items for page in walk.pages]
    text = f"totals {totals}" if len(set(totals)) > 1 else ""
    yield Seen(id="DSP-PAG-004", wrong=text, where=walk.calls)
    last = walk.pages[-1]
    if len(walk.pages) > 1:
        text = "a token led to an empty page" if not last.items else ""
        yield Seen(id="DSP-PAG-003", wrong=text, where=walk.calls[-2:])
    if not walk.whole:
        return
    count = len({item.id for item in walk.items})
    text = f"total {totals[-1]}, listed were {count}" if totals[-1] != count else ""
    empty = walk.first.query == (Filter(), 0, 0)
    yield Seen(id="DSP-PAG-004" if empty else "DSP-FLT-021", wrong=text, where=walk.calls)
    if not count:
        yield Seen(id="DSP-PAG-017", wrong=text, where=walk.calls)


def _again(view: View) -> Iterator[Seen]:
    first: dict[tuple[Any, str], Any] = {}
    for page in view.pages:
        if not page.token:
            continue
        known = first.setdefault((page.scope, page.token), page)
        if known is page or (known.query, known.size) != (page.query, page.size):
            continue
        ended = (known.call.ended_us, page.call.ended_us)
        from_us = min(known.call.began_us, page.call.began_us)
        if None not in ended and view.quiet.between(page.scope, from_us, max(ended)):
            one, other = [i.id for i in known.items], [i.id for i in page.items]
            text = f"one token gave {one}, then {other}" if one != other else ""
            yield Seen(id="DSP-PAG-009", wrong=text, where=(known.call, page.call))


RULES: tuple[Rule, ...] = (filtered, complete, sorted_, pages)
