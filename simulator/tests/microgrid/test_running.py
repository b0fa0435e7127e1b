import pytest

from simulator.microgrid.record import CAUSES, REASONS, Occurrence
from simulator.microgrid.running import Running
from simulator.microgrid.selection import Selection
from simulator.microgrid.vocabulary import Effect


def running(**more):
    return Running(
        dispatch_id=1,
        start_us=0,
        effect=Effect(kind="power", power=1_000.0),
        priority=0,
        selection=Selection(),
        dry_run=False,
        occurrence=Occurrence(
            dispatch_id=1,
            index=0,
            type="set_power",
            start_us=0,
            planned_start_us=0,
            planned_end_us=7_200_000_000,
        ),
        **more,
    )


@pytest.mark.parametrize("cause", CAUSES)
def test_every_cause_has_a_reason(cause):
    made = running()
    made.account(1_000.0, 0.0, 3600.0, [cause])
    assert made.occurrence.reason in REASONS[1:]
    assert made.occurrence.limited_s == {cause: 3600.0}


@pytest.mark.parametrize(("asked", "reason"), [(1_000.0, "soc_max"), (-1_000.0, "soc_min")])
def test_the_edge_of_the_window_depends_on_the_direction(asked, reason):
    made = running()
    made.account(asked, 0.25 * asked, 3600.0, ["taper"])
    assert (made.occurrence.reason, made.occurrence.shortfall_wh) == (reason, 750.0)


def test_the_reason_is_what_cost_most():
    made = running()
    made.account(1_000.0, 700.0, 3600.0, ["rating", "fault"])
    made.account(1_000.0, 0.0, 1800.0, ["overridden"])
    occurrence = made.occurrence
    assert occurrence.reason == "overridden"
    assert occurrence.missing_wh == {"rating": 300.0, "overridden": 1_000.0}
    assert occurrence.limited_s == {"rating": 3600.0, "fault": 3600.0, "overridden": 1800.0}


def test_what_is_not_worth_mentioning_gets_no_reason():
    made = running()
    made.account(1_000.0, 997.0, 3600.0, ["minimum"])
    assert made.occurrence.reason == "power_limit"
    made.account(9_000.0, 9_000.0, 3600.0, [])
    assert (made.occurrence.reason, made.occurrence.shortfall_wh) == ("none", 3.0)


def test_more_than_asked_is_no_shortfall():
    made = running()
    made.account(1_000.0, 1_200.0, 3600.0, ["limit"])
    made.account(-1_000.0, -1_200.0, 3600.0, ["limit"])
    assert (made.occurrence.shortfall_wh, made.occurrence.reason) == (0.0, "none")


def test_withdrawal_counts_what_was_still_planned():
    made = running()
    made.asked_w = 500.0
    made.withdraw(3_600_000_000)
    assert (made.occurrence.asked_wh, made.occurrence.reason) == (500.0, "inactive")


def test_an_update_goes_on_with_the_same_account():
    first = running()
    first.account(1_000.0, 0.0, 3600.0, ["fault"])
    second = running()
    second.inherit(first)
    second.occurrence = first.occurrence
    second.account(1_000.0, 500.0, 3600.0, ["rating"])
    assert (first.occurrence.reason, first.occurrence.shortfall_wh) == ("fault", 1_500.0)
