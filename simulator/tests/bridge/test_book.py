"""Registers of virtual meters: exact, never falling but at a replacement (TSK-SIM-003)."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.values.obis import parse_obis
from simulator.bridge.book import Book
from simulator.microgrid.faults import Fault
from simulator.microgrid.scenario import load
from simulator.microgrid.world import World

MAIN, PV_METER, BATTERY_METER, MACHINES, OFFICE = 2, 3, 5, 8, 9
HOUR_US = 3_600_000_000
IMPORT, EXPORT = parse_obis("1-0:1.8.0*255"), parse_obis("1-0:2.8.0*255")
RATES = parse_obis("1-0:1.8.1*255"), parse_obis("1-0:1.8.2*255")
STEP = Decimal("0.001")
"""kWh: a register is rounded down to 1 Wh."""


@st.composite
def courses(draw):
    """Hours that pass, each with a meter that is replaced at its end, or None."""
    return draw(
        st.lists(
            st.tuples(
                st.floats(0.05, 9.0),
                st.sampled_from([None, None, MAIN, MACHINES, OFFICE]),
                st.integers(0, 10**6),
            ),
            min_size=1,
            max_size=8,
        )
    )


def world_of(seed=1):
    scenario = load("upkeep")
    quiet = scenario.model_copy(update={"faults": []})
    quiet._folder = scenario.folder
    return World(quiet, seed=seed, start_us=scenario.meta.start_us)


@settings(max_examples=30, deadline=None)
@given(courses())
def test_the_laws_of_registers(course):
    world = world_of()
    book = Book(world)
    meters = (MAIN, PV_METER, BATTERY_METER, MACHINES, OFFICE)
    for hours, replaced, start in course:
        before = {each: book.shown(each) for each in meters}
        truth = {each: world.true_reading(each) for each in meters}
        world.advance(world.now_us + round(hours * HOUR_US))
        grown = {}
        for each in meters:
            shown = book.shown(each)
            assert all(value == value.quantize(STEP) for c, value in shown.items() if c.d == 8)
            for code, value in shown.items():
                if code.is_cumulative:
                    assert value >= before[each].get(code, 0), (each, str(code))
            grown[each] = sum(
                sign * (shown[code] - before[each][code])
                for sign, code in ((1, IMPORT), (-1, EXPORT))
            )
            # Import less export is the integral of the power, within the resolution.
            now, then = world.true_reading(each), truth[each]
            moved = (now.import_wh - then.import_wh) - (now.export_wh - then.export_wh)
            assert abs(float(grown[each]) - moved / 1000) <= 2 * float(STEP)
            if RATES[0] in shown:
                assert abs(shown[RATES[0]] + shown[RATES[1]] - shown[IMPORT]) <= 2 * STEP
        # The connection-point meter is the sum of those below it; lines lose nothing here.
        below = sum(grown[each] for each in meters if each != MAIN)
        assert abs(grown[MAIN] - below) <= 10 * STEP
        if replaced is not None:
            number = f"{world.repairs.numbers[replaced]}x"
            world.repairs.replace_meter(replaced, number, (float(start), 0.0))
            shown = book.shown(replaced)
            assert (shown[IMPORT], shown[EXPORT]) == (Decimal(start) / 1000, 0)


def test_the_integral_of_power_is_what_is_counted():
    """Where inputs are constant for an hour, power times an hour is what the hour adds."""
    world = world_of()
    book = Book(world)
    for _ in range(24):
        before = book.shown(MACHINES)[IMPORT]
        world.advance(world.now_us + HOUR_US // 2)
        power = world.reading(MACHINES).power_w
        world.advance(world.now_us + HOUR_US // 2)
        assert float(book.shown(MACHINES)[IMPORT] - before) == pytest.approx(power / 1000)


def test_what_is_rounded_and_to_what():
    scenario = load("faults")
    world = World(scenario, seed=1, start_us=scenario.meta.start_us)
    book = Book(world)
    world.advance(world.start_us + 7 * HOUR_US + 12_345_678)
    while world.reading(MAIN).missing:
        world.advance(world.now_us + 1)
    # Steps of 100 Wh.
    assert book.shown(MAIN)[IMPORT] % Decimal("0.1") == 0
    assert book.shown(MAIN)[IMPORT] > 0
    assert all(isinstance(each, Decimal) for each in book.shown(MAIN).values())


def test_a_silent_meter_shows_nothing_and_what_was_known_stays():
    world = world_of()
    book = Book(world)
    world.advance(world.start_us + 5 * HOUR_US)
    book.note(MACHINES)
    world.inject(Fault(kind="meter_dropout", component_ids=(MACHINES,)))
    assert book.shown(MACHINES) == {}
    assert book.previous(MACHINES)[IMPORT] == 3
    world.repairs.replace_meter(MACHINES, "4712")
    assert book.previous(MACHINES) == {}


def test_registers_that_people_read():
    world = world_of()
    book = Book(world)
    assert [str(each) for each in book.counting(MAIN)] == [
        "1-0:1.8.0*255",
        "1-0:1.8.1*255",
        "1-0:1.8.2*255",
        "1-0:2.8.0*255",
        "1-0:3.8.0*255",
        "1-0:4.8.0*255",
    ]
    assert [str(each) for each in book.counting(BATTERY_METER)] == [
        "1-0:1.8.0*255",
        "1-0:2.8.0*255",
    ]


@pytest.mark.parametrize("replacements", range(3))
def test_entries_tell_the_meters_that_hung_there(replacements):
    world = world_of()
    book = Book(world)
    for number in range(replacements):
        world.advance(world.now_us + 3 * HOUR_US)
        world.repairs.replace_meter(OFFICE, f"new-{number}")
        book.note(OFFICE)
    entries = book.entries(OFFICE)
    assert [each.number for each in entries] == ["meter-9", "new-0", "new-1"][: replacements + 1]
    assert all(one.at_us < two.at_us for one, two in pairwise(entries))
