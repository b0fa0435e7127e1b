"""Rules for lists of services and for their counts."""

from __future__ import annotations

from collections import Counter

from conformance.histories.history import Call, Event
from conformance.histories.judging import Found, Rule, Seen, rule
from conformance.histories.looks import by_key
from conformance.histories.rules.services_view import View
from conformance.histories.walks import Walk
from conformance.oracles.services.metadata import counts
from conformance.oracles.services.model import Metadata
from conformance.targets.services_codec import to_metadata

DEFAULT_SIZE, LARGEST_SIZE = 50, 1000


@rule("SVC-LST-001", "SVC-LST-002", "SVC-LST-003")
def sizes(view: View) -> Found:
    """How many services a page has."""
    for page in view.pages:
        count = len(page.items)
        most = DEFAULT_SIZE if page.size == 0 else page.size
        id_ = "SVC-LST-001" if page.size == 0 else "SVC-LST-002"
        if page.size >= 0 and not (page.token and not page.size):
            text = f"{count} services, at most {most} fit"
            yield Seen(id=id_, wrong=text if count > most else "", where=(page.call,))
    for asked in view.of("ListServices", ok=None):
        if asked.request.page_size > LARGEST_SIZE:
            refused = asked.call.code in ("INVALID_ARGUMENT", "OUT_OF_RANGE")
            text = f"size {asked.request.page_size}: {asked.call.code}"
            mine = refused and not asked.request.page_token
            yield Seen(id="SVC-LST-003", wrong=text if mine else "", where=(asked.call,))


@rule("SVC-LST-004", "SVC-LST-005", "SVC-LST-006", "SVC-LST-007", "SVC-LST-010", "SVC-DEL-001")
def walked(view: View) -> Found:
    """Walks visit everything once; whole ones where nothing came or went, all of it."""
    whole: dict[object, Walk] = {}
    for walk in view.walks:
        quiet = view.existing.between(walk.first.scope, walk.began_us, walk.ended_us)
        ids = [item.id for item in walk.items]
        twice = [id_ for id_, count in Counter(ids).items() if count > 1]
        text = f"{twice[0]!r} is listed twice" if twice else ""
        if quiet:
            yield Seen(id="SVC-LST-004", wrong=text, where=walk.calls)
            last = walk.pages[-1]
            if len(walk.pages) > 1 and last.items:
                yield Seen(id="SVC-LST-005")
            total = last.page.reply.total_size
            if walk.whole:
                wrong = f"total {total}, listed were {len(ids)}"
                right = total in (0, len(set(ids))) or bool(text)
                yield Seen(id="SVC-LST-010", wrong="" if right else wrong, where=walk.calls)
        if not walk.whole or walk.ended_us is None:
            continue
        known = whole.get(walk.first.scope)
        whole[walk.first.scope] = walk
        callers = {w.first.call.line.caller for w in (known or walk, walk)}
        if known is None or len(callers) > 1:
            continue
        # Walks may overlap, and come in the order of their last pages.
        from_us = min(known.began_us, walk.began_us)
        to_us = max(known.ended_us or 0, walk.ended_us)
        if not view.existing.between(walk.first.scope, from_us, to_us):
            continue
        one, other = [item.id for item in known.items], ids
        where = (*known.calls, *walk.calls)
        missing = sorted({*one} ^ {*other})
        text = f"{missing[0]!r} is in one of two walks alone" if missing else ""
        yield Seen(id="SVC-LST-004", wrong=text, where=where)
        if not missing and not twice:
            text = "two walks differ in their order" if one != other else ""
            yield Seen(id="SVC-LST-007", wrong=text, where=where)


@rule("SVC-LST-006", "SVC-LST-004")
def throughout(view: View) -> Found:
    """What was there before a walk and after it, and was not removed, is in it once."""
    groups = by_key(each for each in view.looks if each.began_us is not None)
    for walk in view.walks:
        if not walk.whole or walk.ended_us is None:
            continue
        quiet = view.existing.between(walk.first.scope, walk.began_us, walk.ended_us)
        shown = Counter(item.id for item in walk.items)
        for key, group in groups.items():
            if key[0] != walk.first.scope:
                continue
            before = [e for e in group if (e.ended_us or walk.began_us) < walk.began_us]
            after = [e for e in group if (e.began_us or 0) > walk.ended_us]
            if not before or not after:
                continue
            one, other = before[-1], after[0]
            if not view.living.between(key, one.began_us, other.ended_us):
                continue
            if {e.where.line.caller for e in (one, other)} != {walk.first.call.line.caller}:
                continue
            times = shown[one.value.id]
            how = "twice" if times else "not at all"
            text = f"{one.value.id!r} was there throughout, and is listed {how}"
            where = (one.where, *walk.calls, other.where)
            id_ = "SVC-LST-004" if quiet else "SVC-LST-006"
            yield Seen(id=id_, wrong="" if times == 1 else text, where=where)


@rule("SVC-MET-001", "SVC-MET-002", "SVC-MET-009", "SVC-MET-011")
def metadata(view: View) -> Found:
    """Counts by themselves, and beside a list while nothing came or went."""
    shown: list[tuple[tuple[Event, ...], str, Metadata]] = [
        ((asked.call,), asked.key[0], to_metadata(asked.reply))
        for asked in view.of("GetServiceMetadata")
        if not asked.masked
    ]
    for pull in view.pulls("PullServiceMetadata"):
        before = None
        for frame, message in pull.messages if not pull.masked else ():
            for change in message.changes:
                counted = to_metadata(change.metadata)
                shown.append(((pull.stream.opened, frame), pull.name, counted))
                text = "two messages in a row are the same" if counted == before else ""
                if before is not None and not view.quirky("metadata-drift"):
                    yield Seen(id="SVC-MET-009", wrong=text, where=(frame,))
                before = counted
    if view.quirky("metadata-drift", "foreign-type-counts"):
        return
    for where, _, counted in shown:
        numbers = (
            counted.total_count,
            counted.total_active_count,
            counted.total_error_count,
            *counted.type_counts.values(),
        )
        text = f"counts {counted}" if min(numbers) < 0 else ""
        yield Seen(id="SVC-MET-011", wrong=text, where=where)
        apart = sum(counted.type_counts.values()) != counted.total_count
        yield Seen(id="SVC-MET-002", wrong=f"counts {counted}" if apart else "", where=where)
    for walk in view.walks:
        if not walk.whole or walk.ended_us is None or walk.first.page.masked:
            continue
        listed = counts(walk.items)
        for where, name, counted in shown:
            call = where[0]
            if name != walk.first.scope or not isinstance(call, Call) or call.ended_us is None:
                continue
            from_us = min(walk.began_us, call.began_us)
            to_us = max(walk.ended_us, call.ended_us)
            if not view.existing.between(name, from_us, to_us):
                continue
            text = f"total {counted.total_count}, listed were {listed.total_count}"
            differ = counted.total_count != listed.total_count
            yield Seen(id="SVC-MET-001", wrong=text if differ else "", where=(*where, *walk.calls))


RULES: tuple[Rule, ...] = (sizes, walked, throughout, metadata)
