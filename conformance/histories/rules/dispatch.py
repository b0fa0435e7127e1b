"""Rules for dispatches one by one: how they are made, shown, changed and removed.

A dispatch is taken for the same one only if it was created at the same instant. What others may
have done in between is never held against the server.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from functools import cache

from conformance.histories.judging import OPEN, Dialect, Found, Seen, rule
from conformance.histories.looks import Look, by_key, successions
from conformance.histories.rules import dispatch_changes, dispatch_lists, dispatch_streams
from conformance.histories.rules.dispatch_view import (
    CREATE,
    DELETE,
    GET,
    UPDATE,
    Asked,
    View,
    read_data,
)
from conformance.oracles.end_time import each_answer
from conformance.oracles.model import Rule
from conformance.oracles.semantic import differences
from conformance.oracles.validation import WORK, Problem, problems, rest_problems
from conformance.targets.dispatch_codec import has, sub
from conformance.targets.dispatch_model import Dispatch, iso

LISTS = frozenset({"byminutes", "byhours", "byweekdays", "bymonthdays", "bymonths"})
REFUSED_AT_RANDOM = frozenset({"UNKNOWN", "INTERNAL"})
VALIDATED = (
    *(f"DSP-VAL-{n:03}" for n in (1, 2, 4, 6, 7, 8, 9, 10, 11)),
    *(f"DSP-LIM-{n:03}" for n in (2, 3, 5)),
)
"""Requirements of which a request that was taken may break one."""

_FIELDS = {
    "duration_s": "DSP-CRE-006",
    "active": "DSP-CRE-007",
    "dry_run": "DSP-CRE-007",
    "target": "DSP-CRE-003",
    "payload": "DSP-CRE-003",
}


@rule(*(f"DSP-CRE-{n:03}" for n in (1, 2, 3, 5, 6, 7, 8)))
def created(view: View) -> Found:
    """What a creation answers."""
    for asked in view.of(CREATE):
        shown = view.shown(asked)
        held = asked.reply.dispatch
        if shown is None or not (held.HasField("metadata") and held.HasField("data")):
            text = "no dispatch, or only a part of one, in the answer"
            yield Seen(id="DSP-CRE-001", wrong=text, where=(asked.call,))
            continue
        yield Seen(id="DSP-CRE-001")
        wanted = read_data(sub(asked.request, 2))
        immediately = getattr(asked.request, "start_immediately", False)
        differing = {
            d.field: d
            for d in differences(wanted, shown)
            if not (immediately and d.field == "start_us")
        }
        rows = {"DSP-CRE-003": "", "DSP-CRE-006": "", "DSP-CRE-007": ""}
        if immediately:
            late = abs(shown.start_us - shown.create_us) > 60_000_000
            rows["DSP-CRE-008"] = f"starts {iso(shown.start_us)}" if late else ""
        for name, found in differing.items():
            text = f"{name} was sent as {found.expected!r} and came back as {found.shown!r}"
            rows[_FIELDS.get(name, "DSP-CRE-003")] = text
        for id_, wrong in rows.items():
            yield Seen(id=id_, wrong=wrong, where=(asked.call,))
        yield Seen(
            id="DSP-CRE-002", wrong="the id is 0" if shown.id == 0 else "", where=(asked.call,)
        )
        apart = abs(shown.update_us - shown.create_us) > 1_000_000
        text = f"created {iso(shown.create_us)}, updated {iso(shown.update_us)}"
        yield Seen(id="DSP-CRE-005", wrong=text if apart else "", where=(asked.call,))


@rule("DSP-CRE-002", "DSP-DEL-005")
def ids(view: View) -> Found:
    """Two creations that give one id."""
    first: dict[tuple[int, int], Asked] = {}
    deleted = {asked.key: asked for asked in view.of(DELETE)}
    for asked in view.of(CREATE):
        shown = view.shown(asked)
        if shown is None:
            continue
        key = (asked.microgrid, shown.id)
        gone = deleted.get(key)
        if gone is not None and gone.call.before(asked.call):
            text = f"id {shown.id} was deleted before, and is given out again"
            yield Seen(id="DSP-DEL-005", wrong=text, where=(gone.call, asked.call))
        elif key in first:
            if view.history.about.sole_writer and gone is None:
                text = f"id {shown.id} was given to two dispatches"
                yield Seen(id="DSP-CRE-002", wrong=text, where=(first[key].call, asked.call))
        elif deleted:
            yield Seen(id="DSP-DEL-005")
        first.setdefault(key, asked)


@rule(*VALIDATED, "DSP-VAL-003", "DSP-VAL-017", "DSP-UPD-016")
def validated(view: View) -> Found:
    """Requests that have to be refused, and dispatches that no request may have led to."""
    # A simulated clock may be set to anything.
    known = _server_times(view) if view.profile.clock == "wall" else []
    for asked in view.of(CREATE, ok=None):
        if not has(asked.request, 2):
            wrong = "a creation without data was taken" if asked.call.ok else ""
            yield Seen(id="DSP-VAL-003", wrong=wrong, where=(asked.call,))
            continue
        found = problems(
            read_data(sub(asked.request, 2)),
            now_us=_time_at(known, asked.call.began_us),
            start_immediately=bool(getattr(asked.request, "start_immediately", False)),
        )
        yield from _judged(found, asked)
    for asked in view.of(UPDATE):
        shown = view.shown(asked)
        for problem in rest_problems(shown.data) if shown is not None else ():
            if problem.level == "must":
                id_ = "DSP-VAL-008" if problem.requirement == "DSP-VAL-008" else "DSP-UPD-016"
                text = f"an update led to a dispatch that is wrong: {problem.text}"
                yield Seen(id=id_, wrong=text, where=(asked.call,))


def _judged(found: tuple[Problem, ...], asked: Asked) -> Found:
    for problem in found:
        if problem.level != "may" and not problem.trait and problem.requirement in VALIDATED:
            wrong = f"taken although {problem.field} is wrong: {problem.text}"
            wrong = wrong if asked.call.ok else ""
            yield Seen(id=problem.requirement, wrong=wrong, where=(asked.call,))
    if not asked.call.ok and any(problem.level == "must" for problem in found):
        bad = asked.call.code in REFUSED_AT_RANDOM
        wrong = f"{found[0].text} is reported as {asked.call.code}" if bad else ""
        yield Seen(id="DSP-VAL-017", wrong=wrong, where=(asked.call,))


def _server_times(view: View) -> list[tuple[int, int]]:
    """When the server's clock had surely reached what: pairs in order, both rising."""
    seen = sorted(
        (each.ended_us, max(each.value.create_us, each.value.update_us))
        for each in view.looks
        if each.ended_us is not None
    )
    times: list[tuple[int, int]] = []
    for at_us, time_us in seen:
        times.append((at_us, max(time_us, times[-1][1] if times else 0)))
    return times


