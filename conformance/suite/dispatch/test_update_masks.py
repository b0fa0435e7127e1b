"""Masks that name what they should not, or nothing at all: an update is whole or not at all.

Seed 000, UpdateMicrogridDispatchRequest.update_mask; what the type and the dry-run flag concerns,
the release notes of 0.14.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from hypothesis import strategies as st

from conformance.judging import (
    BAD_START,
    Refused,
    advise,
    attempt,
    expect,
    explore,
    observe,
    requirement,
    sampled,
)
from conformance.oracles.masks import after_update, judge_update
from conformance.suite.dispatch.updating import REFUSALS, judged_update
from conformance.suite.laws.masks import (
    changes,
    expect_kept,
    expect_unchanged,
    refused_without_trace,
)
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import (
    DAILY,
    DAY_US,
    HOUR_US,
    Dispatch,
    Rule,
    RuleUpdate,
    Update,
    ids,
    iso,
)

UNKNOWN = (
    "nonsense",
    "data.type",
    "dispatch_data.is_dry_run",
    "metadata",
    "dispatch_id",
    "create_time",
    "recurrence.nonsense",
    "recurrence.freq.nonsense",
    "duration.seconds",
    "start",
    "",
)
"""Paths that no generation of DispatchUpdate has."""
GOOD = {"duration": {"duration_s": 1234}, "payload": {"payload": {"new": True}}}


@requirement("DSP-UPD-010")
def test_type_and_dry_run_never_change(dispatch: DispatchTarget) -> None:
    kinds = (True, False) if dispatch.simulated else (True,)
    for dry_run in sampled(kinds, 1):
        before = created = dispatch.create(dry_run=dry_run)
        for paths in (("type",), ("is_dry_run", "duration")):
            answer = attempt(partial(dispatch.update, created.id, paths, duration_s=77))
            what = f"dispatch after an update of {', '.join(paths)}"
            if isinstance(answer, Refused):
                expect_unchanged(dispatch, created.id, before, f"a refused update of {paths}")
                continue
            for shown in (answer, dispatch.get(created.id)):
                kept = (shown.type, shown.dry_run)
                wanted = (created.type, created.dry_run)
                expect(kept == wanted, what, got=kept, wanted=wanted)
            before = answer


@requirement("DSP-UPD-011")
def test_unknown_paths_are_refused(dispatch: DispatchTarget) -> None:
    created = dispatch.create(payload={"old": True})
    readings: set[str] = set()
    known = {created.id: created}

    def body(path: str, good: str | None, first: bool) -> None:
        # What stands is known from the last answer, unless an example failed in between.
        before = known.pop(created.id, None) or dispatch.get(created.id)
        fields = GOOD[good] if good else {"duration_s": 4321}
        paths = [path, good] if first else [good, path]
        update = Update(**fields)  # type: ignore[arg-type] # one of the fields of GOOD
        shown, outcomes = judged_update(dispatch, before, update, [p for p in paths if p])
        expect_kept(dispatch, created.id, shown, f"an update with the path {path!r}")
        known[created.id] = shown
        readings.update(outcome.readings.get("A16", "refused") for outcome in outcomes)
        advise(
            good is not None or shown.update_us == before.update_us,
            f"update time after an update of nothing but {path!r}",
            got=iso(shown.update_us),
            wanted=iso(before.update_us),
        )

    explore(
        body,
        path=st.sampled_from([path for path in UNKNOWN if path]),
        good=st.sampled_from([None, *GOOD]),
        first=st.booleans(),
        directed=[
            {"path": "nonsense", "good": None, "first": True},
            {"path": "data.type", "good": "payload", "first": False},
            {"path": "recurrence.nonsense", "good": "duration", "first": True},
        ],
        examples=18,
    )
    observe("ignored" if "ignored" in readings else "refused", trait="A16")


@requirement("DSP-UPD-012")
def test_one_bad_value_refuses_all(dispatch: DispatchTarget) -> None:
    created = dispatch.create(rule=Rule(freq=DAILY, interval=1, count=3))
    past_us = dispatch.clock.now_us() - HOUR_US
    for paths, update in sampled(list(_half_bad(dispatch, past_us)), 3):
        refused_without_trace(
            dispatch,
            created.id,
            created,
            partial(dispatch.update_with, created.id, update, paths),
            BAD_START,
            f"an update of {' and '.join(paths)}, one of them bad",
        )


@requirement("DSP-UPD-013")
def test_answer_to_an_empty_mask_is_what_stands(dispatch: DispatchTarget) -> None:
    created = dispatch.create()
    readings = []
    filled = Update(
        start_us=created.start_us + DAY_US,
        duration_s=4321,
        target=ids(8),
        payload=dispatch.tagged({"new": True}),
    )
    before = created
    for update in (Update(), filled):
        for present in (False, True):
            what = f"an update with {'an empty' if present else 'no'} mask"
            answer = attempt(partial(_update, dispatch, created.id, update, mask=present))
            if isinstance(answer, Refused):
                said = f"{answer.code.name}: {answer.details}"
                expect(answer.code in REFUSALS, what, got=said, wanted=REFUSALS)
                expect_unchanged(dispatch, created.id, before, what)
                readings.append("refused")
                continue
            expect_kept(dispatch, created.id, answer, what)
            now_us = dispatch.clock.now_us()
            outcomes = judge_update(before, update, (), answer, now_us=now_us)
            expect(
                outcomes,
                f"answer to {what}",
                got=changes(before, answer),
                wanted=[o.readings for o in after_update(before, update, (), now_us=now_us)],
            )
            readings.append(outcomes[0].readings["A15"])
            if readings[-1] == "no change":
                advise(
                    answer.update_us == before.update_us,
                    f"update time after {what}, which changed nothing",
                    got=iso(answer.update_us),
                    wanted=iso(before.update_us),
                )
            before = answer
    # Only the mask with a filled update beside it tells "no change" from "all fields".
    observe(readings[-1], trait="A15")


def _half_bad(dispatch: DispatchTarget, past_us: int) -> Iterator[tuple[list[str], Update]]:
    """Masks of a good and a bad path, with values."""
    if dispatch.simulated:
        yield ["is_active", "start_time"], Update(active=True, start_us=past_us)
    yield ["duration", "start_time"], Update(duration_s=1234, start_us=past_us)
    yield ["start_time", "duration"], Update(duration_s=1234, start_us=past_us)
    payload = dispatch.tagged({"new": True})
    yield ["payload", "target"], Update(payload=payload)
    rule = RuleUpdate(interval=2, bymonthdays=(40,))
    yield ["recurrence.interval", "recurrence.bymonthdays"], Update(rule=rule)
    rule = RuleUpdate(end_criteria=True, count=4097)
    yield ["recurrence.end_criteria", "duration"], Update(duration_s=1234, rule=rule)


def _update(dispatch: DispatchTarget, id_: int, update: Update, *, mask: bool) -> Dispatch:
    """An update whose mask is present and empty, or absent."""
    request = dispatch.message("UpdateMicrogridDispatchRequest")()
    request.microgrid_id, request.dispatch_id = dispatch.microgrid, id_
    if mask:
        request.update_mask.SetInParent()
    request.update.CopyFrom(dispatch.codec.update(update))
    reply = dispatch.call("UpdateMicrogridDispatch", request)
    expect(reply.HasField("dispatch"), "answer to an update", got="no dispatch", wanted="one")
    return dispatch.decode(reply.dispatch)
