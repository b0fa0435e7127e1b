"""The life cycle of dispatches in a world: when they start and stop, and what updates do."""

import pytest

from simulator.microgrid.dispatch import Categories, Ids
from simulator.microgrid.recurrence import Frequency, Rule
from simulator.microgrid.scenario_category import Category

from .sites import (
    BATTERY,
    DAY,
    GRID,
    INVERTER,
    METER,
    MIN,
    START,
    H,
    S,
    bare,
    columns_equal,
    dispatch,
    log,
    moved,
    run,
    site,
    world,
)

DAILY = Rule(freq=Frequency.DAILY)
LIFE = ("STARTED", "STOPPED", "UPDATED")


def life(record):
    return log(record, *LIFE)


# Start and stop


def test_an_occurrence_acts_from_its_start_until_before_its_end():
    record = run(site(**bare()), dispatch(1, at=H, power_w=4_000.0))
    assert life(record) == [("STARTED", 3600, 1, 0), ("STOPPED", 7200, 1, 0)]
    assert record.totals[INVERTER].in_wh == pytest.approx(4_000.0)
    (one,) = record.occurrences
    assert (one.start_us, one.end_us, one.ended) == (START + H, START + 2 * H, "end")
    assert (one.asked_wh, one.delivered_wh, one.reason) == (4_000.0, 4_000.0, "none")


def test_a_start_at_the_first_instant_runs_at_once():
    assert life(run(site(), dispatch(1, power_w=1.0)))[0] == ("STARTED", 0, 1, 0)


def test_a_dispatch_that_began_before_the_run_is_joined_half_way():
    record = run(site(**bare()), dispatch(1, at=-H, s=5400, power_w=4_000.0))
    assert life(record) == [("STARTED", 0, 1, 0), ("STOPPED", 1800, 1, 0)]
    (one,) = record.occurrences
    assert one.planned_start_us == START - H
    assert one.asked_wh == pytest.approx(2_000.0)


def test_one_that_was_over_before_the_run_never_starts():
    record = run(site(), dispatch(1, at=-H, s=3600, power_w=1.0))
    assert record.occurrences == []


def test_without_duration_it_runs_until_the_end_of_the_run():
    record = run(site(hours=2, **bare()), dispatch(1, at=H, s=None, power_w=1_000.0))
    (one,) = record.occurrences
    assert (one.end_us, one.ended, one.planned_end_us) == (START + 2 * H, "run_end", None)
    assert one.delivered_wh == pytest.approx(1_000.0)


def test_without_duration_a_rule_is_ignored():
    record = run(site(hours=72), dispatch(1, at=H, s=None, rule=DAILY, power_w=1_000.0))
    assert life(record) == [("STARTED", 3600, 1, 0)]


def test_a_zero_duration_starts_and_stops_at_once_without_any_effect():
    quiet = run(site(), load=500.0)
    record = run(site(), dispatch(1, at=H, s=0, power_w=4_000.0), load=500.0)
    assert life(record) == [("STARTED", 3600, 1, 0), ("STOPPED", 3600, 1, 0)]
    assert columns_equal(record, quiet)


def test_a_zero_duration_at_the_present_instant_happens_now():
    made = world(site())
    made.advance(START + H)
    made.put(dispatch(1, at=H, s=0, power_w=1.0))
    assert [each["event"] for each in made.events] == ["STARTED", "STOPPED"]
    made.advance(START + 2 * H)
    assert len(made.events) == 2


def test_a_latching_switch_stays_after_its_end():
    record = run(
        site(**bare()),
        dispatch(1, at=0, s=None, power_w=1_000.0),
        dispatch(2, "switch", at=H, s=0, state="off", latch=True),
        dispatch(3, "switch", at=3 * H, s=0, state="on", latch=True),
    )
    assert record.totals[INVERTER].in_wh == pytest.approx(1_000.0 + 21 * 1_000.0 - 12_000.0)


