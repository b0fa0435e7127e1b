"""Creating: what Create answers (seed 000, CreateMicrogridDispatchRequest and DispatchData)."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.judging import expect, explore, requirement
from conformance.recorder import now_us
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import SECOND_US

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
    count = 20 if dispatch.profile == "full" else 5
    ids = [dispatch.create().id for _ in range(count)]
    expect(0 not in ids, "ids of new dispatches", got=ids, wanted="none of them 0")
    expect(len(set(ids)) == count, "ids of new dispatches", got=ids, wanted="no id twice")


@requirement("DSP-CRE-002")
def test_ids_are_unique_across_microgrids(dispatch: DispatchTarget) -> None:
    one = dispatch.create()
    other = dispatch.create(microgrid=dispatch.other_microgrid)
    expect(one.id != other.id, "ids in two microgrids", got=other.id, wanted="different ones")


@requirement("DSP-CRE-004")
def test_create_time_is_the_time_of_the_call(dispatch: DispatchTarget) -> None:
    tolerance = dispatch.clock.tolerance_us
    sent = now_us()
    created = dispatch.create()
    received = now_us()
    # A server that keeps whole seconds may show a time up to a second before the call.
    expect(
        created.create_us >= sent - tolerance - SECOND_US,
        "creation time",
        got=created.create_us,
        wanted=sent,
        times=True,
    )
    expect(
        created.create_us <= received + tolerance,
        "creation time",
        got=created.create_us,
        wanted=received,
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
    def body(active: bool, dry_run: bool) -> None:
        shown = dispatch.get(dispatch.create(active=active, dry_run=dry_run).id)
        got = {"active": shown.active, "dry_run": shown.dry_run}
        wanted = {"active": active, "dry_run": dry_run}
        expect(got == wanted, "flags", got=got, wanted=wanted)

    both = (False, True)
    explore(
        body,
        examples=0,
        directed=[{"active": a, "dry_run": d} for a in both for d in both],
        active=st.booleans(),
        dry_run=st.booleans(),
    )


@requirement("DSP-CRE-010")
def test_identical_creates_make_two_dispatches(dispatch: DispatchTarget) -> None:
    data = dispatch.data(type="the same twice")
    one, other = dispatch.create(data), dispatch.create(data)
    expect(one.id != other.id, "ids of two creates", got=other.id, wanted="different ones")
    listed = {item.id for item in dispatch.list_all()}
    expect({one.id, other.id} <= listed, "list", got=sorted(listed), wanted=[one.id, other.id])
