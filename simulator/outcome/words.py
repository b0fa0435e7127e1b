"""How figures of a run are called and written for people, the same on the terminal and the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

SMALL_KWH = 0.005
"""Less is shown as 0."""

WHY = {
    "none": "",
    "soc_min": "battery at its lower limit",
    "soc_max": "battery at its upper limit",
    "power_limit": "a power limit or rating",
    "fault": "a fault",
    "driver_stopped": "driver stopped",
    "overridden": "overridden by another dispatch",
    "dry_run": "dry run",
    "inactive": "inactive",
}
"""Reasons of the summary in words."""

CAUSES = {
    "window": "the state of charge was at the edge of its operating window",
    "taper": "close to that edge a battery takes or gives less and less power",
    "rating": "more than the device is built for",
    "minimum": "less than the smallest power at which the device runs",
    "limit": "a power limit of another dispatch or of the grid connection",
    "available": "not enough sun or wind, or no vehicle that could take it",
    "ramp": "the device changes its power only so fast",
    "timer": "once started or stopped it has to stay so for a while",
    "switched_off": "a switch dispatch had disconnected it",
}
"""The finer causes in words, those that do not speak for themselves."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A figure of the site."""

    label: str
    unit: str
    path: tuple[str, ...]
    """Keys from `site` of the summary to its value."""
    is_share: bool = False
    """Kept as 0..1, shown in percent."""
    is_always_shown: bool = False
    """Even when it is 0."""

    def value(self, site: Mapping[str, Any]) -> float | None:
        """Return the value in the unit that is shown, None where the site has none."""
        found: Any = site
        for key in self.path:
            found = None if found is None else found.get(key)
        if found is None:
            return None
        return float(found) * (100.0 if self.is_share else 1.0)


def _energy(label: str, *path: str, always: bool = False) -> Figure:
    return Figure(label=label, unit="kWh", path=path, is_always_shown=always)


FIGURES = (
    _energy("import", "import_kwh", always=True),
    _energy("export", "export_kwh", always=True),
    _energy("load", "load_kwh", always=True),
    _energy("PV produced", "pv_kwh"),
    _energy("PV curtailed", "pv_curtailed_kwh"),
    _energy("wind produced", "wind_kwh"),
    _energy("wind curtailed", "wind_curtailed_kwh"),
    _energy("vehicles", "ev_kwh"),
    _energy("vehicles lacked", "ev", "missing_kwh"),
    _energy("controllable loads", "flexible_kwh"),
    _energy("CHP produced", "chp_kwh"),
    _energy("CHP heat", "chp_heat_kwh"),
    _energy("load not served", "unserved_kwh"),
    _energy("battery charged", "battery_in_kwh"),
    _energy("battery discharged", "battery_out_kwh"),
    Figure(label="battery full cycles", unit="", path=("battery_cycles",)),
    _energy("losses", "losses_kwh"),
    Figure(label="largest quarter hour", unit="kW", path=("peak_import_kw",), is_always_shown=True),
    Figure(label="self-consumption of PV", unit="%", path=("self_consumption",), is_share=True),
    Figure(label="autarky", unit="%", path=("autarky",), is_share=True, is_always_shown=True),
    Figure(label="cost", unit="money", path=("cost", "total"), is_always_shown=True),
    Figure(label="CO2", unit="kg", path=("co2_kg",)),
)
"""The site in the order that it is shown; `money` stands for the currency of the tariff."""


def unit_of(figure: Figure, site: Mapping[str, Any]) -> str:
    """Return the unit with the currency put in."""
    return str(site["currency"]) if figure.unit == "money" else figure.unit


def site_figures(site: Mapping[str, Any]) -> Iterator[tuple[str, float, str]]:
    """Yield label, value and unit of what a site has to tell."""
    for figure in FIGURES:
        value = figure.value(site)
        if value or (value is not None and figure.is_always_shown):
            yield figure.label, value, unit_of(figure, site)


def why(row: Mapping[str, Any]) -> str:
    """Return the reason of an occurrence with the finer causes, the weightiest first."""
    reason, missing = WHY[row["reason"]], row["missing_kwh"]
    if row["reason"] in ("dry_run", "inactive"):
        return reason
    if row["shortfall_kwh"] < SMALL_KWH:
        return ""  # the table shows the shortfall as 0
    reason = reason or "next to nothing"
    causes = sorted(missing, key=lambda cause: (-missing[cause], cause))
    detail = ", ".join(cause.replace("_", " ") for cause in causes if cause != row["reason"])
    if not detail:
        return reason
    return f"{reason}, also {detail}" if row["reason"] in missing else f"{reason} ({detail})"


def glossary(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return the finer causes that occurrences have, each with what it means."""
    found = {cause for row in rows if row["shortfall_kwh"] >= SMALL_KWH for cause in causes_of(row)}
    return [(cause.replace("_", " "), text) for cause, text in CAUSES.items() if cause in found]


def causes_of(row: Mapping[str, Any]) -> Mapping[str, float]:
    """Return what an occurrence missed by finer cause, nothing where it was not meant to run."""
    missing: Mapping[str, float] = row["missing_kwh"]
    return {} if row["reason"] in ("dry_run", "inactive") else missing


def definition_of(name: str) -> str:
    """Return the name of a figure as people say it: `peak_import_kw` is the peak import."""
    return name.replace(".", " ").replace("_", " ").removesuffix(" kwh").removesuffix(" kw")


def kwh(value: float) -> str:
    """Return an energy with two decimals, 0 for next to nothing."""
    return f"{value:,.2f}" if abs(value) >= SMALL_KWH else "0"


def moment(text: str, zone: ZoneInfo) -> str:
    """Return an instant of the summary in local time, with seconds only where there are any."""
    found = datetime.fromisoformat(text).astimezone(zone)
    return found.strftime("%Y-%m-%d %H:%M" + (":%S" if found.second else ""))


def stretch(start: str, end: str | None, zone: ZoneInfo) -> str:
    """Return a stretch in local time, the day of its end only where it is another one."""
    first = datetime.fromisoformat(start).astimezone(zone)
    text = first.strftime("%a %m-%d %H:%M")
    if end is None:
        return f"{text} -"
    last = datetime.fromisoformat(end).astimezone(zone)
    if last == first:
        return text
    return f"{text} - {last.strftime('%H:%M' if last.date() == first.date() else '%m-%d %H:%M')}"