def _time_at(known: list[tuple[int, int]], at_us: int) -> int:
    at = bisect_left(known, (at_us, 0))
    return known[at - 1][1] if at else 0


ENDS = tuple(f"DSP-END-{n:03}" for n in range(1, 7))


@rule(*ENDS, "DSP-REC-001", "DSP-REC-002", "DSP-REC-003")
def ends(view: View) -> Found:
    """End times of everything that was shown, and so the recurrences that they follow from."""
    for each in view.looks:
        shown = each.value
        wrong = _wrong_end(shown.start_us, shown.duration_s, shown.rule, shown.end_us)
        if wrong is None:
            continue
        for id_ in _end_rows(shown):
            yield Seen(id=id_, wrong=wrong and f"dispatch {shown.id}: {wrong}", where=(each.where,))


@cache
def _wrong_end(
    start_us: int, duration_s: int | None, rule_: Rule | None, end_us: int | None
) -> str | None:
    """What is wrong with an end time, "" if nothing is, None if that cannot be told."""
    wanted = []
    answers = each_answer(start_us=start_us, duration_s=duration_s, rule=rule_, work=WORK)
    for answer in answers:
        if answer.kind == "unknown":
            return None
        if answer.kind == ("absent" if end_us is None else "time") and answer.end_us == end_us:
            return ""
        if answer.kind != "refused":
            wanted.append(iso(answer.end_us))
    if not wanted:
        return None
    return f"ends {iso(end_us)}, expected {' or '.join(wanted)} (start {iso(start_us)}, {rule_})"


def _end_rows(shown: Dispatch) -> Iterator[str]:
    rule_ = shown.rule if shown.recurring else None
    if shown.duration_s is None:
        yield "DSP-END-003"
    elif rule_ is None:
        yield "DSP-END-001" if shown.duration_s else "DSP-END-002"
    elif not rule_.finite:
        yield "DSP-END-004"
    else:
        yield "DSP-END-005" if rule_.count is not None else "DSP-END-006"
        parts = {name for name in LISTS if getattr(rule_, name)}
        if parts == {"bymonthdays"} and max(rule_.bymonthdays) < 0:
            yield "DSP-REC-003"
        yield "DSP-REC-002" if parts else "DSP-REC-001"


