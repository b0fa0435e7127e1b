"""Rules for services one by one: how they look, are made, commanded and removed."""

from __future__ import annotations

from typing import Any

from conformance.histories.judging import Dialect, Found, Seen, rule
from conformance.histories.looks import successions
from conformance.histories.rules import services_lists, services_pulls
from conformance.histories.rules.services_view import Asked, View
from conformance.oracles.services.invariants import FORWARD, backwards, broken
from conformance.oracles.services.model import Service
from conformance.targets.services_codec import to_service

ONE_LOOK = ("SVC-INV-001", "SVC-INV-002", "SVC-INV-003", "SVC-INV-005")


@rule(*ONE_LOOK)
def looks(view: View) -> Found:
    """What holds for a service whenever it is shown whole."""
    sticky = view.quirky("stop-in-backoff-sticky")
    for each in view.looks:
        wrong = {v.code: v.text for v in broken(each.value, sticky=sticky)}
        for id_ in ONE_LOOK:
            yield Seen(id=id_, wrong=wrong.get(id_, ""), where=(each.where,))


@rule("SVC-INV-004")
def times(view: View) -> Found:
    """No time goes back from one look to a later one, while the service is surely the same."""
    for before, after in successions(view.looks, _latest):
        if view.living.between(before.key, before.began_us, after.ended_us):
            found = backwards(before.value, after.value)
            text = found[0].text if found else ""
            yield Seen(id="SVC-INV-004", wrong=text, where=(before.where, after.where))


def _latest(service: Service) -> int:
    return max((getattr(service, name) or 0 for name in FORWARD), default=0)


@rule(
    "SVC-GET-001",
    "SVC-CRE-001",
    "SVC-CRE-003",
    "SVC-CRE-007",
    "SVC-CRE-010",
    "SVC-CRE-013",
    "SVC-CRE-014",
)
def made(view: View) -> Found:
    """What Get and Create answer; what a creation may not have done."""
    for asked in view.of("GetService"):
        if not asked.masked:
            same = asked.reply.id == asked.request.id and bool(asked.reply.type)
            text = f"id {asked.reply.id!r}, type {asked.reply.type!r}"
            yield Seen(id="SVC-GET-001", wrong="" if same else text, where=(asked.call,))
    for asked in view.of("CreateService", ok=None):
        yield from _created(view, asked)


def _created(view: View, asked: Asked) -> Found:
    where, wanted = (asked.call,), asked.request.service
    if not asked.request.HasField("service"):
        return
    if not wanted.type:
        text = "a service without a type was made"
        yield Seen(id="SVC-CRE-007", wrong=text if asked.call.ok else "", where=where)
    if not asked.call.ok:
        return
    shown = to_service(asked.reply)
    right = shown.type == wanted.type and wanted.id in ("", shown.id, shown.type)
    text = f"made {shown.id!r} of type {shown.type!r}, asked {wanted.id!r} of {wanted.type!r}"
    if right and not wanted.active and shown.active:
        right, text = False, "made active, though that was not asked for"
    yield Seen(id="SVC-CRE-001", wrong="" if right else text, where=where)
    kept = shown.config_raw == wanted.config_raw or bool(shown.error)
    text = f"config_raw {shown.config_raw!r}, sent {wanted.config_raw!r}"
    yield Seen(id="SVC-CRE-003", wrong="" if kept else text, where=where)
    if not wanted.config_raw:
        text = f"config_raw {shown.config_raw!r} of {shown.last_config_time}"
        bare = not shown.config_raw and shown.last_config_time is None
        yield Seen(id="SVC-CRE-013", wrong="" if bare else text, where=where)
        if wanted.active and not view.quirky("bare-errors"):
            text = f"active {shown.active}, loading {shown.loading}"
            right = shown.active and not shown.loading
            yield Seen(id="SVC-CRE-014", wrong="" if right else text, where=where)
    sent = to_service(wanted)
    if sent.failed_attempts or sent.last_error_time or sent.last_active_time:
        taken = [
            name
            for name in ("last_error_time", "last_active_time", "failed_attempts")
            if getattr(sent, name) and getattr(sent, name) == getattr(shown, name)
        ]
        yield Seen(id="SVC-CRE-010", wrong=f"{taken} taken over" if taken else "", where=where)


