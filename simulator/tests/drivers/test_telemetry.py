"""`telemetry-publisher`: points at their instants, a backlog, gaps, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from simulator.drivers import Sample
from simulator.services.services.kinds import ConfigError, LoadFailed
from simulator.tests.drivers.served import BATTERY, HOUR_US, METER, Served

AUTOMATIONS = "automations"


def publishing(served: Served, **config: object) -> None:
    served.start("store", collection="systems")
    served.start(
        "telemetry-publisher",
        collection=AUTOMATIONS,
        interval="15m",
        streams=[{"component": METER}, {"component": BATTERY, "metric": "soc"}],
        **config,
    )


def test_points_are_taken_at_multiples_of_the_interval() -> None:
    served = Served(schedule=False)
    publishing(served)
    served.hours(1)
    found = served.archive.read(METER, "power_w")
    start_us = served.world.start_us
    assert [(each.t_us - start_us) / HOUR_US for each in found] == [0.25, 0.5, 0.75, 1]
    assert all(abs(each.value) < 1 for each in found)
    assert len(served.archive.read(BATTERY, "soc", start_us + HOUR_US // 2)) == 3


def test_a_stopped_publisher_keeps_a_backlog_and_drains_it_later() -> None:
    served = Served(schedule=False)
    served.start("store", collection="systems")
    config = {"interval": "15m", "streams": [{"component": METER}], "backlogMax": 3}
    driver = served.start("telemetry-publisher", collection=AUTOMATIONS, **config)
    driver.stop()
    served.hours(2)
    assert len(served.archive) == 0
    driver.apply(served.settings(AUTOMATIONS, "telemetry-publisher", **config))
    start_us = served.world.start_us
    times = [(each.t_us - start_us) / HOUR_US for each in served.archive.read(METER, "power_w")]
    assert times == [1.5, 1.75, 2]
    driver.stop()
    driver.remove()
    served.hours(2)
    assert len(served.archive) == 3
    assert served.timers.next_us is None


def test_the_newest_points_go_where_that_is_wanted() -> None:
    served = Served(schedule=False)
    served.start("store", collection="systems")
    config = {
        "interval": "15m",
        "streams": [{"component": METER}],
        "backlogMax": 3,
        "onOverflow": "drop-newest",
    }
    driver = served.start("telemetry-publisher", collection=AUTOMATIONS, **config)
    driver.stop()
    served.hours(2)
    driver.apply(served.settings(AUTOMATIONS, "telemetry-publisher", **config))
    start_us = served.world.start_us
    times = [(each.t_us - start_us) / HOUR_US for each in served.archive.read(METER, "power_w")]
    assert times == [0.25, 0.5, 0.75]


def test_a_silent_meter_leaves_a_gap_and_a_paused_store_too() -> None:
    served = Served(schedule=False)
    publishing(served)
    meter = served.start("meter-driver", component=METER)
    meter.stop()
    served.hours(1)
    assert not served.archive.read(METER, "power_w")
    assert len(served.archive.read(BATTERY, "soc")) == 4


class Desk:
    """Keeps what is published."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []

    def publish(self, samples: Sequence[Sample]) -> None:
        self.samples += samples


def test_the_exchange_is_told_all_that_components_report() -> None:
    served = Served(schedule=False)
    desk = served.steered.telemetry = Desk()
    driver = served.start(
        "telemetry-publisher", collection=AUTOMATIONS, sink="exchange", interval="30m"
    )
    served.hours(1)
    assert len({(each.asset_id, each.t_us) for each in desk.samples}) == len(desk.samples)
    assert len({each.t_us for each in desk.samples}) == 3  # the first one when it begins
    latest = {each.asset_id: each.values for each in desk.samples}
    assert latest[f"battery-{BATTERY}"]["SOC"] == served.world.reading(BATTERY).soc * 100
    assert latest[f"meter-{METER}"]["1-0:1.8.0"] == served.world.registers(METER)["1-0:1.8.0"]
    driver.stop()
    driver.remove()


def test_streams_choose_what_the_exchange_is_told() -> None:
    served = Served(schedule=False)
    desk = served.steered.telemetry = Desk()
    streams = [{"component": METER}, {"component": BATTERY, "metric": "soc"}]
    config = {"sink": "exchange", "interval": "30m", "streams": streams}
    served.start("telemetry-publisher", collection=AUTOMATIONS, **config)
    served.hours(0.5)
    assert [(each.asset_id, set(each.values)) for each in desk.samples] == [
        (f"meter-{METER}", {"kW"}),
        (f"battery-{BATTERY}", {"SOC"}),
    ] * 2


def test_the_exchange_is_refused_by_name_and_unknown_components_too() -> None:
    served = Served()
    with pytest.raises(LoadFailed, match="exchange API is not served"):
        served.start("telemetry-publisher", collection=AUTOMATIONS, sink="exchange")
    with pytest.raises(LoadFailed, match="no component 77"):
        served.start("telemetry-publisher", collection=AUTOMATIONS, streams=[{"component": 77}])
    with pytest.raises(ConfigError, match="metric"):
        served.settings(
            AUTOMATIONS, "telemetry-publisher", streams=[{"component": 2, "metric": "joy"}]
        )
