"""Several subscribers, slow ones among them, and idle ones (seed 000; published clients)."""

from __future__ import annotations

from contextlib import ExitStack

import grpc

from conformance.failures import Nonconformance
from conformance.judging import background, by_depth, expect, requirement, untestable
from conformance.suite.dispatch.test_stream import told
from conformance.suite.laws.streams import Told, judge_once
from conformance.targets.dispatch import DispatchTarget

IDLE_S = 60
PINGED_S = 90
PINGS = (
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
)
"""How the published clients ping, with their shortest documented interval."""

SMALL_WINDOW = (("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 16_384))
"""So that a reader who stops reading is felt by the server after some 100 kB."""


@requirement("DSP-STR-006")
def test_every_subscriber_hears_everything(dispatch: DispatchTarget) -> None:
    count = by_depth(full=5, staging=3)
    with ExitStack() as stack:
        streams = [stack.enter_context(dispatch.stream()) for _ in range(count)]
        created = dispatch.create()
        dispatch.update(created.id, duration_s=900)
        dispatch.delete(created.id)
        done: list[Told] = [(kind, created.id) for kind in ("CREATED", "UPDATED", "DELETED")]
        for number, stream in enumerate(streams, start=1):
            heard = [event for event in told(stream.barrier()) if event[1] == created.id]
            judge_once(heard, done, f"events of subscriber {number} of {count}")


@requirement("DSP-STR-014", needs=["full"])
def test_a_reader_that_stops_holds_up_no_other(dispatch: DispatchTarget) -> None:
    filling = {"filling": "x" * 40_000}
    created = dispatch.create()
    with (
        dispatch.connection(SMALL_WINDOW) as slow,
        slow.stream(ready=False, reading=False),
        dispatch.stream() as stream,
    ):
        for number in range(40):
            dispatch.update(created.id, duration_s=number + 1, payload=filling)
        heard = [e.dispatch.duration_s for e in stream.barrier() if e.dispatch]
    wanted = list(range(1, 41))
    expect(
        heard == wanted,
        "durations heard beside a subscriber that reads nothing",
        got=heard,
        wanted=wanted,
    )


@requirement("DSP-STR-006", needs=["full"])
def test_a_slow_reader_misses_nothing_untold(dispatch: DispatchTarget) -> None:
    filling, count = {"filling": "x" * 40_000}, 40
    created = dispatch.create()
    with (
        dispatch.connection(SMALL_WINDOW) as slow,
        slow.stream(ready=False, reading=False) as stream,
    ):
        for number in range(count):
            dispatch.update(created.id, duration_s=number + 1, payload=filling)
        dispatch.delete(created.id)
        stream.read()
        try:
            stream.next(created.id, "DELETED")
        except Nonconformance:
            # Whoever is cut off knows that something is missing, unless it looks like the end.
            if stream.status in (None, grpc.StatusCode.OK):
                raise
        heard = [
            event.dispatch.duration_s or 0
            for event in stream.all_events
            if event.kind == "UPDATED" and event.dispatch and event.dispatch.id == created.id
        ]
        cut_off = stream.status is not None
    if not heard and not cut_off:
        untestable("the stream was live after all the updates only")
    first = heard[0] if heard else 1
    wanted = list(range(first, first + len(heard) if cut_off else count + 1))
    expect(heard == wanted, "durations heard by a slow reader", got=heard, wanted=wanted)


@requirement("DSP-STR-009")
@background(lasts_s=IDLE_S + 2)
def test_idle_stream_stays_open(dispatch: DispatchTarget) -> None:
    with dispatch.stream() as stream:
        stream.hold(IDLE_S)
        # An interrupted connection may be; only an end that says "that was all" stops clients.
        name = stream.status.name if stream.status else "open"
        expect(name != "OK", f"stream idle for {IDLE_S} s", got="ended with OK", wanted="open")


@requirement("DSP-STR-019")
@background(lasts_s=PINGED_S + 4)
def test_idle_stream_survives_keep_alive_pings(dispatch: DispatchTarget) -> None:
    with dispatch.connection(PINGS) as pinging, pinging.stream() as stream:
        stream.hold(PINGED_S)
        name = stream.status.name if stream.status else "open"
        what = f"stream idle for {PINGED_S} s, pinged every 10 s"
        expect(name == "open", what, got=f"{name}: {stream.details}", wanted="open")
        created = dispatch.create(microgrid=stream.microgrid)
        stream.next(created.id, "CREATED")