@rule(
    "SVC-STA-001",
    "SVC-STA-005",
    "SVC-STO-001",
    "SVC-STO-005",
    "SVC-CFG-001",
    "SVC-CFG-003",
    "SVC-CFG-007",
)
def commanded(view: View) -> Found:
    """What Start, Stop and Configure answer."""
    for asked in view.of("StartService"):
        shown = to_service(asked.reply)
        right = shown.active or bool(shown.error)
        text = "inactive without an error after a start"
        yield Seen(id="SVC-STA-001", wrong="" if right else text, where=(asked.call,))
    for asked in view.of("StopService"):
        active = asked.reply.active
        text = "active after a stop" if active else ""
        yield Seen(id="SVC-STO-001", wrong=text, where=(asked.call,))
    for asked in view.of("ConfigureService"):
        shown = to_service(asked.reply)
        kept = shown.config_raw == asked.request.config_raw
        text = f"config_raw {shown.config_raw!r}, sent {asked.request.config_raw!r}"
        if asked.request.config_raw and not shown.error:
            yield Seen(id="SVC-CFG-001", wrong="" if kept else text, where=(asked.call,))
        same = shown.id == asked.request.id
        text = f"{asked.request.id!r} was configured, {shown.id!r} answered"
        yield Seen(id="SVC-CFG-007", wrong="" if same else text, where=(asked.call,))
    for before, after in successions(view.looks, _latest):
        method, one, other = after.where.line.method, before.value, after.value
        where = (before.where, after.where)
        if method == "ConfigureService" and one.last_config_time is not None:
            moved = other.last_config_time is not None
            moved = moved and (other.last_config_time or 0) > one.last_config_time
            text = f"last_config_time {one.last_config_time}, then {other.last_config_time}"
            if not other.error:
                yield Seen(id="SVC-CFG-003", wrong="" if moved else text, where=where)
        if method == "ConfigureService" and view.living.between(
            before.key, before.began_us, after.ended_us
        ):
            text = f"type {one.type!r}, then {other.type!r}" if one.type != other.type else ""
            yield Seen(id="SVC-CFG-007", wrong=text, where=where)
        steady = view.steady.between(before.key, before.began_us, after.ended_us, *where)
        if method == "StartService" and steady and not one.active and not one.loading:
            kept = one.last_inactive_time == other.last_inactive_time or not other.active
            moved = other.last_active_time != one.last_active_time
            text = f"inactive since {one.last_inactive_time}, then {other.last_inactive_time}"
            text = text if not kept else "the time of becoming active did not move"
            yield Seen(id="SVC-STA-005", wrong="" if kept and moved else text, where=where)
        if method == "StopService" and steady:
            kept = (one.type, one.config_raw) == (other.type, other.config_raw)
            text = "type or configuration changed with a stop"
            yield Seen(id="SVC-STO-005", wrong="" if kept else text, where=where)


WITHOUT_ID = {
    "GetService": "SVC-GET-003",
    "StartService": "SVC-STA-004",
    "DeleteService": "SVC-DEL-003",
}


@rule(*WITHOUT_ID.values(), "SVC-PUL-005", "SVC-INV-007")
def mistakes(view: View) -> Found:
    """Requests that are surely wrong are refused, and not as errors of the server."""
    known = {a.key[0] for a in view.asked if a.call.ok}
    for method, id_ in WITHOUT_ID.items():
        for asked in view.of(method, ok=None):
            if asked.key[1] or asked.key[0] not in known:
                continue
            answered = f"{method} without an id: {asked.call.code}"
            wrong = answered if asked.call.code in ("OK", "NOT_FOUND", "ALREADY_EXISTS") else ""
            yield Seen(id=id_, wrong=wrong, where=(asked.call,))
            if not asked.call.ok and not view.quirky("bare-errors"):
                bad = asked.call.code in ("INTERNAL", "UNKNOWN")
                yield Seen(id="SVC-INV-007", wrong=answered if bad else "", where=(asked.call,))
    for pull in view.pulls("PullService"):
        if not pull.request.id:
            text = "a pull without an id has messages" if pull.messages else ""
            yield Seen(id="SVC-PUL-005", wrong=text, where=(pull.stream.opened,))


@rule("SVC-DEL-001", "SVC-DEL-002", "SVC-DEL-005")
def deleted(view: View) -> Found:
    """What was deleted, and surely not made again, is gone."""
    gone: dict[Any, list[Asked]] = {}
    for asked in view.of("DeleteService"):
        if not asked.key[1]:
            continue
        if not asked.request.allow_missing:
            text = f"answered with {asked.reply.id!r}"
            wrong = text if asked.reply.id != asked.key[1] else ""
            yield Seen(id="SVC-DEL-005", wrong=wrong, where=(asked.call,))
        gone.setdefault(asked.key, []).append(asked)
    for asked in [*view.of("GetService", ok=None), *view.of("DeleteService", ok=None)]:
        before = [d for d in gone.get(asked.key, ()) if d.call.before(asked.call)]
        if not before or not _stayed_away(view, before[-1], asked):
            continue
        where = (before[-1].call, asked.call)
        if asked.call.method == "GetService":
            text = f"{asked.key[1]!r} was deleted, and is shown" if asked.call.ok else ""
            yield Seen(id="SVC-DEL-001", wrong=text, where=where)
        elif not asked.request.allow_missing:
            text = f"{asked.key[1]!r} was deleted twice" if asked.call.ok else ""
            yield Seen(id="SVC-DEL-002", wrong=text, where=where)
        elif not asked.call.ok:
            text = f"allow_missing, and {asked.call.code}"
            refused = asked.call.code == "NOT_FOUND"
            yield Seen(id="SVC-DEL-002", wrong=text if refused else "", where=where)


def _stayed_away(view: View, since: Asked, until: Asked) -> bool:
    from_us, to_us = (since.call.ended_us or 0) + 1, until.call.ended_us
    if until.call.method == "DeleteService":
        to_us = until.call.began_us - 1
    # The id may be chosen by the server, so any creation in the collection may be of it.
    makes = [a for a in view.of("CreateService", ok=None) if a.key[0] == since.key[0]]
    made = any(
        (a.call.ended_us is None or a.call.ended_us >= since.call.began_us)
        and a.call.began_us <= (to_us or 0)
        and (not a.key[1] or a.key[1] == since.key[1])
        for a in makes
    )
    quiet = view.living.between(since.key, from_us, to_us)
    return view.history.about.sole_writer and not made and quiet


SERVICES = Dialect(
    name="services",
    read=View,
    rules=(
        looks,
        times,
        made,
        commanded,
        mistakes,
        deleted,
        *services_lists.RULES,
        *services_pulls.RULES,
    ),
    beyond={
        "SVC-PKG": "a history is of one address, and says nothing of others",
        "SVC-PUL-009": "what a server lets go of cannot be seen in what it says",
        "SVC-PLS-012": "how fast a pull was read is not in a history",
    },
)
