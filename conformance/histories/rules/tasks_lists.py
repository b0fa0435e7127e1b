"""Rules for lists of tasks and types: sizes, filters, orders and walks."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import Any

from conformance.histories.judging import Found, Rule, Seen, rule
from conformance.histories.looks import Look, by_key
from conformance.histories.rules.tasks_view import View
from conformance.histories.walks import Walk
from conformance.oracles.tasks.filter import depends_on_absence, matches
from conformance.oracles.tasks.filter_text import FilterError, Node, Word, parse
from conformance.oracles.tasks.model import Task
from conformance.oracles.tasks.order import OrderError, judge_order, parse_order, sortable

LIST = ("ListTasks", "ListTypes")

PLAIN = re.compile(r"[A-Za-z0-9._~=-]+")
"""What a token is made of that stands in a URL as it is."""


@rule("TSK-LST-001", "TSK-LST-003", "TSK-LST-005", "TSK-LST-011", "TSK-LST-012")
def pages(view: View) -> Found:
    """Pages by themselves."""
    for method in LIST:
        for asked in view.of(method, ok=None):
            if asked.request.page_size < 0:
                text = f"page size {asked.request.page_size} was taken" if asked.call.ok else ""
                yield Seen(id="TSK-LST-003", wrong=text, where=(asked.call,))
        for page in view.pages(method):
            where = (page.call,)
            if page.size > 0:
                text = f"{len(page.items)} items, asked were {page.size}"
                wrong = text if len(page.items) > page.size else ""
                yield Seen(id="TSK-LST-005", wrong=wrong, where=where)
            parent = page.scope[1]
            foreign = [i.name for i in page.items if not i.name.startswith(f"{parent}/")]
            if parent and "-" not in parent.split("/"):
                text = f"{foreign[0]} in a list of {parent}" if foreign else ""
                yield Seen(id="TSK-LST-001", wrong=text, where=where)
            if page.next:
                text = f"token {page.next!r}" if not PLAIN.fullmatch(page.next) else ""
                yield Seen(id="TSK-LST-011", wrong=text, where=where)
            total = page.page.reply.total_size
            short = not page.token and total < len(page.items)
            text = f"total {total}, {len(page.items)} items on one page"
            yield Seen(id="TSK-LST-012", wrong=text if short else "", where=where)


@cache
def readings(text: str) -> tuple[Node, ...] | None:
    """What a filter may mean; None if it is none in any reading."""
    found: list[Node] = []
    for sql in (False, True):
        try:
            node = parse(text, sql=sql)
        except (FilterError, RecursionError):
            continue
        if node is not None and node not in found:
            found.append(node)
    return tuple(found) or None


def passes(text: str, item: Any) -> bool | None:
    """Whether an item passes a filter, None if that is open."""
    if not text.strip():
        return True
    meant = readings(text)
    if NOTHING.search(text):
        return None
    if meant is None or any(_searches(node) for node in meant):
        return None
    try:
        if any(depends_on_absence(node, item) for node in meant):
            return None
        answers = {matches(node, item) for node in meant}
    except FilterError:
        return None
    return answers.pop() if len(answers) == 1 else None


def _searches(node: Any) -> bool:
    """Whether free words are in it, whose meaning is the server's."""
    if isinstance(node, Word):
        return True
    inner = getattr(node, "parts", None) or [getattr(node, "inner", None)]
    return any(_searches(part) for part in inner if part is not None)


NOTHING = re.compile(r"\bnull\b", re.IGNORECASE)
"""What is absent may be null, or neither null nor anything else."""

JOINED = re.compile(r"\b(AND|OR|NOT)\b|\(|(^|\s)-", re.IGNORECASE)
ABOUT = {
    "state": "TSK-FLT-004",
    "create_time": "TSK-FLT-007",
    "update_time": "TSK-FLT-007",
    "completion_time": "TSK-FLT-007",
    "metadata": "TSK-FLT-008",
}


def filter_row(text: str) -> str:
    """Which requirement a filter is about: what it compares, or how it joins comparisons."""
    heads = {head for head in ABOUT if re.search(rf"\b{head}\b", text)}
    rows = {ABOUT[head] for head in heads}
    if len(rows) == 1:
        return rows.pop()
    return "TSK-FLT-005" if JOINED.search(text) else "TSK-FLT-001"


FILTERED = ("TSK-FLT-001", "TSK-FLT-005", *sorted(set(ABOUT.values())))


