from pathlib import Path

import numpy as np
import pytest

from simulator.microgrid import inputs_pv
from simulator.microgrid.inputs import Series
from simulator.microgrid.inputs_cache import cache_folder, cached
from simulator.microgrid.inputs_clouds import cloud_factors
from simulator.microgrid.inputs_errors import InputError, MissingExtra
from simulator.microgrid.inputs_files import locate
from simulator.microgrid.inputs_pv import pv_series
from simulator.microgrid.inputs_weather import hours_of, read_weather, utc_offset_h
from simulator.microgrid.scenario_base import parse_instant
from simulator.microgrid.scenario_inputs import Clouds, PvInput

GREENSBORO = {"format": "tmy3", "package": "pvlib", "path": "data/723170TYA.CSV"}
ROOF = {"name": "roof", "kind": "pv", "kwp": 10.0, "weather": GREENSBORO}
POTSDAM = {
    "format": "try2010",
    "package": "demandlib",
    "path": "vdi/resources_weather/TRY2010_04_Jahr.dat",
}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def array(start: str, end: str, **more) -> Series:
    entry = PvInput.model_validate({"name": "roof", "kind": "pv", "kwp": 10.0, **more})
    return pv_series(entry, folder=None, start_us=parse_instant(start), end_us=parse_instant(end))


def test_measured_year_gives_a_plausible_yield_and_the_night_nothing():
    s = array("2026-01-01T05:00:00Z", "2027-01-01T05:00:00Z", weather=GREENSBORO)
    assert s.energy_wh() / 1e4 == pytest.approx(1400, rel=0.1)  # kWh per kWp, North Carolina
    assert s.values.max() <= 10_000
    assert not s.clear_sky
    assert s.at(parse_instant("2026-06-15T06:00:00Z")) == 0  # 1 h local standard time
    assert s.at(parse_instant("2026-06-15T17:00:00Z")) > 1000  # noon


def test_result_is_kept_and_reads_back_the_same(tmp_path):
    span = ("2026-06-01T00:00:00Z", "2026-06-08T00:00:00Z")
    first = array(*span, weather=GREENSBORO)
    kept = sorted(cache_folder().iterdir())
    assert kept
    assert cache_folder().is_relative_to(tmp_path)
    second = array(*span, weather=GREENSBORO)
    assert np.array_equal(first.values, second.values)
    assert sorted(cache_folder().iterdir()) == kept
    array(*span, weather=GREENSBORO, tilt_deg=0.0)
    assert len(list(cache_folder().iterdir())) > len(kept)


def test_clear_sky_is_marked_and_scaled_to_its_year():
    s = array(
        "2026-01-01T00:00:00Z",
        "2027-01-01T00:00:00Z",
        latitude=52.4,
        longitude=13.1,
        annual_kwh=9000.0,
    )
    assert s.clear_sky
    assert s.energy_wh() == pytest.approx(9e6)


def test_absent_weather_file_is_told():
    weather = {"format": "tmy3", "package": "pvlib", "path": "data/none.csv"}
    with pytest.raises(InputError, match=r"package pvlib: no file data/none\.csv in it"):
        array("2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z", weather=weather)


def test_test_reference_year_of_potsdam_yields_what_is_measured_there():
    s = array("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", weather=POTSDAM)
    assert s.energy_wh() / 1e4 == pytest.approx(1000, rel=0.05)


def test_absent_package_names_the_extra(monkeypatch):
    monkeypatch.setattr(inputs_pv, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"needs pvlib: pip install gridproof\[pv\]"):
        array("2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z", weather=GREENSBORO)


@pytest.mark.parametrize("kind", ["tmy3", "try2010"])
@pytest.mark.parametrize("text", ["", "a,b\n", "x\n" * 50])
def test_file_that_is_no_weather_is_refused(tmp_path: Path, kind, text):
    path = tmp_path / "w.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=r"w\.csv"):
        read_weather(path, kind)


def test_leap_day_repeats_the_day_before():
    hours = hours_of(2028)
    assert len(hours) == 8784
    assert np.array_equal(hours[59 * 24 : 60 * 24], hours[58 * 24 : 59 * 24])
    assert hours[-1] == 8759
    assert np.array_equal(hours_of(2026), np.arange(8760))


