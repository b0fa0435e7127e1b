"""Photovoltaic power by the PVWatts chain of pvlib, under measured weather or a clear sky.

Sun position at the middle of each step, Hay-Davies transposition, Faiman module temperature,
PVWatts modules and inverter. A weather year is laid over each simulated year by month, day and
hour; clear sky is Ineichen's model with the turbidity table of pvlib, in quarter hours.
"""

import hashlib
import warnings
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .inputs import Series
from .inputs_cache import cached
from .inputs_calendar import DAY_US, HOUR_US, year_start_us, years_between
from .inputs_clouds import STEPS, cloud_factors
from .inputs_errors import missing_extra
from .inputs_files import locate
from .inputs_weather import WeatherYear, hours_of, read_weather, utc_offset_h
from .scenario_inputs import PvInput

Floats = NDArray[np.float64]
_CHAIN = 1
"""Raise when the chain below changes: kept results of the old one are then ignored."""


def pv_series(entry: PvInput, *, folder: Path | None, start_us: int, end_us: int) -> Series:
    """Return the AC power that the array could deliver over `[start_us, end_us)`.

    Raises:
        MissingExtra: pvlib is not installed.
        InputError: the weather file is absent or wrong.
    """
    if find_spec("pvlib") is None:
        raise missing_extra("a PV input", "pvlib", "pv")
    path = None if entry.weather is None else locate(entry.weather, folder)
    offset_us = _offset_us(entry, path)
    step_us = HOUR_US // 4 if path is None else HOUR_US
    labels, values = [], []
    for year in years_between(start_us - DAY_US, end_us + DAY_US):
        power = cached(_key(entry, year, path), partial(_year, entry, year, path))
        if entry.clouds is not None:
            first = year_start_us(year) // DAY_US
            days = range(first, first + len(power) // STEPS)
            sky = [cloud_factors(entry.clouds, entry.name, day) for day in days]
            power = power * np.concatenate(sky)
        if entry.annual_kwh is not None:
            power = power * (entry.annual_kwh * 1000.0 / (float(power.sum()) * step_us / HOUR_US))
        labels.append(year_start_us(year) - offset_us + step_us * np.arange(len(power)))
        values.append(power)
    t_us = np.concatenate(labels).astype(np.int64)
    whole = Series(
        t_us=t_us,
        values=np.concatenate(values),
        end_us=int(t_us[-1]) + step_us,
        clear_sky=entry.is_always_clear,
    )
    return whole.between(start_us, end_us)


def _offset_us(entry: PvInput, path: Path | None) -> int:
    """Return local standard time minus UTC: a weather year starts at its local midnight."""
    if entry.weather is None or path is None:
        return 0
    return round(utc_offset_h(path, entry.weather.format) * HOUR_US)


def _key(entry: PvInput, year: int, path: Path | None) -> dict[str, Any]:
    """Return everything that the power of a year depends on."""
    scaled_later = {"name", "annual_kwh"}
    digest = None if path is None else hashlib.sha256(path.read_bytes()).hexdigest()
    return {
        "chain": _CHAIN,
        "pvlib": version("pvlib"),
        "year": year,
        "weather": digest,
        **entry.model_dump(mode="json", exclude=scaled_later | {"weather", "clouds"}),
        "format": entry.weather.format if entry.weather else None,
    }


def _year(entry: PvInput, year: int, path: Path | None) -> Floats:
    """Return the AC power in W for each step of a year that starts at local standard midnight."""
    import pandas as pd

    weather = None
    if entry.weather is not None and path is not None:
        weather = read_weather(path, entry.weather.format)
    step_us = HOUR_US if weather else HOUR_US // 4
    first_us = year_start_us(year) - _offset_us(entry, path)
    steps = (year_start_us(year + 1) - year_start_us(year)) // step_us
    middle_us = first_us + step_us // 2 + step_us * np.arange(steps)
    times = pd.DatetimeIndex(middle_us.astype("datetime64[us]"), tz="UTC")
    place = _place(entry, weather)
    with warnings.catch_warnings():
        # pvlib still uses what newer pandas announces to remove: nothing a user could act on.
        warnings.simplefilter("ignore", DeprecationWarning)
        sky = _clear_sky(times, place) if weather is None else _measured(weather, hours_of(year))
        return _chain(entry, times, place, sky)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    latitude: float
    longitude: float
    altitude_m: float


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Sky:
    global_w_m2: Floats
    beam_w_m2: Floats | None
    diffuse_w_m2: Floats
    air_c: Floats
    wind_m_s: Floats


def _place(entry: PvInput, weather: WeatherYear | None) -> _Place:
    """Return where the array stands: as given, else where the weather was measured."""
    latitude, longitude, altitude = entry.latitude, entry.longitude, entry.altitude_m
    if weather is not None:
        latitude = weather.latitude if latitude is None else latitude
        longitude = weather.longitude if longitude is None else longitude
        altitude = weather.altitude_m if altitude is None else altitude
    assert latitude is not None  # the model asks for a position or a weather file
    assert longitude is not None
    return _Place(latitude=latitude, longitude=longitude, altitude_m=altitude or 0.0)


def _measured(weather: WeatherYear, hours: NDArray[np.int64]) -> _Sky:
    beam = weather.beam_w_m2
    return _Sky(
        global_w_m2=weather.global_w_m2[hours],
        beam_w_m2=None if beam is None else beam[hours],
        diffuse_w_m2=weather.diffuse_w_m2[hours],
        air_c=weather.air_c[hours],
        wind_m_s=weather.wind_m_s[hours],
    )


def _clear_sky(times: Any, place: _Place) -> _Sky:
    """Return Ineichen's clear sky, in air of 20 degrees and a wind of 1 m/s."""
    from pvlib.location import Location

    here = Location(place.latitude, place.longitude, altitude=place.altitude_m)
    sky = here.get_clearsky(times)
    return _Sky(
        global_w_m2=sky["ghi"].to_numpy(),
        beam_w_m2=sky["dni"].to_numpy(),
        diffuse_w_m2=sky["dhi"].to_numpy(),
        air_c=np.full(len(times), 20.0),
        wind_m_s=np.full(len(times), 1.0),
    )


def _chain(entry: PvInput, times: Any, place: _Place, sky: _Sky) -> Floats:
    """Return AC power: irradiance on the modules, their temperature, modules, inverter."""
    import pandas as pd
    from pvlib import inverter, irradiance, pvsystem, solarposition, temperature

    sun = solarposition.get_solarposition(
        times, place.latitude, place.longitude, altitude=place.altitude_m
    )
    global_w_m2 = pd.Series(sky.global_w_m2, index=times)
    diffuse = pd.Series(sky.diffuse_w_m2, index=times)
    if sky.beam_w_m2 is None:
        beam = irradiance.dni(global_w_m2, diffuse, sun["zenith"]).fillna(0.0)
    else:
        beam = pd.Series(sky.beam_w_m2, index=times)
    plane = irradiance.get_total_irradiance(
        entry.tilt_deg,
        entry.azimuth_deg,
        sun["apparent_zenith"],
        sun["azimuth"],
        dni=beam,
        ghi=global_w_m2,
        dhi=diffuse,
        dni_extra=irradiance.get_extra_radiation(times),
        albedo=entry.albedo,
        model="haydavies",
    )["poa_global"].fillna(0.0)
    cell = temperature.faiman(plane, pd.Series(sky.air_c, times), pd.Series(sky.wind_m_s, times))
    rated_w = entry.kwp * 1000.0 * (1.0 - entry.system_losses)
    dc_w = pvsystem.pvwatts_dc(plane, cell, rated_w, entry.temperature_coefficient_per_k)
    inverter_w = (entry.inverter_kw or entry.kwp) * 1000.0
    ac_w = inverter.pvwatts(
        dc_w, inverter_w / entry.inverter_efficiency, eta_inv_nom=entry.inverter_efficiency
    )
    return np.asarray(np.maximum(np.nan_to_num(ac_w.to_numpy()), 0.0), dtype=np.float64)