@rule(*FILTERED, "TSK-FLT-011")
def filtered(view: View) -> Found:
    """Every item of a page passes the filter, and what is no filter is refused."""
    for method in LIST:
        for asked in view.of(method, ok=None):
            text = asked.request.filter
            if text.strip() and readings(text) is None:
                wrong = f"filter {text[:100]!r} was taken" if asked.call.ok else ""
                yield Seen(id="TSK-FLT-011", wrong=wrong, where=(asked.call,))
        for page in view.pages(method):
            text = page.query[0]
            id_ = filter_row(text)
            for item in page.items if text.strip() else ():
                if (good := passes(text, item)) is not None:
                    wrong = "" if good else f"{item.name} is listed for {text[:200]!r}"
                    yield Seen(id=id_, wrong=wrong, where=(page.call,))


@rule("TSK-ORD-001", "TSK-ORD-002", "TSK-ORD-003", "TSK-ORD-004", "TSK-ORD-009")
def ordered(view: View) -> Found:
    """Within a page the items come in the order asked for."""
    for method in LIST:
        for asked in view.of(method, ok=None):
            text = asked.request.order_by
            try:
                parse_order(text)
            except OrderError:
                wrong = f"order_by {text[:100]!r} was taken" if asked.call.ok else ""
                yield Seen(id="TSK-ORD-009", wrong=wrong, where=(asked.call,))
        for page in view.pages(method):
            text = page.query[1]
            try:
                keys = parse_order(text)
            except OrderError:
                continue
            collection = "tasks" if method == "ListTasks" else "types"
            if not keys or len(page.items) < 2 or "created_time" in text:
                continue
            if not all(sortable(key, collection) for key in keys):
                continue
            down = "TSK-ORD-003" if " desc" in text else "TSK-ORD-002"
            id_ = "TSK-ORD-004" if len(keys) > 1 else down if keys[0].down else "TSK-ORD-001"
            found = judge_order(page.items, text)
            yield Seen(id=id_, wrong=found.text if found else "", where=(page.call,))


@rule("TSK-LST-001", "TSK-LST-006", "TSK-LST-014", *FILTERED)
def walked(view: View) -> Found:
    """Walks show once what did not change, and everything that was there throughout."""
    places: dict[str, list[list[Look[Any]]]] = defaultdict(list)
    groups = by_key(each for each in view.looks if each.began_us is not None)
    for name, group in groups.items():
        places[str(name).rpartition("/")[0]].append(group)
    for walk in view.walks:
        shown: dict[str, list[Any]] = defaultdict(list)
        for item in walk.items:
            shown[item.name].append(item)
        twice = [n for n, items in shown.items() if len({i.update_ns for i in items}) < len(items)]
        text = f"{twice[0]} is listed twice" if twice else ""
        if len(walk.pages) > 1:
            yield Seen(id="TSK-LST-006", wrong=text, where=walk.calls)
        if not walk.whole or walk.ended_us is None:
            continue
        yield from _throughout(view, walk, places, shown)


def _throughout(
    view: View, walk: Walk, places: dict[str, list[list[Look[Any]]]], shown: dict[str, list[Any]]
) -> Found:
    method, parent = walk.first.scope
    text = walk.first.query[0]
    end_us = walk.ended_us or 0
    for group in places.get(f"{parent}/{'tasks' if method == 'ListTasks' else 'types'}", ()):
        before = [e for e in group if e.ended_us is not None and e.ended_us < walk.began_us]
        after = [e for e in group if e.began_us is not None and e.began_us > end_us]
        if not before or isinstance(before[-1].value, Task) != (method == "ListTasks"):
            continue
        one = before[-1]
        same = [e for e in after if e.value.update_ns == one.value.update_ns]
        # Nothing is removed, so without a filter it is enough to have been there before.
        if not same and (text.strip() or not view.history.about.sole_writer):
            continue
        if one.where.line.caller != walk.first.call.line.caller:
            continue
        if passes(text, one.value) is not True:
            continue
        name = one.value.name
        missing = f"{name} was there throughout, and is not listed"
        one_page = filter_row(text) if text.strip() else "TSK-LST-001"
        id_ = "TSK-LST-014" if len(walk.pages) > 1 else one_page
        where = (one.where, *walk.calls, *(e.where for e in same[:1]))
        yield Seen(id=id_, wrong="" if shown.get(name) else missing, where=where)


RULES: tuple[Rule, ...] = (pages, filtered, ordered, walked)
