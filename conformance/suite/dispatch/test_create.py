"""Creating: what Create answers (seed 000, CreateMicrogridDispatchRequest and DispatchData)."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from conformance.judging import by_depth, expect, requirement
from conformance.recorder import now_us
from conformance.targets.clock import DRIFT_US
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import SECOND_US, iso

PAUSE_S = 1.5
"""Real time between two creations that shows whether a simulated clock goes on with it."""

CLOSE_US = SECOND_US
"""Two times that a server takes from one clock for one call lie this close together."""


@requirement("DSP-CRE-001")
def test_answer_has_metadata_and_data(dispatch: DispatchTarget) -> None:
    request = dispatch.message("CreateMicrogridDispatchRequest")()
    request.microgrid_id = dispatch.microgrid
    data = dispatch.data(payload=dispatch.tagged({}))
    request.dispatch_data.CopyFrom(dispatch.encode(data))
    reply = dispatch.call("CreateMicrogridDispatch", request)
    expect(reply.HasField("dispatch"), "answer of create", got="no dispatch", wanted="a dispatch")
    for part in ("metadata", "data"):
        present = reply.dispatch.HasField(part)
        expect(present, f"{part} of the dispatch", got="absent", wanted="present")


@requirement("DSP-CRE-002")
def test_ids_are_unique_and_not_zero(dispatch: DispatchTarget) -> None:
    count = by_depth(full=20, staging=3)
    ids = [dispatch.create().id for _ in range(count)]
    expect(0 not in ids, "ids of new dispatches", got=ids, wanted="none of them 0")
    expect(len(set(ids)) == count, "ids of new dispatches", got=ids, wanted="no id twice")


@requirement("DSP-CRE-002")
def test_ids_of_creates_at_the_same_time_are_unique(dispatch: DispatchTarget) -> None:
    ids = [dispatch.create().id]
    callers = by_depth(full=8, staging=4)
    with ThreadPoolExecutor(callers) as pool:
        pending = [pool.submit(dispatch.create) for _ in range(2 * callers)]
        ids += [each.result().id for each in pending]
    unique = len(set(ids)) == len(ids)
    expect(unique, f"ids of creates, {callers} at once", got=sorted(ids), wanted="no id twice")


@requirement("DSP-CRE-002")
def test_ids_are_unique_across_microgrids(dispatch: DispatchTarget) -> None:
    one = dispatch.create()
    other = dispatch.create(microgrid=dispatch.other_microgrid)
    expect(one.id != other.id, "ids in two microgrids", got=other.id, wanted="different ones")


@requirement("DSP-CRE-004")
def test_create_time_is_the_time_of_the_call(dispatch: DispatchTarget) -> None:
    # How far ahead of ours the target's clock may be, at least and at most.
    low, high = -dispatch.clock.tolerance_us, dispatch.clock.tolerance_us
    if dispatch.has_own_time:
        dispatch.create()
        low, high = dispatch.clock.offsets_us or (low, high)
        low, high = low - DRIFT_US, high + DRIFT_US
        time.sleep(PAUSE_S)  # a clock that stands still, or hurries, is left behind, or ahead
    sent = now_us()
    created = dispatch.create()
    received = now_us()
    # A server that keeps whole seconds may show a time up to a second before the call.
    expect(
        created.create_us >= sent + low - SECOND_US,
        "creation time",
        got=created.create_us,
        wanted=f"at least {iso(sent + low)}",
        times=True,
    )
    expect(
        created.create_us <= received + high,
        "creation time",
        got=created.create_us,
        wanted=f"at most {iso(received + high)}",
        times=True,
    )


@requirement("DSP-CRE-005")
def test_update_time_starts_as_create_time(dispatch: DispatchTarget) -> None:
    created = dispatch.create()
    expect(
        abs(created.update_us - created.create_us) <= CLOSE_US,
        "update time of a new dispatch",
        got=created.update_us,
        wanted=created.create_us,
        times=True,
    )


@requirement("DSP-CRE-006")
def test_absent_duration_stays_absent(dispatch: DispatchTarget) -> None:
    created = dispatch.create(duration_s=None)
    shown = dispatch.get(created.id)
    expect(created.duration_s is None, "duration", got=created.duration_s, wanted="absent")
    expect(shown.duration_s is None, "duration in get", got=shown.duration_s, wanted="absent")


@requirement("DSP-CRE-006")
def test_zero_duration_stays_present(dispatch: DispatchTarget) -> None:
    created = dispatch.create(duration_s=0)
    shown = dispatch.get(created.id)
    expect(created.duration_s == 0, "duration", got=created.duration_s, wanted="present and 0")
    expect(shown.duration_s == 0, "duration in get", got=shown.duration_s, wanted="present and 0")


@requirement("DSP-CRE-007", needs=["simulated_site"])
def test_flags_are_independent(dispatch: DispatchTarget) -> None:
    both = [(active, dry_run) for active in (False, True) for dry_run in (False, True)]
    for active, dry_run in by_depth(full=both, staging=both[1:]):
        shown = dispatch.get(dispatch.create(active=active, dry_run=dry_run).id)
        got = {"active": shown.active, "dry_run": shown.dry_run}
        wanted = {"active": active, "dry_run": dry_run}
        expect(got == wanted, "flags", got=got, wanted=wanted)


@requirement("DSP-CRE-010")
def test_identical_creates_make_two_dispatches(dispatch: DispatchTarget) -> None:
    data = dispatch.data(type="the same twice")
    one, other = dispatch.create(data), dispatch.create(data)
    expect(one.id != other.id, "ids of two creates", got=other.id, wanted="different ones")
    listed = {item.id for item in dispatch.list_all()}
    expect({one.id, other.id} <= listed, "list", got=sorted(listed), wanted=[one.id, other.id])
