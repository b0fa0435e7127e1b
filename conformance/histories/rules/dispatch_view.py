"""A history of the dispatch API as plain values: calls with what they asked and answered, looks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from conformance.histories.history import Call, Frame, History, Stream
from conformance.histories.looks import Look, Quiet, listed, look
from conformance.histories.messages import Messages
from conformance.histories.walks import Listed, Walk, begun, walks
from conformance.oracles.filter import accepted
from conformance.oracles.model import DispatchData, Filter, Interval, RuleUpdate, Update
from conformance.targets.dispatch_codec import (
    SERVICE,
    Codec,
    has,
    read_rule,
    read_struct,
    read_target,
    sub,
)
from conformance.targets.dispatch_model import Dispatch, us
from conformance.targets.dispatch_session import profile_of
from conformance.targets.profile import Target
from fixtures.contracts import load

Key: TypeAlias = tuple[int, int]
"""Microgrid and id of a dispatch."""

CREATE, UPDATE, DELETE = (f"{v}MicrogridDispatch" for v in ("Create", "Update", "Delete"))
GET, LIST = "GetMicrogridDispatch", "ListMicrogridDispatches"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Asked:
    """A call with its messages; `reply` is None where it was refused."""

    call: Call
    request: Any
    reply: Any

    @property
    def microgrid(self) -> int:
        """That the request names."""
        return int(self.request.microgrid_id)

    @property
    def key(self) -> Key:
        """The dispatch that the request names."""
        return self.microgrid, int(self.request.dispatch_id)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Event:
    """One message of a stream; `dispatch` is None where it holds none."""

    frame: Frame
    kind: int
    dispatch: Dispatch | None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Watched:
    """A stream of the events of a microgrid."""

    stream: Stream
    microgrid: int
    events: tuple[Event, ...]


class View:
    """What the rules of this API read.

    Args:
        history: of any APIs.
        target: whose profile tells the generation.
    """

    def __init__(self, history: History, target: Target) -> None:
        self.history = history
        self.profile = profile_of(target)
        self.contract = load("dispatch", self.profile.contract_generation)
        self.codec = Codec(self.contract)
        self.readings = accepted(self.profile.generation)
        self.messages = Messages(self.contract, [SERVICE])

    @property
    def notes(self) -> Iterator[str]:
        """What was passed over."""
        return self.messages.notes("dispatch")

    @cached_property
    def asked(self) -> list[Asked]:
        """Calls whose request can be read."""
        calls = self.history.calls.get("dispatch", ())
        return [
            Asked(call=call, request=request, reply=reply)
            for call, _, request, reply in self.messages.exchanges(calls)
        ]

    def of(self, method: str, *, ok: bool | None = True) -> list[Asked]:
        """Calls of a method: answered, refused, or both for None."""
        return [a for a in self.asked if a.call.method == method and ok in (None, a.call.ok)]

    @cached_property
    def _decoded(self) -> dict[int, Dispatch]:
        return {}

    def shown(self, asked: Asked) -> Dispatch | None:
        """The dispatch that a call answered with; None where it held none."""
        number = asked.call.line.number
        if number not in self._decoded:
            reply = asked.reply
            if not reply.HasField("dispatch"):
                return None
            self._decoded[number] = self.codec.dispatch(reply.dispatch)
        return self._decoded[number]

    @cached_property
    def looks(self) -> list[Look[Dispatch]]:
        """Every dispatch that was shown, by microgrid and id; deletions tell of no state."""
        found = []
        for asked in self.asked:
            if asked.call.method in (CREATE, GET, UPDATE) and asked.reply is not None:
                dispatch = self.shown(asked)
                if dispatch is not None:
                    found.append(look((asked.microgrid, dispatch.id), dispatch, asked.call))
        origins = begun(self.pages, self.walks)
        for page in self.pages:
            at = origins[page.call.line.number]
            found += [listed((page.scope, d.id), d, page.call, at) for d in page.items]
        for watched in self.streams:
            found += [
                look((watched.microgrid, e.dispatch.id), e.dispatch, e.frame)
                for e in watched.events
                if e.dispatch is not None and e.kind in (1, 2)
            ]
        return found

    @cached_property
    def pages(self) -> list[Listed]:
        """Every page that was answered; `page` is its total."""
        found = []
        for asked in self.of(LIST):
            params = asked.request.pagination_params
            info = asked.reply.pagination_info
            token = params.page_token if params.HasField("page_token") else ""
            query = self.query(asked.request)
            found.append(
                Listed(
                    call=asked.call,
                    scope=asked.microgrid,
                    query=None if token and query == (Filter(), 0, 0) else query,
                    token=token,
                    next=info.next_page_token,
                    items=tuple(self.codec.dispatch(item) for item in asked.reply.dispatches),
                    size=int(params.page_size) if params.HasField("page_size") else 0,
                    page=asked,
                )
            )
        return found

    def query(self, request: Any) -> tuple[Filter, int, int]:
        """Filter and sort options of a list."""
        sort = request.sort_options
        return read_filter(request.filter), int(sort.sort_field), int(sort.sort_order)

    @cached_property
    def walks(self) -> list[Walk]:
        """Walks over pages."""
        return list(walks(self.pages))

    @cached_property
    def streams(self) -> list[Watched]:
        """Streams whose request can be read."""
        found = []
        for stream in self.history.streams.get("dispatch", ()):
            known = self.messages.method(stream.opened)
            if known is None or known[1] is None:
                continue
            events = []
            for frame in stream.received:
                message = self.messages.reply(known[0], frame)
                if message is not None:
                    there = message.HasField("dispatch")
                    dispatch = self.codec.dispatch(message.dispatch) if there else None
                    events.append(Event(frame=frame, kind=int(sub(message, 2)), dispatch=dispatch))
            microgrid = int(known[1].microgrid_id)
            found.append(Watched(stream=stream, microgrid=microgrid, events=tuple(events)))
        return found

    @cached_property
    def by_call(self) -> dict[int, Asked]:
        """Calls by the number of their line."""
        return {asked.call.line.number: asked for asked in self.asked}

    def steady(self, look: Look[Dispatch], until_us: int | None, *, but: Call) -> bool:
        """Whether nobody wrote to a dispatch since a look, until some time; but for a call."""
        if not self.history.about.sole_writer or look.began_us is None or until_us is None:
            return False
        return not any(
            number not in (but.line.number, look.where.line.number)
            and (end is None or end >= look.began_us)
            and began <= until_us
            for number, began, end in self._writes.get(look.key, ())
        )

    @cached_property
    def _writes(self) -> dict[Key, list[tuple[int, int, int | None]]]:
        found: dict[Key, list[tuple[int, int, int | None]]] = {}
        for asked in (a for m in (UPDATE, DELETE) for a in self.of(m, ok=None)):
            if changes(asked.call):
                end = asked.call.ended_us if asked.call.ok else None
                span = (asked.call.line.number, asked.call.began_us, end)
                found.setdefault(asked.key, []).append(span)
        return found

    @cached_property
    def quiet(self) -> Quiet:
        """When nothing was written to a microgrid."""
        wrote = [a for m in (CREATE, UPDATE, DELETE) for a in self.of(m, ok=None)]
        return Quiet(
            self.history.about.sole_writer,
            [(a.microgrid, a.call) for a in wrote if changes(a.call)],
        )


REFUSALS = frozenset(
    {
        "INVALID_ARGUMENT",
        "OUT_OF_RANGE",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "FAILED_PRECONDITION",
        "PERMISSION_DENIED",
        "UNAUTHENTICATED",
        "UNIMPLEMENTED",
    }
)


def changes(call: Call) -> bool:
    """Whether a write may have been carried out, as far as its status tells."""
    return call.code not in REFUSALS


def read_data(message: Any) -> DispatchData:
    """What a DispatchData message asks for."""
    return DispatchData(
        type=message.type,
        start_us=us(sub(message, 2)) if has(message, 2) else None,
        duration_s=message.duration if has(message, 3) else None,
        target=read_target(sub(message, 4)) if has(message, 4) else None,
        active=message.is_active,
        dry_run=message.is_dry_run,
        payload=read_struct(sub(message, 7)),
        rule=read_rule(sub(message, 8)) if has(message, 8) else None,
    )


def read_update(message: Any) -> Update:
    """What a DispatchUpdate message asks for."""
    return Update(
        start_us=us(sub(message, 1)) if has(message, 1) else None,
        duration_s=message.duration if has(message, 2) else None,
        target=read_target(sub(message, 3)) if has(message, 3) else None,
        active=message.is_active if has(message, 4) else None,
        payload=read_struct(sub(message, 5)) if has(message, 5) else None,
        rule=_rule_update(sub(message, 6)) if has(message, 6) else None,
    )


def _rule_update(message: Any) -> RuleUpdate:
    end = sub(message, 3)
    return RuleUpdate(
        freq=message.freq if message.HasField("freq") else None,
        interval=message.interval if message.HasField("interval") else None,
        end_criteria=has(message, 3),
        count=end.count if has(end, 1) else None,
        until_us=us(sub(end, 2)) if has(end, 2) else None,
        **{
            name: tuple(int(i) for i in getattr(message, name))
            for name in ("byminutes", "byhours", "byweekdays", "bymonthdays", "bymonths")
        },
    )


def read_filter(message: Any) -> Filter:
    """What a DispatchFilter message asks for."""
    known = message.DESCRIPTOR.fields_by_number
    return Filter(
        targets=tuple(t for t in map(read_target, sub(message, 1)) if t is not None),
        active=message.is_active if message.HasField("is_active") else None,
        dry_run=message.is_dry_run if message.HasField("is_dry_run") else None,
        recurring=message.is_recurring if message.HasField("is_recurring") else None,
        recurrence_filter=has(message, 5),
        start=_interval(message, 6),
        end=_interval(message, 7),
        update=_interval(message, 8),
        ids=tuple(int(i) for i in sub(message, 9)) if 9 in known else (),
        queries=tuple(sub(message, 10)) if 10 in known else (),
    )


def _interval(message: Any, number: int) -> Interval | None:
    if not has(message, number):
        return None
    held = sub(message, number)
    return Interval(
        from_us=us(sub(held, 1)) if has(held, 1) else None,
        to_us=us(sub(held, 2)) if has(held, 2) else None,
    )
