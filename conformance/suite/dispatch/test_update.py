"""Updating plain fields: what a mask reaches and what it leaves (seed 000, DispatchUpdate)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from conformance.judging import (
    ABSENT,
    BAD_START,
    HIDDEN,
    Refused,
    attempt,
    by_depth,
    expect,
    explore,
    refused,
    requirement,
)
from conformance.oracles.masks import PATHS
from conformance.strategies.dispatch import dispatch_data, updates
from conformance.strategies.recurrence import at
from conformance.suite.dispatch.updating import (
    Fitting,
    components,
    expect_data,
    fit_for,
    judged_update,
    one_variant,
)
from conformance.suite.laws.masks import (
    expect_kept,
    expect_unchanged,
    refused_without_trace,
    versions_grow,
)
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import (
    BATTERY,
    DAILY,
    DAY_US,
    HOUR_US,
    INVERTER,
    MONTHLY,
    SECOND_US,
    CategoryType,
    Dispatch,
    DispatchData,
    Rule,
    RuleUpdate,
    Update,
    categories,
    ids,
    types,
)

EARLIEST_US = at(2031, 1, 1)
"""Generated starts are later than this, so that none is close to now."""


@requirement("DSP-UPD-001")
def test_each_path_alone_changes_its_own_field(dispatch: DispatchTarget) -> None:
    start_us = dispatch.start_us
    later = Fitting(start_us=start_us + DAY_US)
    shown = dispatch.create(
        start_us=start_us,
        payload={"old": 1.0},
        rule=Rule(
            freq=DAILY,
            interval=1,
            count=5,
            byminutes=(later.own("byminutes"),),
            byhours=(later.own("byhours"),),
            byweekdays=(1, 2, 3, 4, 5, 6, 7),
        ),
    )
    # Every field is sent each time, with a value that fits whichever were taken over before.
    update = Update(
        start_us=later.start_us,
        duration_s=900,
        target=ids(3, 4),
        active=dispatch.simulated,
        payload={"new": [True]},
        rule=RuleUpdate(
            freq=MONTHLY,
            interval=2,
            end_criteria=True,
            until_us=later.start_us + 400 * DAY_US,
            **later.lists(),
        ),
    )
    for path in PATHS:
        shown, _ = judged_update(dispatch, shown, update, [path])
    expect_kept(dispatch, shown.id, shown, "all updates")


@requirement("DSP-UPD-001", "DSP-UPD-016")
def test_generated_masks_change_what_they_name(dispatch: DispatchTarget) -> None:
    typed = dispatch.generation != "0.15"
    earliest_us = max(EARLIEST_US, dispatch.start_us)

    def body(data: DispatchData, change: tuple[Update, tuple[str, ...]]) -> None:
        update, paths = change
        if not dispatch.simulated:
            update = replace(update, active=False)
        update = replace(update, target=one_variant(update.target))
        created = dispatch.create(fit_for(dispatch, data))
        shown, _ = judged_update(dispatch, created, update, paths, invalid="DSP-UPD-016")
        expect_kept(dispatch, created.id, shown, "the update")

    explore(
        body,
        data=dispatch_data(earliest_us, types=typed),
        change=updates(earliest_us, types=typed),
        examples=18,
    )


@requirement("DSP-UPD-001")
def test_its_twin_stays_as_it_is(dispatch: DispatchTarget) -> None:
    data = dispatch.data(type="twins")
    one, other = dispatch.create(data), dispatch.create(data)
    dispatch.update(one.id, duration_s=900, payload={"changed": True})
    expect_unchanged(dispatch, other.id, other, "an update of a dispatch like it")


@requirement("DSP-UPD-002")
def test_start_time(dispatch: DispatchTarget) -> None:
    created = dispatch.create()
    for start_us in (created.start_us + 90 * SECOND_US, created.start_us + 400 * DAY_US):
        shown = dispatch.update(created.id, start_us=start_us)
        expect_data(shown, "answer to an update of start_time", created, start_us=start_us)
    expect_kept(dispatch, created.id, shown, "an update of start_time")


@requirement("DSP-UPD-002")
def test_duration(dispatch: DispatchTarget) -> None:
    created = dispatch.create(duration_s=None)
    for duration_s in (0, 2**32 - 1, 900):
        shown = dispatch.update(created.id, duration_s=duration_s)
        expect_data(shown, "answer to an update of duration", created, duration_s=duration_s)
    expect_kept(dispatch, created.id, shown, "an update of duration")


@requirement("DSP-UPD-002")
def test_target(dispatch: DispatchTarget) -> None:
    created = dispatch.create(target=ids(1, 2))
    targets = [categories(BATTERY, INVERTER), ids(7)]
    if dispatch.generation != "0.15":
        pair = CategoryType(category=BATTERY, type_field="battery", type=1)
        targets.insert(1, types(pair, CategoryType(category=INVERTER)))
    for target in targets:
        shown = dispatch.update(created.id, target=target)
        expect(
            components(shown.target) == components(target),
            "target in the answer to an update",
            got=shown.target,
            wanted=target,
        )
        expect_data(shown, "answer to an update of the target", created, target=shown.target)
    expect_kept(dispatch, created.id, shown, "an update of the target")


@requirement("DSP-UPD-002")
def test_payload(dispatch: DispatchTarget) -> None:
    created = dispatch.create(payload={"a": 1.0})
    for payload in ({"a": 2.0}, {"b": {"c": [None, True, "ü"]}}, {}):
        tagged = dispatch.tagged(payload)
        shown = dispatch.update(created.id, payload=payload)
        expect_data(shown, "answer to an update of payload", created, payload=tagged)
    expect_kept(dispatch, created.id, shown, "an update of payload")


@requirement("DSP-UPD-002", needs=["simulated_site"])
def test_active_flag(dispatch: DispatchTarget) -> None:
    created = dispatch.create(active=False)
    for active in (True, False):
        shown = dispatch.update(created.id, active=active)
        expect_data(shown, "answer to an update of is_active", created, active=active)
    expect_kept(dispatch, created.id, shown, "an update of is_active")


@requirement("DSP-UPD-002")
def test_several_paths_in_one_mask(dispatch: DispatchTarget) -> None:
    created = dispatch.create()
    start_us = created.start_us + HOUR_US
    shown = dispatch.update(
        created.id,
        ["payload", "target", "duration", "start_time"],
        start_us=start_us,
        duration_s=5,
        target=ids(9),
        payload={"x": True},
    )
    expect_data(
        shown,
        "answer to an update of four fields",
        created,
        start_us=start_us,
        duration_s=5,
        target=ids(9),
        payload=dispatch.tagged({"x": True}),
    )
    expect_kept(dispatch, created.id, shown, "an update of four fields")


@requirement("DSP-UPD-005")
def test_duration_left_out_becomes_infinite(dispatch: DispatchTarget) -> None:
    for rule in (None, Rule(freq=DAILY, interval=1, count=3)):
        created = dispatch.create(duration_s=600, rule=rule)
        shown = dispatch.update(created.id, ["duration"])
        expect_data(shown, "dispatch after clearing its duration", created, duration_s=None)
        expect(
            shown.end_us is None,
            "end time after clearing the duration",
            got=shown.end_us,
            wanted=None,
            times=True,
        )
        expect_kept(dispatch, created.id, shown, "clearing the duration")
    shown = dispatch.update(created.id, duration_s=0)
    expect_data(shown, "dispatch with duration 0 after none", created, duration_s=0)


@requirement("DSP-UPD-008")
def test_start_in_the_past_is_refused(dispatch: DispatchTarget) -> None:
    now_us = dispatch.clock.now_us()
    offsets = {
        None: by_depth(full=(HOUR_US, now_us), staging=(now_us,)),
        Rule(freq=DAILY, interval=1): (HOUR_US,),
    }
    for rule, before_us in offsets.items():
        created = dispatch.create(rule=rule)
        for start_us in (now_us - us for us in before_us):
            refused_without_trace(
                dispatch,
                created.id,
                created,
                partial(dispatch.update, created.id, start_us=start_us),
                BAD_START,
                "an update to a start in the past",
            )


@requirement("DSP-UPD-009", needs=["simulated_site"])
def test_started_dispatch_can_be_updated(dispatch: DispatchTarget) -> None:
    for created in (_started(dispatch, 3600), _started(dispatch, 0)):
        dispatch.clock.sleep_until(created.start_us + SECOND_US // 2)
        shown = dispatch.update(created.id, active=False)
        what = "answer to an update of is_active after the start"
        expect_data(shown, what, created, active=False)
        payload = {"changed": True}
        shown = dispatch.update(created.id, duration_s=7200, target=ids(3), payload=payload)
        expect_data(
            shown,
            "answer to an update after the start",
            created,
            active=False,
            duration_s=7200,
            target=ids(3),
            payload=dispatch.tagged(payload),
        )
    expect_kept(dispatch, created.id, shown, "an update after the start")


@requirement("DSP-UPD-014")
def test_update_time_moves_on_each_time(dispatch: DispatchTarget) -> None:
    created = dispatch.create()
    times = by_depth(full=5, staging=3)
    shown = [dispatch.update(created.id, duration_s=601 + n) for n in range(times)]
    versions_grow([created.update_us, *(s.update_us for s in shown)], "update time")
    constant = {(s.id, s.create_us) for s in shown}
    expect(
        constant == {(created.id, created.create_us)},
        f"id and creation time over {times} updates",
        got=constant,
        wanted=(created.id, created.create_us),
    )
    expect_kept(dispatch, created.id, shown[-1], f"{times} updates")


@requirement("DSP-UPD-015")
def test_unknown_id_is_not_found(dispatch: DispatchTarget) -> None:
    gone = dispatch.create()
    dispatch.create()  # so that the microgrid is known, whatever the target does about others
    dispatch.delete(gone.id)
    for id_, what in ((dispatch.random_id(), "an unknown id"), (gone.id, "a deleted dispatch")):
        refused(partial(dispatch.update, id_, duration_s=5), ABSENT, f"updating {what}")


@requirement("DSP-UPD-015")
def test_other_microgrid_does_not_reach_it(dispatch: DispatchTarget) -> None:
    created = dispatch.create()
    other = dispatch.other_microgrid
    dispatch.create(microgrid=other)
    refused(
        lambda: dispatch.update(created.id, duration_s=5, microgrid=other),
        HIDDEN,
        "updating a dispatch under another microgrid",
    )
    expect_unchanged(dispatch, created.id, created, "an update under another microgrid")


@requirement("DSP-UPD-019")
def test_payload_is_replaced_and_not_merged(dispatch: DispatchTarget) -> None:
    created = dispatch.create(payload={"a": 1.0, "inner": {"x": 1.0}, "list": [1.0, 2.0]})
    payload = {"b": 2.0, "inner": {"y": 2.0}, "list": [3.0]}
    shown = dispatch.update(created.id, payload=payload)
    got = dispatch.untagged(shown.payload)
    expect(got == payload, "payload after an update", got=got, wanted=payload)
    expect_kept(dispatch, created.id, shown, "an update of payload")


def _started(dispatch: DispatchTarget, duration_s: int) -> Dispatch:
    """An active dry run that starts within seconds, as early as the target takes it."""

    def create(ahead_us: int) -> Dispatch:
        soon_us = (dispatch.clock.now_us() + ahead_us) // SECOND_US * SECOND_US
        return dispatch.create(start_us=soon_us, duration_s=duration_s, active=True, dry_run=True)

    created = attempt(partial(create, 2 * SECOND_US))
    if isinstance(created, Refused):
        return create(dispatch.clock.tolerance_us + SECOND_US)
    return created