def test_a_switch_without_latch_holds_while_it_runs():
    record = run(
        site(hours=4, **bare()),
        dispatch(1, s=None, power_w=1_000.0),
        dispatch(2, "switch", at=H, s=3600, state="off"),
    )
    assert record.totals[INVERTER].in_wh == pytest.approx(3_000.0)
    first = record.occurrences[0]
    assert (first.reason, first.limited_s) == ("overridden", {"switched_off": 3600.0})
    assert first.shortfall_wh == pytest.approx(1_000.0)


# Recurrence


def test_occurrences_follow_the_rule_and_are_counted():
    record = run(site(hours=72), dispatch(1, at=H, rule=DAILY, power_w=1.0))
    assert life(record) == [
        (event, 3600 + 86400 * i + (3600 if event == "STOPPED" else 0), 1, i)
        for i in range(3)
        for event in ("STARTED", "STOPPED")
    ]


def test_overlapping_occurrences_run_on_without_a_stop():
    # 30 hours daily: the newest occurrence moves the end each time.
    rule = Rule(freq=Frequency.DAILY, count=2)
    record = run(
        site(hours=72, **bare(capacity_wh=1e6)),
        dispatch(1, s=30 * 3600, rule=rule, power_w=1_000.0),
    )
    assert life(record) == [
        ("STARTED", 0, 1, 0),
        ("STARTED", 86_400, 1, 1),
        ("STOPPED", 86_400 + 108_000, 1, 1),
    ]
    assert record.totals[INVERTER].in_wh == pytest.approx(54_000.0)
    first, second = record.occurrences
    assert (first.ended, first.end_us) == ("superseded", second.start_us)
    assert first.delivered_wh + second.delivered_wh == pytest.approx(54_000.0)


def test_back_to_back_occurrences_stop_before_they_start():
    rule = Rule(freq=Frequency.HOURLY, count=3)
    assert life(run(site(), dispatch(1, rule=rule, power_w=1.0))) == [
        ("STARTED", 0, 1, 0),
        ("STOPPED", 3600, 1, 0),
        ("STARTED", 3600, 1, 1),
        ("STOPPED", 7200, 1, 1),
        ("STARTED", 7200, 1, 2),
        ("STOPPED", 10800, 1, 2),
    ]


@pytest.mark.parametrize(("inclusive", "starts"), [(False, 2), (True, 3)])
def test_an_occurrence_exactly_at_until_happens_only_if_the_scenario_says_so(inclusive, starts):
    rule = Rule(freq=Frequency.DAILY, until_us=START + 2 * DAY)
    record = run(
        site(hours=96, meta={"until_inclusive": inclusive}), dispatch(1, rule=rule, power_w=1.0)
    )
    assert len(record.occurrences) == starts


def test_a_recurring_dispatch_equals_the_single_ones_at_its_occurrences():
    rule = Rule(freq=Frequency.DAILY, byhours=(3, 15))
    recurring = run(site(hours=72), dispatch(1, rule=rule, at=3 * H, power_w=2_000.0), load=700.0)
    singles = [dispatch(10 + i, at=(3 + 12 * i) * H, power_w=2_000.0) for i in range(6)]
    listed = run(site(hours=72), *singles, load=700.0)
    # The column of source ids differs, nothing else may.
    for name, column in recurring.segments.items():
        if not name.endswith(".source"):
            assert column.tobytes() == listed.segments[name].tobytes()


def test_an_endless_minutely_rule_keeps_the_queue_small():
    rule = Rule(freq=Frequency.MINUTELY)
    made = world(site(), dispatch(1, s=3600, rule=rule, power_w=1.0), endless=True)
    for hour in range(1, 5):
        made.advance(START + hour * H)
        assert len(made._agenda.queue) < 150


# The order at one instant


def test_stops_come_before_starts_and_ties_go_by_id():
    record = run(
        site(),
        dispatch(5, at=0, power_w=1.0),
        dispatch(3, at=H, power_w=1.0),
        dispatch(2, at=H, power_w=1.0),
    )
    assert [each[0:3] for each in life(record) if each[1] == 3600] == [
        ("STOPPED", 3600, 5),
        ("STARTED", 3600, 2),
        ("STARTED", 3600, 3),
    ]


