"""`pv-driver` and `load-driver`: what is produced and consumed with, without and otherwise."""

import pytest

from simulator.microgrid.dispatch import Dispatch, Ids
from simulator.services.services.kinds import ConfigError, LoadFailed
from simulator.tests.drivers.served import METER, PV, Served


def test_a_stopped_producer_delivers_nothing_and_its_energy_counts_as_lost() -> None:
    served = Served(schedule=False)
    driver = served.start("pv-driver", component=PV)
    served.hours(1)
    assert served.power(PV) == -2000
    driver.stop()
    served.hours(1)
    assert served.power(PV) == 0
    served.world._settle()
    total = served.world._recorder.totals()[PV]
    assert (total.out_wh, total.lost_wh, total.curtailed_wh) == (2000, 2000, 0)
    driver.apply(served.settings("drivers", "pv-driver", component=PV))
    assert served.power(PV) == -2000


def test_a_peak_scales_the_series_and_a_profile_replaces_it() -> None:
    served = Served(schedule=False)
    driver = served.start("pv-driver", component=PV, peakKw=2.5)
    assert served.power(PV) == -1000
    points = [[0, 0], [6, 1.5], [12, 3]]
    driver.apply(served.settings("drivers", "pv-driver", component=PV, profile=points))
    assert served.power(PV) == 0
    served.hours(6)
    assert served.power(PV) == -1500
    served.hours(20)
    assert served.power(PV) == 0
    driver.apply(served.settings("drivers", "pv-driver", component=PV))
    assert served.power(PV) == -2000


def test_under_a_clear_sky_it_is_dark_at_night_and_the_same_for_one_seed() -> None:
    noons = []
    for seed, clouds in ((1, 0.5), (1, 0.5), (2, 0.5), (1, 0.0)):
        served = Served(schedule=False)
        served.start(
            "pv-driver", component=PV, profile="clear-sky", peakKw=4, cloudiness=clouds, seed=seed
        )
        assert served.power(PV) == 0
        served.hours(12)
        noons.append(served.power(PV))
    assert noons[0] == noons[1] != noons[2]
    # 1 June at 52 degrees: the sun stands about 60 degrees high.
    assert noons[3] == pytest.approx(-4000 * 0.866, rel=0.02)
    assert all(each > noons[3] for each in noons[:3])


@pytest.mark.parametrize(
    ("curtailable", "power", "reason"), [(True, -500, "none"), (False, -2000, "power_limit")]
)
def test_what_is_not_curtailable_follows_nothing(
    curtailable: bool, power: float, reason: str
) -> None:
    served = Served(schedule=False)
    served.start("pv-driver", component=PV, curtailable=curtailable)
    served.world.put(
        Dispatch(
            id=9,
            type="set_power",
            start_us=served.world.now_us,
            duration_s=3600,
            target=Ids(ids=(PV,)),
            payload={"power_w": -500},
        )
    )
    assert served.power(PV) == power
    served.hours(2)
    assert served.world.occurrences[0].reason == reason
    assert not served.world.reading(PV).missing


def test_a_stopped_load_draws_nothing_and_a_driver_scales_it() -> None:
    served = Served(schedule=False)
    driver = served.start("load-driver", component=METER)
    node = served.world._site.node_of[METER]
    assert node.load_w == 1500
    driver.apply(served.settings("drivers", "load-driver", component=METER, scale=2))
    assert node.load_w == 3000
    driver.stop()
    assert (node.load_w, node.input_w) == (0, 0)
    served.hours(1)
    driver.apply(
        served.settings("drivers", "load-driver", component=METER, profile="office", baseKw=10)
    )
    night = node.load_w
    served.hours(10)
    assert 3000 < night < 4000 < node.load_w == 19_500


def test_noise_scatters_a_profile_and_the_seed_decides_how() -> None:
    shown = []
    for seed in (5, 5, 6):
        served = Served(schedule=False)
        served.start("load-driver", component=METER, profile=[[0, 2]], noiseStd=0.3, seed=seed)
        served.hours(0.3)
        shown.append(served.world._site.node_of[METER].load_w)
    assert shown[0] == shown[1] != shown[2]


def test_a_meter_and_its_load_have_drivers_of_their_own() -> None:
    served = Served(schedule=False)
    served.start("meter-driver", "meter-2", component=METER)
    served.start("load-driver", "load-2", component=METER)
    with pytest.raises(LoadFailed, match="load of meter 2 is driven by drivers/load-2"):
        served.start("load-driver", "other", component=METER)


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"baseKw": 3}, "a profile of its own"),
        ({"profile": [[3, 1], [2, 1]]}, "ascending"),
        ({"profile": "farm"}, "profile"),
        ({"scale": -1}, "scale"),
    ],
)
def test_what_makes_no_sense_is_told(config: dict[str, object], text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        Served().settings("drivers", "load-driver", component=METER, **config)


def test_an_input_that_is_there_goes_on_changing_below_a_factor() -> None:
    from simulator.microgrid.scenario import load

    served = Served(load("island"), schedule=False)
    served.start("load-driver", component=2, scale=0.5)
    node = served.world._site.node_of[2]
    seen = set()
    for _ in range(8):
        served.hours(1)
        seen.add(node.input_w)
    assert {650.0, 1900.0, 2600.0} <= seen
