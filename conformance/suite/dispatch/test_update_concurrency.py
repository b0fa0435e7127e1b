"""Updates of one dispatch at the same time: one after the other, never mixed."""

from __future__ import annotations

from typing import Any

from conformance.judging import by_depth, requirement
from conformance.suite.dispatch.updating import Fitting
from conformance.suite.laws.masks import writers_take_turns
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import DAILY, Dispatch, Rule, RuleUpdate

PATHS = ("payload", "recurrence.interval", "recurrence.byhours", "duration")
State = tuple[int, frozenset[int], int | None, Any]
"""Interval, hours, duration and a payload value, which belong together."""


@requirement("DSP-UPD-020")
def test_concurrent_updates_are_not_mixed(dispatch: DispatchTarget) -> None:
    fitting = Fitting(start_us=dispatch.start_us)
    created = dispatch.create(rule=Rule(freq=DAILY, interval=1, byhours=(fitting.own("byhours"),)))

    def state(number: int) -> State:
        return number, frozenset(fitting.two("byhours", number)), 600 + number, float(number)

    def shown(view: Dispatch) -> State:
        rule = view.rule or Rule(freq=0)
        payload = dispatch.untagged(view.payload).get("writer")
        return rule.interval, frozenset(rule.byhours), view.duration_s, payload

    def write(wanted: State) -> State:
        interval, hours, duration_s, writer = wanted
        answer = dispatch.update(
            created.id,
            PATHS,
            duration_s=duration_s,
            payload={"writer": writer},
            rule=RuleUpdate(interval=interval, byhours=tuple(hours)),
        )
        return shown(answer)

    rounds, writers = by_depth(full=(5, 8), staging=(1, 4))
    for round_ in range(rounds):
        first = round_ * writers + 2
        states = [state(number) for number in range(first, first + writers)]
        writers_take_turns(
            write, lambda: shown(dispatch.get(created.id)), states, "interval, hours, duration"
        )
