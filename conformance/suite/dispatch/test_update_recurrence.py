"""Updating the parts of a rule one by one (seed 000, RecurrenceRuleUpdate)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from hypothesis import strategies as st

from conformance.judging import (
    BAD_ARGUMENT,
    Refused,
    attempt,
    by_depth,
    expect,
    explore,
    observe,
    refused,
    requirement,
)
from conformance.oracles.masks import RULE_PATHS
from conformance.suite.dispatch.updating import (
    LISTS,
    Fitting,
    expect_data,
    judged_update,
)
from conformance.suite.laws.masks import (
    expect_kept,
    expect_unchanged,
    refused_without_trace,
)
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import (
    DAILY,
    DAY_US,
    HOUR_US,
    HOURLY,
    MONTHLY,
    WEEKLY,
    Dispatch,
    Filter,
    Rule,
    RuleUpdate,
    Update,
)


@requirement("DSP-UPD-003")
def test_each_part_of_a_rule(dispatch: DispatchTarget) -> None:
    fitting = Fitting(start_us=dispatch.start_us)
    rule = Rule(freq=DAILY, interval=1, count=5)
    created = shown = dispatch.create(rule=rule)
    values: dict[str, Any] = {"freq": MONTHLY, "interval": 2, "count": 7, **fitting.lists()}
    for field, value in values.items():
        name = "end_criteria" if field == "count" else field
        rule = replace(rule, **{field: value})
        part = RuleUpdate(**{field: value})
        shown = dispatch.update(created.id, [f"recurrence.{name}"], rule=part)
        expect_data(shown, f"answer to an update of recurrence.{name}", created, rule=rule)
    expect_kept(dispatch, created.id, shown, "updates of all parts of a rule")


@requirement("DSP-UPD-003")
def test_several_parts_in_one_mask(dispatch: DispatchTarget) -> None:
    fitting = Fitting(start_us=dispatch.start_us)
    full = RuleUpdate(freq=MONTHLY, interval=3, end_criteria=True, count=4, **fitting.lists(2))

    def body(paths: list[str]) -> None:
        created = dispatch.create(
            rule=Rule(
                freq=HOURLY,
                interval=1,
                count=9,
                byminutes=fitting.two("byminutes"),
                byhours=fitting.two("byhours"),
                byweekdays=fitting.two("byweekdays"),
            )
        )
        judged_update(dispatch, created, Update(rule=full), paths)

    explore(
        body,
        paths=st.lists(st.sampled_from(RULE_PATHS), min_size=1, unique=True),
        directed=[{"paths": list(RULE_PATHS)[::-1]}],
        examples=12,
    )


@requirement("DSP-UPD-004")
def test_lists_are_replaced_and_cleared(dispatch: DispatchTarget) -> None:
    fitting = Fitting(start_us=dispatch.start_us)
    rule = Rule(freq=DAILY, interval=1, count=3, **fitting.lists())
    created = dispatch.create(rule=rule)
    for name in LISTS:
        # The start's own value is always there, so that no reading has a reason to refuse.
        for values in by_depth(full=(fitting.two(name, 2), ()), staging=((),)):
            one_list: dict[str, Any] = {name: values}
            rule = replace(rule, **one_list)
            part = RuleUpdate(**one_list)
            shown = dispatch.update(created.id, [f"recurrence.{name}"], rule=part)
            expect_data(
                shown, f"rule after an update of {name} to {list(values)}", created, rule=rule
            )
    expect_kept(dispatch, created.id, shown, "clearing the lists of the rule")


@requirement("DSP-UPD-004")
def test_lists_are_cleared_without_a_rule_in_the_update(dispatch: DispatchTarget) -> None:
    lists = Fitting(start_us=dispatch.start_us).lists()
    created = dispatch.create(rule=Rule(freq=DAILY, interval=1, count=3, **lists))
    shown = dispatch.update(created.id, [f"recurrence.{name}" for name in LISTS])
    plain = Rule(freq=DAILY, interval=1, count=3)
    expect_data(shown, "rule after clearing its lists", created, rule=plain)


@requirement("DSP-UPD-006")
def test_end_criteria_left_out_are_cleared(dispatch: DispatchTarget) -> None:
    path = ["recurrence.end_criteria"]
    shapes = {
        "no recurrence": None,
        "a recurrence without end criteria": RuleUpdate(interval=1),
        "end criteria without count or until": RuleUpdate(end_criteria=True),
    }
    readings = set()
    rule = Rule(freq=DAILY, interval=1)
    until_us = dispatch.start_us + DAY_US + HOUR_US
    for shape, part in shapes.items():
        for finite in (replace(rule, count=3), replace(rule, until_us=until_us)):
            if finite.until_us is not None and part is not None:
                continue  # one shape is enough to see an until go
            created = dispatch.create(rule=finite)
            shown = attempt(partial(dispatch.update, created.id, path, rule=part))
            what = f"clearing end criteria with {shape}"
            if isinstance(shown, Refused):
                said = f"{shown.code.name}: {shown.details}"
                expect(shown.code in BAD_ARGUMENT, what, got=said, wanted=BAD_ARGUMENT)
                expect_unchanged(dispatch, created.id, created, what)
                readings.add("refused")
                continue
            expect_data(shown, f"dispatch after {what}", created, rule=rule)
            expect(
                shown.end_us is None,
                f"end time after {what}",
                got=shown.end_us,
                wanted=None,
                times=True,
            )
            readings.add("cleared")
    observe("cleared" if readings == {"cleared"} else "refused", trait="A30")


@requirement("DSP-UPD-007")
def test_count_and_until_take_turns(dispatch: DispatchTarget) -> None:
    start_us = dispatch.start_us
    rule = Rule(freq=DAILY, interval=1)
    ends: tuple[dict[str, Any], ...] = (
        {"until_us": start_us + DAY_US + HOUR_US},
        {"count": 2},
        {"until_us": start_us + 2 * DAY_US + HOUR_US},
        {"count": 4},
    )
    created = dispatch.create(rule=replace(rule, count=3))
    for end in ends:
        part = RuleUpdate(end_criteria=True, **end)
        shown = dispatch.update(created.id, ["recurrence.end_criteria"], rule=part)
        wanted = replace(rule, **end)
        expect_data(shown, f"rule after setting {' '.join(end)}", created, rule=wanted)
    expect_kept(dispatch, created.id, shown, "setting a count")


@requirement("DSP-UPD-016")
def test_month_days_do_not_become_weekly(dispatch: DispatchTarget) -> None:
    own_day = Fitting(start_us=dispatch.start_us).own("bymonthdays")
    monthly = Rule(freq=MONTHLY, interval=1, count=3, bymonthdays=(own_day,))
    for rule, part in (
        (monthly, RuleUpdate(freq=WEEKLY)),
        (Rule(freq=WEEKLY, interval=1, count=3), RuleUpdate(bymonthdays=(own_day,))),
    ):
        created = dispatch.create(rule=rule)
        refused_without_trace(
            dispatch,
            created.id,
            created,
            partial(dispatch.update, created.id, rule=part),
            BAD_ARGUMENT,
            "an update to a weekly rule with month days",
        )
    # What is valid as a whole is taken, although its first half alone would not be.
    created = dispatch.create(rule=monthly)
    paths = ["recurrence.freq", "recurrence.bymonthdays"]
    shown = dispatch.update(created.id, paths, rule=RuleUpdate(freq=WEEKLY))
    wanted = Rule(freq=WEEKLY, interval=1, count=3)
    expect_data(shown, "monthly rule made weekly, without month days", created, rule=wanted)


@requirement("DSP-UPD-016")
def test_bad_values_are_refused_as_in_create(dispatch: DispatchTarget) -> None:
    created = dispatch.create(rule=Rule(freq=DAILY, interval=1, count=3))
    for part in (
        RuleUpdate(bymonthdays=(0,)),
        RuleUpdate(bymonthdays=(-32,)),
        RuleUpdate(end_criteria=True, count=0),
        RuleUpdate(end_criteria=True, count=4097),
    ):
        what = "an update to a rule that create refuses"
        refused(partial(dispatch.update, created.id, rule=part), BAD_ARGUMENT, what)
    expect_unchanged(dispatch, created.id, created, "four refused updates")


@requirement("DSP-UPD-017")
def test_frequency_makes_a_one_shot_recur(dispatch: DispatchTarget) -> None:
    created = dispatch.create()
    shown = attempt(lambda: dispatch.update(created.id, rule=RuleUpdate(freq=DAILY)))
    if isinstance(shown, Refused):
        said = f"{shown.code.name}: {shown.details}"
        what = "frequency of a one-shot set without interval"
        expect(shown.code in BAD_ARGUMENT, what, got=said, wanted=BAD_ARGUMENT)
        observe("refused", trait="A6")
        shown = dispatch.update(created.id, rule=RuleUpdate(freq=DAILY, interval=1))
    elif shown.rule is not None:
        observe("one" if shown.rule.interval else "echoed as zero", trait="A6")
    wanted = Rule(freq=DAILY, interval=1)
    expect_data(shown, "one-shot whose frequency was set", created, rule=wanted)
    expect(
        shown.end_us is None,
        "end time of a dispatch that recurs for ever",
        got=shown.end_us,
        wanted=None,
        times=True,
    )
    expect_kept(dispatch, created.id, shown, "setting the frequency of a one-shot")
    found = {item.id for item in dispatch.list_all(filter=Filter(recurring=True))}
    expect(
        created.id in found,
        "list of recurring dispatches after setting a frequency",
        got=sorted(found),
        wanted=f"{created.id} among them",
    )


@requirement("DSP-UPD-018")
def test_bare_recurrence_path(dispatch: DispatchTarget) -> None:
    own_hour = Fitting(start_us=dispatch.start_us).own("byhours")
    old = Rule(freq=DAILY, interval=2, count=3, byhours=(own_hour,))
    new = RuleUpdate(freq=WEEKLY, interval=1, end_criteria=True, count=5)
    readings = {
        _reading_of(dispatch, dispatch.create(rule=old), Update(rule=new)),
        _reading_of(dispatch, dispatch.create(rule=old), Update()),
        _reading_of(dispatch, dispatch.create(), Update(rule=new)),
    }
    observe("replaced" if readings == {"replaced"} else "refused", trait="A17")


def _reading_of(dispatch: DispatchTarget, before: Dispatch, update: Update) -> str:
    """Which reading of the bare path the target takes."""
    _, outcomes = judged_update(dispatch, before, update, ["recurrence"])
    return outcomes[0].readings["A17"]
