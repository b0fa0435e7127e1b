"""Time-resolved accounts of a run: peaks, money, PV that left the site, local days.

One grid of edges serves them all: quarter hours of UTC, changes of price, local midnights. Energies
in Wh inside, kWh where they leave.
"""

from collections.abc import Iterable, Iterator
from copy import copy
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from simulator.microgrid.record import Record
from simulator.microgrid.scenario import Scenario
from simulator.microgrid.scenario_base import from_us
from simulator.microgrid.scenario_components import Chp

from .sampling import Trajectory, grid_edges
from .shape import day_fraction
from .tariff import local_days, prices_of, signal_names, tier_cost

QUARTER_US = 900_000_000
QUARTERS_PER_HOUR = 4

Floats = NDArray[np.float64]


class Ledger:
    """What crossed the grid connection between the edges of one grid, and at which prices."""

    import_wh: Floats
    export_wh: Floats
    pv_wh: Floats

    def __init__(self, scenario: Scenario, start_us: int, end_us: int) -> None:
        self._zone = scenario.zone
        self._basis = _basis(scenario, start_us, end_us)
        self.prices, signals = prices_of(scenario, start_us, end_us)
        co2 = scenario.co2
        self._co2 = signals[co2.input] if co2 is not None and co2.input is not None else None
        self.quarters_us = grid_edges(start_us, end_us, QUARTER_US)
        self.days_us = np.array(local_days(scenario.zone, start_us, end_us), dtype=np.int64)
        labels = [self.quarters_us, self.prices.t_us, self.days_us]
        if self._co2 is not None:
            labels.append(self._co2.t_us)
        self.edges_us = np.unique(np.concatenate(labels))
        self.buy, self.sell = self.prices.at(self.edges_us[:-1])
        self._quarters = np.searchsorted(self.edges_us, self.quarters_us[:-1])
        self._days = np.searchsorted(self.edges_us, self.days_us[:-1])

    def suits(self, scenario: Scenario, start_us: int, end_us: int) -> bool:
        """Return whether the edges and prices are those of a scenario over a stretch, too."""
        return self._basis == _basis(scenario, start_us, end_us)

    def again(self) -> Self:
        """Return a copy with the same edges and prices, to be filled with other energies."""
        return copy(self)

    def per_quarter(self, values: Floats) -> Floats:
        """Add up values of the grid for each quarter hour."""
        return _summed(values, self._quarters)

    def per_day(self, values: Floats) -> Floats:
        """Add up values of the grid for each local day."""
        return _summed(values, self._days)

    def months(self) -> dict[str, list[int]]:
        """Return the positions of the local days of each month."""
        found: dict[str, list[int]] = {}
        for place, start_us in enumerate(self.days_us[:-1].tolist()):
            name = from_us(start_us).astimezone(self._zone).strftime("%Y-%m")
            found.setdefault(name, []).append(place)
        return found

    def monthly(self, values: Floats, edges_us: NDArray[np.int64]) -> Iterator[Floats]:
        """Yield the values of a grid that begin in each local month."""
        for places in self.months().values():
            first, last = self.days_us[places[0]], self.days_us[places[-1] + 1]
            inside = (edges_us[:-1] >= first) & (edges_us[:-1] < last)
            if inside.any():
                yield values[inside]

    def co2_g(self, *, export_credit: bool, g_per_kwh: float | None) -> float:
        """Return the emissions of the import, less those of the export where that counts."""
        factor: Floats | float = g_per_kwh or 0.0
        if self._co2 is not None:
            held = np.searchsorted(self._co2.t_us, self.edges_us[:-1], side="right") - 1
            factor = self._co2.values[held]
        net = self.import_wh - self.export_wh if export_credit else self.import_wh
        return float(np.sum(net * factor)) / 1e3

    @property
    def import_kwh(self) -> float:
        """Energy drawn from the grid."""
        return float(self.import_wh.sum()) / 1e3

    @property
    def export_kwh(self) -> float:
        """Energy fed into the grid."""
        return float(self.export_wh.sum()) / 1e3

    @property
    def exported_pv_kwh(self) -> float:
        """Exported energy that PV can have made: per quarter hour, the smaller of the two."""
        export = self.per_quarter(self.export_wh)
        made = self.per_quarter(self.pv_wh)
        return float(np.minimum(export, made).sum()) / 1e3


