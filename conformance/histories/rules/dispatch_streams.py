"""Rules for streams of dispatch events: kinds, order, doubles, and what has to arrive."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.histories.history import Call, Frame
from conformance.histories.judging import Found, Rule, Seen, rule
from conformance.histories.rules.dispatch_view import CREATE, DELETE, UPDATE, View, Watched
from conformance.oracles.events import Kind
from conformance.patience import EVENT_S
from conformance.targets.dispatch_model import iso


@rule("DSP-STR-001", "DSP-STR-003", "DSP-STR-004", "DSP-STR-008", "DSP-STR-009")
def events(view: View) -> Found:
    """What a stream shows, taken by itself."""
    homes = {}
    for asked in view.of(CREATE):
        shown = view.shown(asked)
        if shown is not None:
            homes[shown.id, shown.create_us, shown.type] = (asked.microgrid, asked.call)
    for watched in view.streams:
        yield from _told(watched)
        for event in watched.events:
            shown = event.dispatch
            home = homes.get((shown.id, shown.create_us, shown.type)) if shown else None
            if shown is None or home is None:
                continue
            text = f"dispatch {shown.id} of microgrid {home[0]} on the stream of another one"
            wrong = "" if home[0] == watched.microgrid else text
            yield Seen(id="DSP-STR-003", wrong=wrong, where=(home[1], event.frame))
        if watched.stream.code == "OK":
            text = "the server ended the stream with OK"
            yield Seen(id="DSP-STR-009", wrong=text, where=(watched.stream.opened,))
        elif watched.stream.code == "CANCELLED":
            yield Seen(id="DSP-STR-009")


def _told(watched: Watched) -> Iterator[Seen]:
    last: dict[int, tuple[int, int]] = {}
    frames: dict[int, Frame] = {}
    for event in watched.events:
        shown = event.dispatch
        where: tuple[Call | Frame, ...] = (watched.stream.opened, event.frame)
        if shown is None or event.kind not in tuple(Kind):
            text = f"an event of kind {event.kind}" + (" without a dispatch" if not shown else "")
            yield Seen(id="DSP-STR-008", wrong=text, where=where)
            continue
        yield Seen(id="DSP-STR-008")
        known = last.get(shown.id)
        last[shown.id] = (event.kind, shown.update_us)
        where = (frames.get(shown.id, event.frame), event.frame)
        frames[shown.id] = event.frame
        if known is None:
            continue
        kind, update_us = known
        name = f"dispatch {shown.id}"
        if event.kind == Kind.CREATED and kind != Kind.DELETED:
            yield Seen(id="DSP-STR-001", wrong=f"{name} is created twice", where=where)
        elif event.kind == kind and (kind == Kind.DELETED or update_us == shown.update_us):
            yield Seen(id="DSP-STR-001", wrong=f"{name}: one event comes twice", where=where)
        elif kind == Kind.DELETED:
            yield Seen(id="DSP-STR-004", wrong=f"{name} is told of after its end", where=where)
        else:
            yield Seen(id="DSP-STR-001")
            times = f"{name}: update time {iso(update_us)}, then {iso(shown.update_us)}"
            back = shown.update_us < update_us
            yield Seen(id="DSP-STR-004", wrong=times if back else "", where=where)


_KINDS = {CREATE: Kind.CREATED, UPDATE: Kind.UPDATED, DELETE: Kind.DELETED}


@rule("DSP-STR-006", "DSP-STR-015")
def arrivals(view: View) -> Found:
    """A change made after a stream had shown one, and long before it ended, is on it.

    Where a later change did come the gap alone is told of; without one it may be on its way for
    as long as checks wait.
    """
    for watched in view.streams:
        arrived = {
            (e.kind, e.dispatch.id, e.dispatch.update_us if e.kind == Kind.UPDATED else 0)
            for e in watched.events
            if e.dispatch is not None
        }
        times = [e.frame.at_us for e in watched.events if e.frame.at_us is not None]
        ends = [frame.at_us for frame in watched.stream.ended if frame.at_us is not None]
        if not times or not ends:
            continue
        for key, call in _written(view, watched.microgrid):
            if call.began_us <= min(times) or call.ended_us is None:
                continue
            missing = f"{Kind(key[0]).name} of dispatch {key[1]} never came"
            wrong = "" if key in arrived else missing
            where = (watched.stream.opened, call)
            if call.ended_us + EVENT_S * 1_000_000 < ends[0]:
                yield Seen(id="DSP-STR-006", wrong=wrong, where=where)
            elif wrong and any(at > call.ended_us + 1_000_000 for at in times):
                yield Seen(id="DSP-STR-015", wrong=wrong, where=where)
            elif not wrong:
                yield Seen(id="DSP-STR-015")


def _written(view: View, microgrid: int) -> Iterator[tuple[tuple[int, int, int], Call]]:
    for method, kind in _KINDS.items():
        for asked in view.of(method):
            if asked.microgrid != microgrid:
                continue
            if method == DELETE:
                yield (kind, asked.key[1], 0), asked.call
                continue
            shown = view.shown(asked)
            if shown is not None:
                moment = shown.update_us if kind == Kind.UPDATED else 0
                yield (kind, shown.id, moment), asked.call


RULES: tuple[Rule, ...] = (events, arrivals)