# Changes while running


def put_at(made, t_us, *dispatches):
    made.advance(START + t_us)
    for each in dispatches:
        made.put(each)


def test_a_new_payload_updates_without_stopping():
    made = world(site(**bare()))
    first = dispatch(1, at=0, s=7200, power_w=2_000.0)
    made.put(first)
    put_at(made, H, moved(first, payload={"power_w": -1_000.0}))
    record = made.finish()
    assert life(record) == [("STARTED", 0, 1, 0), ("UPDATED", 3600, 1, 0), ("STOPPED", 7200, 1, 0)]
    (one,) = record.occurrences
    assert one.asked_wh == pytest.approx(2_000.0 - 1_000.0)


def test_putting_the_same_dispatch_again_changes_nothing():
    made = world(site())
    same = dispatch(1, at=0, s=7200, power_w=2_000.0)
    made.put(same)
    put_at(made, H, same)
    assert life(made.finish()) == [("STARTED", 0, 1, 0), ("STOPPED", 7200, 1, 0)]


@pytest.mark.parametrize(("s", "stop"), [(5400, 5400), (10_800, 10_800), (None, None)])
def test_a_new_duration_moves_the_end(s, stop):
    made = world(site())
    first = dispatch(1, at=0, s=7200, power_w=2_000.0)
    made.put(first)
    put_at(made, H, moved(first, duration_s=s))
    stops = [each for each in life(made.finish()) if each[0] == "STOPPED"]
    assert [each[1] for each in stops] == ([] if stop is None else [stop])


def test_a_duration_that_is_over_already_stops_it_now():
    made = world(site())
    first = dispatch(1, at=0, s=7200, power_w=2_000.0)
    made.put(first)
    put_at(made, H, moved(first, duration_s=1800))
    assert life(made.finish()) == [("STARTED", 0, 1, 0), ("STOPPED", 3600, 1, 0)]


def test_a_start_moved_into_the_future_stops_it_and_starts_it_then():
    made = world(site())
    first = dispatch(1, at=0, s=7200, power_w=2_000.0)
    made.put(first)
    put_at(made, H, moved(first, start_us=START + 3 * H))
    assert life(made.finish()) == [
        ("STARTED", 0, 1, 0),
        ("STOPPED", 3600, 1, 0),
        ("STARTED", 10_800, 1, 1),
        ("STOPPED", 18_000, 1, 1),
    ]


@pytest.mark.parametrize(
    "change",
    [{"target": Categories(categories=(Category.BATTERY,))}, {"dry_run": True}, {"type": "switch"}],
)
def test_another_target_type_or_dry_run_is_another_run(change):
    made = world(site())
    first = dispatch(1, at=0, s=7200, power_w=2_000.0)
    made.put(first)
    put_at(made, H, moved(first, **change))
    events = [each for each in life(made.finish()) if each[1] == 3600]
    assert [each[0] for each in events] == ["STOPPED", "STARTED"]


def test_deactivation_stops_it_and_what_is_missing_is_its_reason():
    made = world(site(**bare()))
    first = dispatch(1, at=0, s=7200, power_w=2_000.0)
    made.put(first)
    put_at(made, H, moved(first, active=False))
    record = made.finish()
    assert life(record) == [("STARTED", 0, 1, 0), ("STOPPED", 3600, 1, 0)]
    (one,) = record.occurrences
    assert (one.ended, one.reason) == ("inactive", "inactive")
    assert (one.asked_wh, one.delivered_wh, one.shortfall_wh) == (4_000.0, 2_000.0, 2_000.0)


def test_activation_within_an_occurrence_starts_it_half_way():
    made = world(site())
    first = dispatch(1, at=0, s=7200, active=False, power_w=2_000.0)
    made.put(first)
    put_at(made, H, moved(first, active=True))
    assert life(made.finish()) == [("STARTED", 3600, 1, 0), ("STOPPED", 7200, 1, 0)]