@rule("DSP-GET-001", "DSP-STR-002", "DSP-END-010")
def versions(view: View) -> Found:
    """What was shown of one dispatch with one update time is one state."""
    groups: dict[tuple[object, int, int], Look[Dispatch]] = {}
    for each in sorted(view.looks, key=lambda each: each.where.line.number):
        shown = each.value
        first = groups.setdefault((each.key, shown.create_us, shown.update_us), each)
        if first is each:
            continue
        changed = {d.field: d for d in differences(first.value, shown, strict=True)}
        where = (first.where, each.where)
        ends_differ = changed.pop("end_us", None)
        yield Seen(
            id="DSP-END-010",
            wrong=f"dispatch {shown.id} ends {ends_differ.expected} and {ends_differ.shown}"
            if ends_differ is not None and not changed
            else "",
            where=where,
        )
        ids_ = {GET: "DSP-GET-001", "StreamMicrogridDispatches": "DSP-STR-002"}
        if (id_ := ids_.get(each.where.line.method)) is not None:
            text = "; ".join(f"{n}: {d.expected!r}, then {d.shown!r}" for n, d in changed.items())
            yield Seen(id=id_, wrong=text and f"dispatch {shown.id}: {text}", where=where)


@rule("DSP-GET-001", "DSP-GET-002", "DSP-UPD-010", "DSP-UPD-014", "DSP-STR-011")
def looks(view: View) -> Found:
    """Nothing that was shown goes back, and what never changes does not."""
    for asked in view.of(GET):
        same = asked.reply.microgrid_id == asked.microgrid
        text = f"microgrid {asked.reply.microgrid_id} in the answer, asked was {asked.microgrid}"
        yield Seen(id="DSP-GET-002", wrong="" if same else text, where=(asked.call,))
    for group in by_key(view.looks).values():
        for each in group[1:]:
            one, other = group[0].value, each.value
            if one.create_us == other.create_us:
                changed = (one.type, one.dry_run) != (other.type, other.dry_run)
                text = f"type or dry-run flag of dispatch {one.id} changed" if changed else ""
                where = (group[0].where, each.where)
                yield Seen(id="DSP-UPD-010", wrong=text, where=where)
    for before, after in successions(view.looks, lambda shown: shown.update_us):
        one, other, method = before.value, after.value, after.where.line.method
        where = (before.where, after.where)
        if one.create_us != other.create_us:
            continue
        times = f"update time {iso(one.update_us)}, then {iso(other.update_us)}"
        if method == UPDATE:
            wrong = times if other.update_us <= one.update_us else ""
            yield Seen(id="DSP-UPD-014", wrong=wrong, where=where)
        elif method == GET:
            wrong = times if other.update_us < one.update_us else ""
            streamed = before.where.line.kind == "event"
            yield Seen(id="DSP-STR-011" if streamed else "DSP-GET-001", wrong=wrong, where=where)


@rule("DSP-GET-001")
def found(view: View) -> Found:
    """What is there, and was surely not deleted, is found."""
    groups = by_key(each for each in view.looks if each.began_us is not None)
    for asked in view.of(GET, ok=False):
        caller = asked.call.line.caller
        looks_ = [e for e in groups.get(asked.key, ()) if e.where.line.caller == caller]
        before = [e for e in looks_ if _ended_before(e, asked)]
        if asked.call.code != "NOT_FOUND" or not before:
            continue
        if view.steady(before[-1], asked.call.ended_us, but=asked.call):
            text = f"dispatch {asked.key[1]} was not deleted, and is not found"
            yield Seen(id="DSP-GET-001", wrong=text, where=(before[-1].where, asked.call))


def _ended_before(look: Look[Dispatch], asked: Asked) -> bool:
    return look.ended_us is not None and look.ended_us < asked.call.began_us


RULES = (
    created,
    ids,
    validated,
    ends,
    versions,
    looks,
    found,
    *dispatch_changes.RULES,
    *dispatch_lists.RULES,
    *dispatch_streams.RULES,
)

DISPATCH = Dialect(
    name="dispatch",
    read=View,
    rules=RULES,
    beyond={
        "DSP-AUT": "credentials are not in a history",
        "DSP-SRT-005": OPEN,
        "DSP-STR-013": OPEN,
        "DSP-CRE-004": "clocks of server and recorder may differ by anything",
        "DSP-STR-017": "the recorder may have been slow",
        "DSP-STR-010": "what a server lets go of cannot be seen in what it says",
        "DSP-STR-014": "how fast a subscriber read is not in a history",
    },
)
