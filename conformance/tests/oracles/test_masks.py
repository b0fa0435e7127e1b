"""Outcomes of masked updates: states, refusals and the readings they stand for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.oracles.masks import PATHS, after_update, judge_update
from conformance.oracles.model import (
    HOUR_US,
    DispatchView,
    Rule,
    RuleUpdate,
    Target,
    Update,
)
from conformance.strategies.recurrence import at

NOW_US = at(2031, 1, 1)
BEFORE = DispatchView(
    id=1,
    type="t",
    start_us=NOW_US + HOUR_US,
    duration_s=60,
    target=Target(kind="ids", items=(1,)),
    payload={"a": 1.0},
    rule=Rule(freq=3, count=3, byhours=(1, 2)),
    create_us=NOW_US,
)
EVERYTHING = Update(
    start_us=NOW_US + 2 * HOUR_US,
    duration_s=5,
    target=Target(kind="ids", items=(7,)),
    active=True,
    payload={"b": 2.0},
    rule=RuleUpdate(freq=5, interval=2, byhours=(3,), byminutes=(4,), bymonths=(5,)),
)


def outcomes(update: Update, *paths: str, before: DispatchView = BEFORE) -> list[object]:
    found = after_update(before, update, paths, now_us=NOW_US)
    return [e.view if e.kind == "state" else "refused" for e in found]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("start_time", replace(BEFORE, start_us=NOW_US + 2 * HOUR_US)),
        ("duration", replace(BEFORE, duration_s=5)),
        ("target", replace(BEFORE, target=Target(kind="ids", items=(7,)))),
        ("selector", replace(BEFORE, target=Target(kind="ids", items=(7,)))),
        ("is_active", replace(BEFORE, active=True)),
        ("payload", replace(BEFORE, payload={"b": 2.0})),
    ],
)
def test_only_the_masked_field_changes(path: str, wanted: DispatchView) -> None:
    found = outcomes(EVERYTHING, path)
    assert wanted in found
    assert [state for state in found if isinstance(state, DispatchView)] == [wanted]


def test_lists_are_replaced_and_cleared_by_nothing() -> None:
    shown = replace(BEFORE, rule=Rule(freq=3, count=3, byhours=(3,)))
    assert judge_update(BEFORE, EVERYTHING, ["recurrence.byhours"], shown, now_us=NOW_US)
    merged = replace(BEFORE, rule=Rule(freq=3, count=3, byhours=(1, 2, 3)))
    assert not judge_update(BEFORE, EVERYTHING, ["recurrence.byhours"], merged, now_us=NOW_US)
    cleared = replace(BEFORE, rule=Rule(freq=3, count=3))
    assert outcomes(Update(), "recurrence.byhours")[0] == cleared
    assert "refused" not in outcomes(
        Update(), "recurrence.byhours", before=replace(BEFORE, start_us=at(2031, 1, 1, 2))
    )


def test_unset_duration_clears_and_may_not_be_refused() -> None:
    before = replace(BEFORE, rule=None)
    assert outcomes(Update(), "duration", before=before) == [replace(before, duration_s=None)]


def test_unset_start_and_target_are_refused() -> None:
    assert outcomes(Update(), "start_time") == ["refused"]
    assert outcomes(Update(), "target") == ["refused"]


def test_unset_payload_is_cleared_or_refused() -> None:
    found = outcomes(Update(), "payload", before=replace(BEFORE, rule=None))
    assert found == [replace(BEFORE, rule=None, payload={}), "refused"]


def test_end_criteria_switch_arms_and_are_cleared() -> None:
    until = NOW_US + 99 * HOUR_US
    found = outcomes(
        Update(rule=RuleUpdate(end_criteria=True, until_us=until)), "recurrence.end_criteria"
    )
    assert replace(BEFORE, rule=Rule(freq=3, until_us=until, byhours=(1, 2))) in found
    assert replace(BEFORE, rule=Rule(freq=3, byhours=(1, 2))) in outcomes(
        Update(), "recurrence.end_criteria"
    )


def test_the_result_is_validated_as_a_whole() -> None:
    before = replace(BEFORE, rule=Rule(freq=5, bymonthdays=(1,)))
    assert outcomes(Update(rule=RuleUpdate(freq=4)), "recurrence.freq", before=before) == [
        "refused"
    ]
    past = Update(start_us=NOW_US - HOUR_US, active=True)
    assert outcomes(past, "is_active", "start_time") == ["refused"]


def test_a_started_dispatch_keeps_its_start() -> None:
    started = replace(BEFORE, start_us=NOW_US - HOUR_US, rule=None)
    assert outcomes(Update(active=True), "is_active", before=started) == [
        replace(started, active=True)
    ]


def test_setting_a_frequency_makes_a_one_shot_recur() -> None:
    before = replace(BEFORE, rule=None)
    found = outcomes(Update(rule=RuleUpdate(freq=3)), "recurrence.freq", before=before)
    assert replace(before, rule=Rule(freq=3, interval=0)) in found


def test_empty_mask_has_three_readings() -> None:
    update = Update(active=True)
    before = replace(BEFORE, rule=None)
    found = after_update(before, update, (), now_us=NOW_US)
    assert [dict(e.readings) for e in found] == [
        {"A15": "refused"},
        {"A15": "no change"},
        {"A15": "all fields"},
    ]
    assert found[2].view == replace(before, active=True)


@pytest.mark.parametrize("path", ["nonsense", "type", "is_dry_run", "data.type"])
def test_strange_paths_are_refused_or_ignored_but_never_obeyed(path: str) -> None:
    before = replace(BEFORE, rule=None)
    update = Update(active=True)
    assert outcomes(update, path, "is_active", before=before) == [
        "refused",
        replace(before, active=True),
    ]
    assert not judge_update(before, update, [path], replace(before, type="other"), now_us=NOW_US)


def test_bare_recurrence_replaces_or_removes_the_rule() -> None:
    found = outcomes(Update(), "recurrence")
    assert found == [replace(BEFORE, rule=None), "refused"]
    rule = RuleUpdate(freq=3, interval=1, end_criteria=True, count=2)
    assert replace(BEFORE, rule=Rule(freq=3, count=2)) in outcomes(Update(rule=rule), "recurrence")


def test_every_path_has_an_effect() -> None:
    update = replace(
        EVERYTHING,
        rule=RuleUpdate(
            freq=5,
            interval=9,
            end_criteria=True,
            count=9,
            byminutes=(9,),
            byhours=(9,),
            byweekdays=(5,),
            bymonthdays=(9,),
            bymonths=(9,),
        ),
    )
    for path in PATHS:
        states = [s for s in outcomes(update, path) if isinstance(s, DispatchView)]
        assert states
        assert all(state != BEFORE for state in states), path


def test_an_answer_with_another_id_is_wrong() -> None:
    other = replace(BEFORE, id=2, duration_s=5)
    assert not judge_update(BEFORE, EVERYTHING, ["duration"], other, now_us=NOW_US)