def test_inactive_equals_absent():
    scenario = site()
    absent = run(scenario, load=900.0)
    inactive = run(scenario, dispatch(1, active=False, power_w=5_000.0), load=900.0)
    assert columns_equal(absent, inactive)
    assert (inactive.events, inactive.occurrences) == (absent.events, absent.occurrences)


def test_deletion_equals_a_duration_that_ends_then():
    scenario = site(**bare())
    shorter = run(scenario, dispatch(1, at=H, s=1800, power_w=3_000.0), load=500.0)
    made = world(scenario, dispatch(1, at=H, s=7200, power_w=3_000.0), load=500.0)
    made.advance(START + H + 30 * MIN)
    made.remove(1)
    deleted = made.finish()
    assert columns_equal(shorter, deleted)
    assert deleted.occurrences[0].ended == "deleted"


def test_deletion_cancels_what_was_to_come():
    made = world(site(), dispatch(1, at=2 * H, power_w=1.0))
    made.advance(START + H)
    made.remove(1)
    assert made.finish().occurrences == []
    with pytest.raises(KeyError):
        made.remove(1)


def test_another_rule_leaves_past_occurrences_and_counts_them():
    made = world(site(hours=24))
    first = dispatch(1, rule=Rule(freq=Frequency.HOURLY, count=3), s=60, power_w=1.0)
    made.put(first)
    # After two of three, hourly becomes two-hourly: of four in all, two hours 0 and 2 have passed.
    put_at(
        made,
        2 * H + MIN,
        moved(first, rule=Rule(freq=Frequency.HOURLY, interval=2, count=4)),
    )
    starts = [each[1] / 3600 for each in life(made.finish()) if each[0] == "STARTED"]
    assert starts == [0, 1, 2, 4, 6]


# Without effect


@pytest.mark.parametrize(
    ("type_", "payload", "event", "detail"),
    [
        ("frequency_response", {}, "UNKNOWN_TYPE", "not in the vocabulary"),
        ("peak_shaving", {}, "PAYLOAD_INVALID", "/import_limit_w"),
        ("set_power", {}, "PAYLOAD_INVALID", ""),
        ("set_power", {"power_w": "5"}, "PAYLOAD_INVALID", "/power_w"),
        ("switch", {}, "PAYLOAD_INVALID", "/state"),
    ],
)
def test_what_cannot_be_understood_is_logged_once_and_changes_nothing(
    type_, payload, event, detail
):
    quiet = run(site(hours=72), load=300.0)
    record = run(site(hours=72), dispatch(1, type_, rule=DAILY, **payload), load=300.0)
    (found,) = [each for each in record.events if each["event"] == event]
    assert detail in (found["reason"], found.get("pointer"))
    assert len(record.occurrences) == 3
    assert columns_equal(record, quiet)


@pytest.mark.parametrize(
    ("ids", "event"),
    [((), "SELECTOR_EMPTY"), ((99,), "SELECTOR_EMPTY"), ((METER,), "NO_ACTUATOR")],
)
def test_a_target_without_devices_is_logged(ids, event):
    record = run(site(), dispatch(1, target=Ids(ids=ids), power_w=1_000.0))
    assert [each[0] for each in log(record)] == ["STARTED", event, "STOPPED"]


def test_a_battery_is_selected_through_its_inverter():
    record = run(site(**bare()), dispatch(1, ids=[BATTERY], power_w=1_000.0))
    assert record.occurrences[0].component_ids == (INVERTER,)
    assert record.totals[BATTERY].in_wh == pytest.approx(1_000.0)


def test_the_grid_connection_point_stands_for_the_balance_of_the_site():
    record = run(site(**bare()), dispatch(1, ids=[GRID], power_w=2_000.0), load=500.0)
    assert record.segments[f"c{METER}.p_w"][0] == pytest.approx(2_000.0)
    assert record.totals[BATTERY].in_wh == pytest.approx(1_500.0)


def test_seconds_are_kept_to_the_microsecond():
    record = run(site(), dispatch(1, at=H + 7, s=1, power_w=1.0))
    assert [each["t_us"] for each in record.events] == [START + H + 7, START + H + 7 + S]
