"""`clock` and `store`: time that runs otherwise or not at all, history that is kept or not."""

import pytest

from simulator.drivers.archive import Archive, Point
from simulator.microgrid.scenario_base import from_us
from simulator.services.services.kinds import ConfigError, LoadFailed
from simulator.tests.drivers.served import Served


def test_stopping_the_clock_freezes_time_and_starting_it_goes_on_as_before() -> None:
    served = Served()
    served.clock.factor = 60.0
    driver = served.start("clock", collection="systems")
    assert served.clock.factor == 60
    driver.stop()
    assert served.clock.factor == 0
    driver.apply(served.settings("systems", "clock"))
    assert served.clock.factor == 60


@pytest.mark.parametrize(
    ("config", "factor"),
    [
        ({"mode": "realtime"}, 1),
        ({"mode": "accelerated", "speed": 300}, 300),
        ({"mode": "stepped"}, 0),
        ({}, 60),
    ],
)
def test_a_mode_decides_how_time_runs(config: dict[str, object], factor: float) -> None:
    served = Served()
    served.clock.factor = 60.0
    served.start("clock", collection="systems", **config)
    assert served.clock.factor == factor


def test_a_clock_that_is_removed_while_it_stands_runs_on() -> None:
    served = Served()
    served.clock.factor = 60.0
    driver = served.start("clock", collection="systems")
    driver.stop()
    driver.remove()
    assert served.clock.factor == 60


def test_a_world_does_not_begin_again() -> None:
    served = Served()
    start = from_us(served.world.start_us).isoformat()
    served.start("clock", collection="systems", start=start)
    with pytest.raises(LoadFailed, match="begun already"):
        served.start("clock", collection="systems", start="2030-01-01T00:00:00Z")
    with pytest.raises(ConfigError, match="accelerated"):
        served.settings("systems", "clock", speed=3)


def point(hour: int) -> Point:
    return Point(t_us=hour * 3_600_000_000, component_id=1, metric="power_w", value=float(hour))


def test_the_store_keeps_what_it_is_told_to_keep() -> None:
    served = Served()
    archive = served.archive
    archive.write([point(0)])
    assert len(archive) == 0
    driver = served.start("store", collection="systems")
    archive.write(point(hour) for hour in range(10))
    assert len(archive) == 10
    driver.apply(served.settings("systems", "store", retentionHours=3))
    assert [each.value for each in archive.read(1, "power_w")] == [6, 7, 8, 9]
    driver.stop()
    archive.write([point(10)])
    assert len(archive) == 4
    driver.apply(served.settings("systems", "store", clearOnStart=True))
    assert len(archive) == 0


def test_another_world_begins_with_an_empty_store() -> None:
    served = Served()
    served.start("store", collection="systems")
    served.archive.write([point(1)])
    served.reset()
    served.start("store", collection="systems")
    assert len(served.archive) == 0


def test_an_archive_has_room_for_so_many_points() -> None:
    archive = Archive(most=2)
    archive.record(archive, 0)
    archive.write(point(hour) for hour in range(5))
    assert [each.value for each in archive.read(1, "power_w", to_us=4 * 3_600_000_000)] == [3]
