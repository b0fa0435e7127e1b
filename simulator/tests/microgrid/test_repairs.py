"""Repairs: what is mended, exchanged and read anew."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.microgrid.faults import Fault
from simulator.microgrid.world import World

from .sites import (
    BATTERY,
    METER,
    START,
    H,
    site,
    world,
)


def inject(made: World, kind: str, *ids: int, **more: Any) -> int:
    return made.inject(Fault(kind=kind, component_ids=ids, **more))


def test_a_new_meter_begins_where_it_says_and_counts_on() -> None:
    made = world(site(hours=4), load=1_000.0)
    inject(made, "meter_burning", METER)
    made.advance(START + H)
    final = made.repairs.replace_meter(METER, "M-77", (50.0, 7.0))
    assert final == pytest.approx((1_000.0, 0.0))
    assert made.repairs.numbers[METER] == "M-77"
    assert not made.faults
    made.advance(START + 3 * H)
    reading = made.reading(METER)
    assert (reading.import_wh, reading.export_wh) == pytest.approx((2_050.0, 7.0))
    registers = made.registers(METER)
    assert registers["1-0:1.8.0"] == pytest.approx(2_050.0)
    made.repairs.replace_meter(METER, "M-78")
    assert made.reading(METER).import_wh == pytest.approx(0.0)
    # The account of the site knows nothing of meters.
    assert made.finish().totals[METER].in_wh == pytest.approx(4_000.0)


def test_a_silent_meter_has_no_final_reading() -> None:
    made = world(site(hours=1), load=1_000.0)
    inject(made, "meter_dropout", METER)
    assert made.repairs.replace_meter(METER, "M-2") is None
    assert made.reading(METER).import_wh == 0.0
    with pytest.raises(KeyError):
        made.repairs.replace_meter(BATTERY, "M-2")


def test_a_new_battery_is_healthy_and_brings_its_own_charge() -> None:
    scenario = site(hours=2, battery={"soh": 0.6, "soc_initial": 0.9})
    made = world(scenario)
    before = made.reading(BATTERY)
    made.repairs.replace_battery(BATTERY, "B-2", soc=0.4)
    after = made.reading(BATTERY)
    assert before.capacity_wh == pytest.approx(0.6 * (after.capacity_wh or 0.0))
    assert after.soc == pytest.approx(0.4)
    made.repairs.replace_battery(BATTERY, "B-3", capacity_wh=3_000.0)
    assert made.reading(BATTERY).capacity_wh == 3_000.0
    made.repairs.limit_battery(BATTERY, 250.0)
    bounds = made.reading(BATTERY).bounds_w
    assert bounds == (-250.0, 250.0)
    assert made.reading(BATTERY).capacity_wh == 3_000.0
