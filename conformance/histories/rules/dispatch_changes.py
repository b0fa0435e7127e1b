"""Rules for updates and deletions of dispatches: what changes, what stays and what is gone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.histories.history import Event
from conformance.histories.judging import Found, Rule, Seen, rule
from conformance.histories.looks import by_key, successions
from conformance.histories.rules.dispatch_view import (
    CREATE,
    DELETE,
    GET,
    LIST,
    UPDATE,
    Asked,
    View,
    read_update,
)
from conformance.oracles.masks import ALIASES, PATHS, judge_update, masked
from conformance.oracles.semantic import differences

LISTS = frozenset({"byminutes", "byhours", "byweekdays", "bymonthdays", "bymonths"})
UPDATED = tuple(f"DSP-UPD-{n:03}" for n in (2, 3, 4, 5, 6, 7, 19))


@rule(*UPDATED)
def updated(view: View) -> Found:
    """An answer of an update shows what was asked for."""
    for asked in view.of(UPDATE):
        shown = view.shown(asked)
        paths = [ALIASES.get(path, path) for path in asked.request.update_mask.paths]
        if shown is None or not paths or not set(paths) <= {*PATHS, "recurrence"}:
            continue
        update = read_update(asked.request.update)
        for path in paths:
            after = masked(shown, update, [path])
            found = differences(after.data, shown)
            text = "; ".join(f"{d.field} {d.shown!r}, sent {d.expected!r}" for d in found)
            for id_ in _update_rows(path, asked):
                yield Seen(id=id_, wrong=text and f"{path}: {text}", where=(asked.call,))


@rule("DSP-UPD-001")
def left_alone(view: View) -> Found:
    """An update leaves alone what it does not name, where nobody else wrote meanwhile."""
    for before, after in successions(view.looks, lambda shown: shown.update_us):
        asked = view.by_call.get(after.where.line.number)
        if asked is None or after.where.line.method != UPDATE:
            continue
        update, paths = read_update(asked.request.update), list(asked.request.update_mask.paths)
        if "recurrence" in paths or not view.steady(before, after.ended_us, but=asked.call):
            continue
        fits = judge_update(before.value, update, paths, after.value, now_us=0)
        found = differences(before.value.data, after.value)
        text = "; ".join(f"{d.field} {d.expected!r}, then {d.shown!r}" for d in found)
        wrong = "" if fits else f"mask {paths}: {text or 'nothing changed'}"
        yield Seen(id="DSP-UPD-001", wrong=wrong, where=(before.where, after.where))


def _update_rows(path: str, asked: Asked) -> Iterator[str]:
    head, _, part = path.partition(".")
    if part in LISTS:
        yield "DSP-UPD-004"
    elif part == "end_criteria":
        end = getattr(asked.request.update.recurrence, "end_criteria", None)
        yield "DSP-UPD-007" if end is not None and end.ByteSize() else "DSP-UPD-006"
    elif part:
        yield "DSP-UPD-003"
    elif head == "duration" and not asked.request.update.HasField("duration"):
        yield "DSP-UPD-005"
    elif head == "payload":
        yield "DSP-UPD-019"
    elif head != "recurrence":
        yield "DSP-UPD-002"


@rule("DSP-DEL-001", "DSP-DEL-002", "DSP-DEL-003", "DSP-UPD-015")
def deleted(view: View) -> Found:
    """What was deleted is gone: it can neither be got nor listed, updated nor deleted again."""
    gone: dict[Any, Asked] = {}
    for asked in view.of(DELETE):
        reply = asked.reply
        same = (reply.microgrid_id, reply.dispatch_id) == asked.key
        text = f"answered with {reply.microgrid_id}, {reply.dispatch_id}"
        yield Seen(id="DSP-DEL-001", wrong="" if same else text, where=(asked.call,))
        before = gone.setdefault(asked.key, asked)
        if before is not asked and before.call.before(asked.call):
            text = f"dispatch {asked.key[1]} was deleted a second time"
            if view.history.about.sole_writer and not _made_again(view, asked.key, before, asked):
                yield Seen(id="DSP-DEL-003", wrong=text, where=(before.call, asked.call))
    for asked in view.of(DELETE, ok=False):
        if (first := gone.get(asked.key)) is not None and first.call.before(asked.call):
            yield Seen(id="DSP-DEL-003")
    born = {key: group[0].value.create_us for key, group in by_key(view.looks).items()}
    for asked in view.of(GET, ok=False):
        if (first := gone.get(asked.key)) is not None and first.call.before(asked.call):
            yield Seen(id="DSP-DEL-002")
    for each in view.looks:
        first = gone.get(each.key)
        if first is None or each.began_us is None or first.call.ended_us is None:
            continue
        method = each.where.line.method
        if first.call.ended_us < each.began_us and each.value.create_us == born[each.key]:
            text = f"dispatch {each.value.id} is shown although it was deleted"
            id_ = "DSP-UPD-015" if method == UPDATE else "DSP-DEL-002"
            if method in (GET, LIST, UPDATE):
                yield Seen(id=id_, wrong=text, where=(first.call, each.where))


def _made_again(view: View, key: tuple[int, int], one: Asked, other: Asked) -> bool:
    where: list[Event] = [
        each.where for each in view.looks if each.key == key and each.where.line.method == CREATE
    ]
    return any(one.call.line.number < w.line.number < other.call.line.number for w in where)


RULES: tuple[Rule, ...] = (updated, left_alone, deleted)
