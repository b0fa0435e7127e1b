from pathlib import Path

import numpy as np
import pytest

from simulator.microgrid import inputs_pv
from simulator.microgrid.inputs import Series
from simulator.microgrid.inputs_cache import cache_folder, cached
from simulator.microgrid.inputs_errors import InputError, MissingExtra
from simulator.microgrid.inputs_pv import pv_series
from simulator.microgrid.inputs_weather import hours_of, read_weather
from simulator.microgrid.scenario_base import parse_instant
from simulator.microgrid.scenario_inputs import PvInput

GREENSBORO = {"format": "tmy3", "package": "pvlib", "path": "data/723170TYA.CSV"}
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