class Account(Ledger):
    """Energies of the whole site between the edges, from the record of a run."""

    def __init__(self, record: Record) -> None:
        super().__init__(record.scenario, record.start_us, record.end_us)
        self.trajectory = Trajectory(record)
        kinds: dict[str, list[int]] = {}
        for info in record.components:
            kinds.setdefault(info.kind, []).append(info.id)
        # An island that has none exchanges nothing.
        self.import_wh, self.export_wh = self._sum(kinds.get("grid_connection_point", ()))
        self.pv_wh = self._sum(kinds.get("pv_inverter", ()))[1]
        self.charged_wh, self.discharged_wh = self._sum(kinds.get("battery", ()))
        self.ev_wh = self._sum(kinds.get("ev_charger", ()))[0]
        self.flexible_wh = self._sum(kinds.get("load", ()))[0]
        self.chp_wh = self._sum(kinds.get("chp", ()))[1]
        self.load_wh = np.zeros(len(self.edges_us) - 1)
        for meter in kinds.get("meter", ()):
            self.load_wh += self.trajectory.amounts(f"c{meter}.load_wh", self.edges_us)

    def _sum(self, ids: Iterable[int]) -> tuple[Floats, Floats]:
        into = np.zeros(len(self.edges_us) - 1)
        out = np.zeros(len(self.edges_us) - 1)
        for component_id in ids:
            more_in, more_out = self.trajectory.energies_wh(component_id, self.edges_us)
            into, out = into + more_in, out + more_out
        return into, out


def _summed(values: Floats, first: NDArray[np.int64]) -> Floats:
    """Add up values from each of some places to the next one."""
    if len(first) == len(values):
        return values
    return np.asarray(np.add.reduceat(values, first), dtype=np.float64)


def _basis(scenario: Scenario, start_us: int, end_us: int) -> tuple[Any, ...]:
    """Return all that edges and prices depend on."""
    meta, names = scenario.meta, signal_names(scenario)
    signals = [each for each in scenario.inputs if each.name in names]
    return (
        *(scenario.tariff, scenario.co2, signals, scenario.folder),
        *(meta.zone, meta.holidays, start_us, end_us),
    )


def peaks(account: Ledger) -> tuple[float, float]:
    """Return the largest mean import and export of a quarter hour of UTC, in kW."""
    imported = account.per_quarter(account.import_wh)
    exported = account.per_quarter(account.export_wh)
    return (
        float(imported.max()) * QUARTERS_PER_HOUR / 1e3,
        float(exported.max()) * QUARTERS_PER_HOUR / 1e3,
    )


def cost(record: Record, account: Ledger, peak_import_kw: float) -> dict[str, Any]:
    """Return the parts of the bill and their total, in the tariff's currency."""
    tariff = record.scenario.tariff
    bill = {
        "import": float(np.sum(account.import_wh * account.buy)) / 1e3,
        "export_revenue": float(np.sum(account.export_wh * account.sell)) / 1e3,
        "demand_charge": tariff.demand_charge_per_kw * peak_import_kw,
        "fixed": tariff.fixed_per_day * day_fraction(record.start_us, record.end_us),
    }
    if tariff.demand_period == "month":
        imported = account.per_quarter(account.import_wh)
        quarters = account.monthly(imported, account.quarters_us)
        most = sum(float(each.max()) for each in quarters) * QUARTERS_PER_HOUR / 1e3
        bill["demand_charge"] = tariff.demand_charge_per_kw * most
    if tariff.tiers:
        months = account.monthly(account.import_wh, account.edges_us)
        bill["tiers"] = sum(tier_cost(tariff, float(each.sum()) / 1e3) for each in months)
    engines = [each for each in record.scenario.components if isinstance(each, Chp)]
    if engines:
        totals = [(each, record.totals[each.id]) for each in engines]
        bill["fuel"] = sum(each.fuel_per_kwh * own.fuel_wh for each, own in totals) / 1e3
        bill["starts"] = sum(each.start_cost * own.starts for each, own in totals)
    return {**bill, "total": sum(bill.values()) - 2.0 * bill["export_revenue"]}


def days_of(record: Record, account: Account) -> list[dict[str, Any]]:
    """Return energies and the cost of energy for each local day that the run touches."""
    columns = {
        "import_kwh": account.import_wh / 1e3,
        "export_kwh": account.export_wh / 1e3,
        "load_kwh": account.load_wh / 1e3,
        "pv_kwh": account.pv_wh / 1e3,
        "ev_kwh": account.ev_wh / 1e3,
        "flexible_kwh": account.flexible_wh / 1e3,
        "chp_kwh": account.chp_wh / 1e3,
        "battery_in_kwh": account.charged_wh / 1e3,
        "battery_out_kwh": account.discharged_wh / 1e3,
        "energy_cost": (account.import_wh * account.buy - account.export_wh * account.sell) / 1e3,
    }
    sums = {name: account.per_day(values) for name, values in columns.items()}
    zone = record.scenario.zone
    return [
        {
            "date": from_us(int(start_us)).astimezone(zone).date().isoformat(),
            **{name: float(values[place]) for name, values in sums.items()},
        }
        for place, start_us in enumerate(account.days_us[:-1])
    ]
