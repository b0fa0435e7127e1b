"""`meter-driver`: silence, registers that go on or not, and what a reading is made of."""

import pytest

from simulator.microgrid.obis import FREQUENCY_HZ
from simulator.services.services.kinds import ConfigError, LoadFailed
from simulator.tests.drivers.served import METER, Served


@pytest.mark.parametrize("counts", [True, False])
def test_a_stopped_meter_is_silent_and_counts_on_or_not(counts: bool) -> None:
    served = Served(schedule=False)
    driver = served.start("meter-driver", component=METER, countWhileStopped=counts)
    served.hours(10)
    before = served.world.reading(METER).import_wh
    driver.stop()
    assert served.world.reading(METER).missing
    assert served.world.registers(METER) == {}
    served.hours(10)
    driver.apply(served.settings("drivers", "meter-driver", component=METER))
    after, truth = served.world.reading(METER), served.world.true_reading(METER)
    assert before is not None
    assert after.import_wh is not None
    assert truth.import_wh is not None
    assert truth.import_wh + (truth.export_wh or 0) > before
    if counts:
        assert (after.import_wh, after.export_wh) == (truth.import_wh, truth.export_wh)
    else:
        assert after.import_wh == pytest.approx(before)
    assert after.power_w == truth.power_w


def test_steps_offset_and_losses_bend_what_is_read() -> None:
    served = Served(schedule=False)
    served.start("meter-driver", component=METER, quantisationKwh=0.5, offsetKwh=100)
    served.hours(7.3)
    reading, truth = served.world.reading(METER), served.world.true_reading(METER)
    assert reading.import_wh is not None
    assert truth.import_wh is not None
    assert reading.import_wh % 500 == 0
    assert 100_000 <= reading.import_wh <= truth.import_wh + 100_000


def test_a_seed_decides_over_noise_and_losses() -> None:
    shown = []
    for seed in (1, 1, 2):
        served = Served(schedule=False)
        served.start("meter-driver", component=METER, noiseStd=0.2, seed=seed)
        served.hours(1)
        shown.append(served.world.reading(METER).power_w)
    assert shown[0] == shown[1] != shown[2]


def test_its_kind_is_checked_against_the_site() -> None:
    served = Served()
    served.start("meter-driver", component=METER, kind="grid")
    served.start("meter-driver", component=METER, kind="production")
    with pytest.raises(LoadFailed, match="component: 5 is a battery, expected a meter"):
        served.start("meter-driver", component=5)
    with pytest.raises(ConfigError, match="kind: "):
        served.settings("drivers", "meter-driver", component=METER, kind="gas")


def test_the_interval_is_known_to_who_waits_for_readings() -> None:
    served = Served()
    driver = served.start("meter-driver", component=METER, interval="30s")
    assert served.world.driving.interval_s == {METER: 30.0}
    driver.apply(served.settings("drivers", "meter-driver", component=METER))
    assert served.world.driving.interval_s == {}


def test_the_frequency_scatters_as_the_grid_driver_says() -> None:
    served = Served(schedule=False)
    driver = served.start("grid-driver", component=1, frequencyStd=0.05)
    shown = set()
    for _ in range(3):
        served.hours(1)
        shown.add(served.world.registers(METER)["1-0:14.7.0"])
    assert len(shown) == 3
    assert all(49.5 < each < 50.5 for each in shown)
    driver.apply(served.settings("drivers", "grid-driver", component=1))
    assert served.world.registers(METER)["1-0:14.7.0"] == FREQUENCY_HZ
