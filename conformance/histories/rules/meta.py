"""Rules for what is read from the meta API: names, views, batches, lists, filters, orders, REST.

Others change the registry at any time, so two answers are compared only where a third proves that
nothing changed between: the same resource with the same times of creation and update.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from conformance.histories.judging import Dialect, Found, Seen, rule
from conformance.histories.looks import by_key
from conformance.histories.rules import meta_watches
from conformance.histories.rules.meta_view import View
from conformance.oracles.meta.filter import Filter, parse
from conformance.oracles.meta.filter_text import FilterError
from conformance.oracles.meta.model import KINDS
from conformance.oracles.meta.names import fits, judge_names, parent_of
from conformance.oracles.meta.order import OrderError, judge_order, parse_order
from conformance.oracles.meta.paths import PathError
from conformance.oracles.meta.tokens import judge_token, parse_token
from conformance.oracles.meta.views import mask_paths, project
from conformance.targets.meta_codec import VIEWS, to_data

BLANK = re.compile(r"[\s\x00-\x1f\x7f]")


@rule("META-NAM-001", "META-NAM-002")
def names(view: View) -> Found:
    """Names of everything that was shown whole."""
    for kind, data, whole, where in view.shown:
        if not whole:
            continue
        wrong = {violation.code: violation.text for violation in judge_names(kind, data)}
        blank = f"{data['name']!r} has blanks" if BLANK.search(data["name"]) else ""
        yield Seen(id="META-NAM-001", wrong=wrong.get("pattern", blank), where=(where,))
        if view.sdk:
            # References are what somebody wrote there, whom the history need not show.
            text = wrong.get("unreadable", "")
            wrong_ = text if text.startswith("name ") else ""
            yield Seen(id="META-NAM-002", wrong=wrong_, where=(where,))


@rule("META-NAM-004", "META-NAM-005")
def lists(view: View) -> Found:
    """What one page may not show together."""
    for page in view.pages:
        asked = page.page[0]
        twice = [n for n, c in Counter(i["name"] for i in page.items).items() if n and c > 1]
        text = f"{twice[0]} twice on one page" if twice else ""
        yield Seen(id="META-NAM-004", wrong=text, where=(page.call,))
        if asked.kind.plural == "regions" and asked.whole:
            default = [item["name"] for item in page.items if item["is_default"]]
            text = f"default are {', '.join(default)}" if len(default) > 1 else ""
            yield Seen(id="META-NAM-005", wrong=text, where=(page.call,))


@rule("META-GET-001", "META-BAT-001", "META-BAT-002", "META-BAT-003")
def got(view: View) -> Found:
    """Get and BatchGet answer with what was asked for."""
    for asked in view.of("get"):
        shown = to_data(asked.reply)["name"]
        if asked.whole:
            text = f"{shown!r} for {asked.request.name!r}"
            wrong = "" if shown == asked.request.name else text
            yield Seen(id="META-GET-001", wrong=wrong, where=(asked.call,))
    for asked in view.of("batch"):
        if not asked.whole:
            continue
        wanted = list(asked.request.names)
        found = [item.name for item in getattr(asked.reply, asked.kind.plural)]
        missing, where = list(asked.reply.missing), (asked.call,)
        both = sorted({*found} & {*missing})
        lost = sorted({*wanted} ^ {*found, *missing})
        text = f"{both[0]} is found and missing" if both else ""
        text = text or (f"{lost[0]!r} is asked or answered alone" if lost else "")
        yield Seen(id="META-BAT-003", wrong=text, where=where)
        if not text and found:
            yield Seen(id="META-BAT-001")
        if not text and missing:
            yield Seen(id="META-BAT-002")


@cache
def filter_of(text: str, plural: str) -> Filter | FilterError:
    """A filter as it is read, or why it is none."""
    try:
        return parse(text, KINDS[plural])
    except FilterError as error:
        return error
    except RecursionError:
        return FilterError(0, "too deep", demanded=False)


@rule("META-LST-001", "META-LST-004", "META-LST-006", "META-FLT-001", "META-FLT-018")
def listed(view: View) -> Found:
    """Pages hold as much as asked for, of the parent and the filter asked for."""
    for asked in view.of("list", ok=None):
        where = (asked.call,)
        if asked.request.page_size < 0:
            text = f"page size {asked.request.page_size} was taken" if asked.call.ok else ""
            yield Seen(id="META-LST-006", wrong=text, where=where)
        read = filter_of(asked.request.filter, asked.kind.plural)
        if isinstance(read, FilterError) and read.demanded:
            text = f"{asked.request.filter[:100]!r} was taken, though {read}"
            yield Seen(id="META-FLT-018", wrong=text if asked.call.ok else "", where=where)
    for page in view.pages:
        asked, where = page.page[0], (page.call,)
        if page.size > 0:
            text = f"{len(page.items)} items, asked were {page.size}"
            wrong = text if len(page.items) > page.size else ""
            yield Seen(id="META-LST-004", wrong=wrong, where=where)
        if not asked.whole:
            continue
        parent = getattr(asked.request, "parent", "")
        read = filter_of(asked.request.filter, asked.kind.plural)
        for item in page.items:
            if parent:
                good = fits(parent, parent_of(item["name"]))
                text = f"{item['name']} in the list of {parent}"
                yield Seen(id="META-LST-001", wrong="" if good else text, where=where)
            if isinstance(read, Filter) and not read.always:
                verdict = read.verdict(item)
                text = f"{item['name']} is listed for {asked.request.filter[:200]!r}"
                if verdict.demanded:
                    wrong = "" if verdict.matches else text
                    yield Seen(id="META-FLT-001", wrong=wrong, where=where)


@rule("META-ORD-002", "META-ORD-003", "META-ORD-004", "META-ORD-007")
def ordered(view: View) -> Found:
    """Within a page the order is the one asked for."""
    for asked in view.of("list", ok=None):
        try:
            parse_order(asked.request.order_by, asked.kind)
        except (OrderError, PathError) as error:
            text = f"{asked.request.order_by[:100]!r} was taken, though {error}"
            wrong = text if asked.call.ok else ""
            yield Seen(id="META-ORD-007", wrong=wrong, where=(asked.call,))
    for page in view.pages:
        asked = page.page[0]
        order = asked.request.order_by
        if not asked.whole or not order or len(page.items) < 2:
            continue
        try:
            keys = parse_order(order, asked.kind)
            found = judge_order(page.items, order, asked.kind, ties=view.sdk)
        except (OrderError, PathError):
            continue
        codes = {violation.code: violation.text for violation in found}
        id_ = "META-ORD-003" if len(keys) > 1 else "META-ORD-002"
        yield Seen(id=id_, wrong=codes.get("order", ""), where=(page.call,))
        if view.sdk:
            yield Seen(id="META-ORD-004", wrong=codes.get("tie", ""), where=(page.call,))


@rule("META-PAG-003", "META-PAG-007", "META-PAG-011", "META-PAG-012", "META-PAG-013")
def paged(view: View) -> Found:
    """Tokens and counters of pages."""
    for page in view.pages:
        asked, shown = page.page
        where = (page.call,)
        if not page.token:
            text = "the first page has a previous token" if shown.prev else ""
            yield Seen(id="META-PAG-003", wrong=text, where=where)
        for token in (shown.prev, shown.next):
            if token and view.sdk:
                found = judge_token(token)
                yield Seen(id="META-PAG-007", wrong=found.text if found else "", where=where)
        if not asked.request.include_paging_info:
            text = f"counters {shown.offset} and {shown.total} unasked"
            wrong = text if shown.offset or shown.total else ""
            yield Seen(id="META-PAG-011", wrong=wrong, where=where)
            continue
        text = f"{shown.total} of all, {len(shown.items)} on the page"
        wrong = text if shown.total < len(shown.items) else ""
        yield Seen(id="META-PAG-012", wrong=wrong, where=where)
        if not page.token:
            text = f"{shown.offset} items before the first page" if shown.offset else ""
            yield Seen(id="META-PAG-013", wrong=text, where=where)


@rule("META-LST-001", "META-FLT-001", "META-PAG-014")
def complete(view: View) -> Found:
    """What was there throughout a walk is in it once: seen the same before it and after it.

    Of several pages this is demanded where their tokens hold a place and not a number.
    """
    groups = by_key(each for each in view.looks if each.began_us is not None)
    places: dict[str, list[Any]] = {}
    for key, group in groups.items():
        places.setdefault(str(key).rpartition("/")[0].rpartition("/")[2], []).append((key, group))
    for walk in view.walks:
        asked = walk.first.page[0]
        read = filter_of(asked.request.filter, asked.kind.plural)
        tokens = [page.next for page in walk.pages[:-1]]
        if not walk.whole or walk.ended_us is None or isinstance(read, FilterError):
            continue
        if not all(_holds_place(token) for token in tokens):
            continue
        shown = Counter(item["name"] for item in walk.items)
        if shown[""]:
            continue
        for name, group in places.get(asked.kind.plural, ()):
            pair = meta_watches.around(group, walk.began_us, walk.ended_us)
            parent = getattr(asked.request, "parent", "")
            if pair is None or not meta_watches.belongs(name, asked.kind.plural, parent):
                continue
            if {each.where.line.caller for each in pair} != {asked.call.line.caller}:
                continue
            verdict = None if read.always else read.verdict(pair[0].value)
            if verdict is not None and not (verdict.demanded and verdict.matches):
                continue
            id_ = "META-LST-001" if verdict is None else "META-FLT-001"
            id_ = "META-PAG-014" if tokens else id_
            how = "twice" if shown[name] else "not at all"
            text = f"{name} was there throughout, and is listed {how}"
            where = (pair[0].where, *walk.calls, pair[1].where)
            yield Seen(id=id_, wrong="" if shown[name] == 1 else text, where=where)


def _holds_place(token: str) -> bool:
    try:
        return parse_token(token).kind != "O"
    except ValueError:
        return False


@rule("META-VMK-002", "META-VMK-003", "META-VMK-007")
def masked(view: View) -> Found:
    """Nothing is shown that neither view nor mask asks for."""
    for asked in view.of("list", ok=None):
        if any(path == "*" for path in asked.mask) and asked.request.view == 0:
            text = f"mask {list(asked.mask)} was taken" if asked.call.ok else ""
            yield Seen(id="META-VMK-007", wrong=text, where=(asked.call,))
    shown = [(asked, to_data(asked.reply)) for asked in view.of("get")]
    shown += [(page.page[0], item) for page in view.pages for item in page.items]
    for asked, data in shown:
        if int(asked.request.view) != VIEWS["NAME"]:
            continue  # a mask without a view may be taken for one on top of everything
        try:
            paths = mask_paths(asked.mask, asked.kind)
        except PathError:
            continue
        named = mask_paths(asked.kind.name_view, asked.kind)
        more = _beyond(data, project(data, [*named, *paths], asked.kind.message))
        text = f"{more} of {data['name']} was not asked for" if more else ""
        id_ = "META-VMK-003" if asked.mask else "META-VMK-002"
        yield Seen(id=id_, wrong=text, where=(asked.call,))


def _beyond(data: Mapping[str, Any], left: Mapping[str, Any]) -> str:
    """The first field that is set and not among what is left; "" if there is none."""
    return next((name for name, value in data.items() if value and left.get(name) != value), "")


@rule("META-GET-005", "META-VMK-010")
def versions(view: View) -> Found:
    """What was shown whole with the same times is the same resource, however it was asked for."""
    for group in by_key(view.looks).values():
        first: dict[tuple[Any, Any], Any] = {}
        for each in group:
            meta = each.value.get("metadata") or {}
            times = (meta.get("create_time"), meta.get("update_time"))
            if not meta_watches.fine(times[1]) or None in times:
                continue
            known = first.setdefault(times, each)
            # Nothing says that each change moves the time, so what differs has to be the odd one
            # between two that are alike.
            later = group[-1]
            if known is each or later is each or later.value != known.value:
                continue
            text = _beyond(each.value, known.value) or _beyond(known.value, each.value)
            wrong = f"{text} of {each.key} differs" if each.value != known.value else ""
            event = each.where.line.kind == "event"
            id_ = "META-VMK-010" if event else "META-GET-005"
            yield Seen(id=id_, wrong=wrong, where=(known.where, each.where, later.where))


_STATUS = {
    3: 400, 5: 404, 7: 403, 16: 401, 11: 400, 9: 400, 12: 501, 6: 409, 10: 409,
    8: 429, 1: 499, 13: 500, 2: 500, 14: 503, 4: 504, 15: 500,
}  # fmt: skip
_HTTP = re.compile(r"HTTP (\d{3})")


@rule("META-REST-002", "META-REST-006", "META-REST-012")
def rest(view: View) -> Found:
    """The JSON of REST: names, and errors that say what they are."""
    for asked in view.asked:
        if " " not in asked.call.method:
            continue
        where = (asked.call,)
        if asked.call.ok:
            descriptor = asked.operation.method.response.DESCRIPTOR
            snake = next(_snake(asked.call.line.reply, descriptor), "")
            text = f"{snake!r} is no lower camel case" if snake else ""
            yield Seen(id="META-REST-002", wrong=text, where=where)
            continue
        found = _HTTP.fullmatch(asked.call.code)
        if found is None or found[1] >= "500" or len(asked.call.line.details) >= 2000:
            continue
        try:
            code = json.loads(asked.call.line.details)["code"]
        except (ValueError, KeyError, TypeError):
            code = None
        text = f"{asked.call.code}: {asked.call.line.details[:200]}"
        right = code in _STATUS and _STATUS[code] == int(found[1])
        yield Seen(id="META-REST-006", wrong="" if right else text, where=where)
    for watched in view.watches:
        if " " not in watched.stream.opened.method or watched.changes:
            continue
        for frame, message in watched.messages:
            document = frame.line.reply
            document = document.get("result", document) if isinstance(document, dict) else {}
            size = document.get("snapshotSize")
            if message.snapshot_size == -1:
                text = f"snapshotSize {size!r}" if size != "-1" else ""
                yield Seen(id="META-REST-012", wrong=text, where=(frame,))


def _snake(value: Any, descriptor: Any) -> Iterator[str]:
    """Names of fields in a JSON document that are spelled as in the contract instead."""
    if not isinstance(value, Mapping):
        return
    for field in descriptor.fields:
        if field.name != field.json_name and field.name in value:
            yield field.name
        inner = field.message_type
        held = value.get(field.json_name)
        if inner is None or inner.GetOptions().map_entry or inner.full_name.startswith("google."):
            continue
        for item in held if isinstance(held, list) else [held]:
            yield from _snake(item, inner)


META = Dialect(
    name="meta",
    read=View,
    rules=(
        names,
        lists,
        got,
        listed,
        ordered,
        paged,
        complete,
        masked,
        versions,
        rest,
        *meta_watches.RULES,
    ),
    beyond={
        "META-AUTH": "credentials are not in a history",
        "META-WIRE": "messages are in the history as JSON, not as they were on the wire",
        "META-WS1-009": "what a server lets go of cannot be seen in what it says",
        "META-CHK-026": "the recorder may have been slow",
        "META-CHK-025": "how fast a watcher read is not in a history",
    },
)
