"""Rules for pulls: the form of their changes, and what these add up to."""

from __future__ import annotations

from conformance.histories.judging import Found, Rule, Seen, rule
from conformance.histories.rules.services_view import Pull, View
from conformance.oracles.services.changes import Replay
from conformance.oracles.services.invariants import backwards
from conformance.oracles.services.model import Service
from conformance.targets.services_codec import to_change, to_ns

FOLDED = (
    "SVC-PLS-002",
    "SVC-PLS-003",
    "SVC-PLS-004",
    "SVC-PLS-005",
    "SVC-PLS-007",
)
QUIRKS = {
    "SVC-PLS-002": ("ghost-add",),
    "SVC-PLS-003": ("first-update-without-old",),
    "SVC-PLS-005": ("stream-reorder",),
    "SVC-PLS-007": ("stream-reorder", "ghost-add"),
}
"""Declared departures that leave a requirement alone."""
_KINDS = {"add": "SVC-PLS-002", "update": "SVC-PLS-003", "remove": "SVC-PLS-004"}


@rule("SVC-NAM-004", "SVC-PUL-008", "SVC-PUL-010", "SVC-PLS-014")
def forms(view: View) -> Found:
    """Names and times of changes, and whom a pull of one service tells of."""
    for method in ("PullService", "PullServices"):
        for pull in view.pulls(method):
            for frame, message in pull.messages:
                where = (pull.stream.opened, frame)
                bare = method == "PullService" and not message.changes
                wrong = "a message without a change" if bare else ""
                for change in message.changes:
                    named = change.name == pull.request.name or not pull.request.name
                    text = f"name {change.name!r}, asked was {pull.request.name!r}"
                    yield Seen(id="SVC-NAM-004", wrong="" if named else text, where=where)
                    if to_ns(change, "change_time") is None:
                        wrong = "a change without its time"
                    if method == "PullService" and not pull.masked and change.HasField("service"):
                        other = change.service.id != pull.request.id
                        text = f"{change.service.id!r} on the pull of {pull.request.id!r}"
                        yield Seen(id="SVC-PUL-010", wrong=text if other else "", where=where)
                if method == "PullService":
                    yield Seen(id="SVC-PUL-008", wrong=wrong, where=where)


@rule(*FOLDED, "SVC-INV-004", "SVC-PLS-001")
def folded(view: View) -> Found:
    """The changes of a collection, one after the other."""
    for pull in view.pulls("PullServices"):
        if pull.masked:
            continue
        replay = Replay(updates_only=bool(pull.request.updates_only))
        latest: dict[str, Service] = {}
        for frame, message in pull.messages:
            changes = [to_change(change) for change in message.changes]
            where = (pull.stream.opened, frame)
            wrong = {v.code: v.text for v in replay.take_message(changes)}
            for change in changes:
                for id_ in {_KINDS.get(change.kind, "SVC-PLS-003"), *wrong}:
                    if not view.quirky(*QUIRKS.get(id_, ())) and id_ in FOLDED:
                        yield Seen(id=id_, wrong=wrong.get(id_, ""), where=where)
                if change.kind == "update" and change.old is not None:
                    yield from (
                        Seen(id=id_) for id_ in ("SVC-PLS-005", "SVC-PLS-007") if id_ not in wrong
                    )
                known = latest.pop(change.id, None)
                if change.new is not None:
                    latest[change.id] = change.new
                    if known is not None and not view.quirky("stream-reorder"):
                        found = backwards(known, change.new)
                        text = found[0].text if found else ""
                        yield Seen(id="SVC-INV-004", wrong=text, where=where)


@rule("SVC-PLS-006")
def assembled(view: View) -> Found:
    """What a pull tells adds up to a list of the ids, while none came or went and long after."""
    for pull in view.pulls("PullServices"):
        ends = [frame.at_us for frame in pull.stream.ended if frame.at_us is not None]
        if pull.masked or pull.request.updates_only or not ends:
            continue
        patience_us = round(view.profile.latency * 1_000_000)
        for walk in view.walks:
            fits = walk.first.scope == pull.name and walk.whole and not walk.first.page.masked
            if not fits or walk.ended_us is None or walk.began_us < pull.stream.opened.began_us:
                continue
            if walk.ended_us + patience_us > ends[0]:
                continue
            if not view.existing.between(pull.name, walk.began_us, ends[0]):
                continue
            found = _fold(pull).missing(walk.items)
            where = (pull.stream.opened, *walk.calls)
            yield Seen(id="SVC-PLS-006", wrong=found[0].text if found else "", where=where)


def _fold(pull: Pull) -> Replay:
    replay = Replay()
    for _, message in pull.messages:
        replay.take_message([to_change(change) for change in message.changes])
    return replay


RULES: tuple[Rule, ...] = (forms, folded, assembled)