def test_broken_cache_file_is_computed_anew():
    values = cached({"a": 1}, lambda: np.array([1.0, 2.0]))
    (path,) = cache_folder().iterdir()
    path.write_bytes(b"broken")
    again = cached({"a": 1}, lambda: np.array([1.0, 2.0]))
    assert np.array_equal(values, again)
    assert np.array_equal(np.load(path), values)


def test_cache_that_cannot_be_written_costs_only_time(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert list(cached({"a": 1}, lambda: np.array([3.0]))) == [3.0]


def test_an_energyplus_file_is_the_same_weather(tmp_path):
    year = read_weather(locate(PvInput.model_validate(ROOF).weather, None), "tmy3")
    head = ["LOCATION", "Greensboro", "NC", "USA", "TMY3", "723170", "36.1", "-79.95", "-5", "270"]
    lines = [",".join(head), *(["something"] * 7)]
    hours = np.datetime64("2025-01-01T00") + np.arange(8760)
    for place, hour in enumerate(hours.tolist()):
        cells = ["0"] * 35
        cells[:4] = [str(hour.year), str(hour.month), str(hour.day), str(hour.hour + 1)]
        cells[6] = str(year.air_c[place])
        cells[13] = str(year.global_w_m2[place])
        cells[14] = str(year.beam_w_m2[place])
        cells[15] = str(year.diffuse_w_m2[place])
        cells[21] = str(year.wind_m_s[place])
        lines.append(",".join(cells))
    path = tmp_path / "a.epw"
    path.write_text("\n".join([*lines, ""]))
    found = read_weather(path, "epw")
    assert (found.place, found.latitude, found.utc_offset_h) == ("Greensboro NC", 36.1, -5.0)
    for name in ("global_w_m2", "beam_w_m2", "diffuse_w_m2", "air_c", "wind_m_s"):
        assert np.array_equal(getattr(found, name), getattr(year, name))
    assert utc_offset_h(path, "epw") == -5.0
    path.write_text("\n".join(lines[:-1]))
    with pytest.raises(InputError, match="does not hold every hour"):
        read_weather(path, "epw")
    path.write_text("x")
    with pytest.raises(InputError, match="expected LOCATION"):
        read_weather(path, "epw")


def test_clouds_come_and_go_as_often_as_asked_and_are_the_same_for_any_stretch():
    clouds = Clouds(share=0.4, spell_h=1.5, index=(20.0, 80.0))
    days = np.array([cloud_factors(clouds, "roof", day) for day in range(400)])
    assert np.mean(days < 1.0) == pytest.approx(0.4, abs=0.03)
    assert np.mean(days[days < 1.0]) == pytest.approx(0.2, abs=0.02)
    ends = np.sum((days[:, :-1] < 1.0) & (days[:, 1:] == 1.0))
    assert np.sum(days[:, :-1] < 1.0) / 4 / ends == pytest.approx(1.5, rel=0.1)
    place = {"latitude": 52.4, "longitude": 13.1}
    span = ("2026-06-01T00:00:00Z", "2026-06-04T00:00:00Z")
    clear, cloudy = array(*span, **place), array(*span, **place, clouds=clouds)
    assert not cloudy.clear_sky
    assert np.all(cloudy.values <= clear.values)
    assert cloudy.energy_wh() < clear.energy_wh()
    later = array("2026-06-02T00:00:00Z", span[1], **place, clouds=clouds)
    assert np.array_equal(later.values, cloudy.values[96:])
    other = array(*span, **place, clouds={**clouds.model_dump(), "seed": 1})
    assert not np.array_equal(other.values, cloudy.values)
    scaled = array(
        "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", **place, clouds=clouds, annual_kwh=9000.0
    )
    assert scaled.energy_wh() == pytest.approx(9e6)


def test_impossible_clouds_are_refused():
    with pytest.raises(ValueError, match="a longer spell_h"):
        Clouds(share=0.9, spell_h=1.0)
    with pytest.raises(ValueError, match="weather or clouds, not both"):
        PvInput.model_validate({**ROOF, "clouds": {"share": 0.5}})
