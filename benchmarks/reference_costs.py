"""The least that a site can cost over a stretch, by linear programming (HiGHS).

`python -m benchmarks.reference_costs` computes it for the frozen scenarios and keeps it, with the
quarter-hourly inputs, where `simulator.outcome.optimum` reads it. Unknowns for each quarter hour:
import, export and used PV of the site, DC charge and discharge and stored energy of each battery.
Whatever the programme leaves out would only make a schedule dearer, so its result is a bound.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.microgrid.scenario import Scenario, load
from simulator.microgrid.scenario_base import from_us
from simulator.microgrid.scenario_components import Battery, GridConnectionPoint, Inverter
from simulator.microgrid.scenario_site import BaseStrategy
from simulator.outcome.accounts import Account, cost, peaks
from simulator.outcome.optimum import Optimum, digest
from simulator.outcome.run import run

FROZEN = ("home", "commercial", "sharing")
FOLDER = Path(__file__).parents[1] / "fixtures" / "data" / "optima"
COLUMNS = ("load_kw", "pv_kw", "buy_per_kwh", "sell_per_kwh")
_H = 0.25

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Means of each quarter hour, and the idle site's cost in the tariff's currency."""

    t_us: NDArray[np.int64]
    load_kw: Floats
    pv_kw: Floats
    buy_per_kwh: Floats
    sell_per_kwh: Floats
    idle: float


def inputs_of(scenario: Scenario) -> Inputs:
    """Return what the site does by itself: no dispatch, no fault, batteries at rest."""
    idle = scenario.model_copy(
        update={"dispatches": (), "faults": (), "base_strategy": BaseStrategy()}
    )
    idle._folder = scenario.folder
    record = run(idle)
    account = Account(record)
    quarters = account.quarters_us
    curtailed = np.zeros(len(quarters) - 1)
    for info in record.components:
        if info.kind == "pv_inverter":
            curtailed += account.trajectory.amounts(f"c{info.id}.curtailed_wh", quarters)
    consumed = account.load_wh + account.ev_wh + account.flexible_wh
    aux_kw = (
        sum(each.aux_power_w for each in scenario.components if isinstance(each, Battery)) / 1e3
    )
    buy, sell = account.prices.at(quarters[:-1])
    return Inputs(
        t_us=quarters[:-1],
        load_kw=account.per_quarter(consumed) / 1e3 / _H + aux_kw,
        pv_kw=(account.per_quarter(account.pv_wh) + curtailed) / 1e3 / _H,
        buy_per_kwh=buy,
        sell_per_kwh=sell,
        idle=float(cost(record, account, peaks(account)[0])["total"]),
    )


def least_cost(scenario: Scenario, inputs: Inputs) -> float:
    """Return the least cost of the stretch, in the tariff's currency.

    Raises:
        ValueError: the tariff has parts that the programme does not know.
        RuntimeError: the solver found no optimum.
    """
    tariff = scenario.tariff
    if (
        tariff.tiers
        or tariff.demand_period == "month"
        or (inputs.sell_per_kwh > inputs.buy_per_kwh).any()
    ):
        raise ValueError(
            f"{scenario.meta.name}: tiers, monthly demand or export dearer than import"
        )
    programme = _Programme()
    (grid,) = (each for each in scenario.components if isinstance(each, GridConnectionPoint))
    most_out = np.inf if grid.export_limit_w is None else grid.export_limit_w / 1e3
    peak = programme.variable(cost=tariff.demand_charge_per_kw)
    stores = [_Store(programme, scenario, each) for each in _batteries(scenario)]
    for step, load_kw in enumerate(inputs.load_kw):
        bought = programme.variable(cost=inputs.buy_per_kwh[step] * _H)
        sold = programme.variable(cost=-inputs.sell_per_kwh[step] * _H, most=most_out)
        sun = programme.variable(most=inputs.pv_kw[step])
        balance = {bought: 1.0, sold: -1.0, sun: 1.0}
        for store in stores:
            balance |= store.step(programme)
        programme.equal(balance, load_kw)
        programme.at_most({bought: 1.0, peak: -1.0}, 0.0)
    _limit_inverters(programme, scenario, stores)
    fixed = tariff.fixed_per_day * len(inputs.t_us) * _H / 24.0
    return programme.solve() + fixed


def _batteries(scenario: Scenario) -> Iterable[Battery]:
    return (each for each in scenario.components if isinstance(each, Battery))


class _Store:
    """One battery in the programme: kWh stored after each step, DC kW in and out."""

    def __init__(self, programme: _Programme, scenario: Scenario, battery: Battery) -> None:
        self.battery = battery
        self.inverter = _above(scenario, battery.id)
        full = battery.capacity_wh * battery.soh / 1e3
        start = battery.soc_initial * full
        meta = scenario.meta
        left = np.exp(-battery.self_discharge_per_s * (meta.end_us - meta.start_us) / 1e6)
        # A window is what dispatches may do: self-discharge may take an empty battery below it.
        self._least = min(battery.soc_min * full, start) * float(left)
        self._most = battery.soc_max * full
        self.stored = programme.variable(least=start, most=start)
        self.flows: list[tuple[int, int]] = []

    def step(self, programme: _Programme) -> dict[int, float]:
        """Add a quarter hour; returns what the battery adds to the site's balance."""
        battery, loss = self.battery, self.inverter.proportional_loss
        into = programme.variable(most=battery.max_charge_w / 1e3)
        out = programme.variable(most=battery.max_discharge_w / 1e3)
        after = programme.variable(least=self._least, most=self._most)
        kept = float(np.exp(-battery.self_discharge_per_s * _H * 3600.0))
        programme.equal(
            {
                after: 1.0,
                self.stored: -kept,
                into: -battery.charge_efficiency * _H,
                out: _H / battery.discharge_efficiency,
            },
            0.0,
        )
        self.stored = after
        self.flows.append((into, out))
        return {into: -(1.0 + loss), out: 1.0 - loss}


def _limit_inverters(programme: _Programme, scenario: Scenario, stores: list[_Store]) -> None:
    """Hold what the batteries behind one inverter exchange within its rating, in each step."""
    for inverter in {store.inverter.id: store.inverter for store in stores}.values():
        behind = [store.flows for store in stores if store.inverter.id == inverter.id]
        for flows in zip(*behind, strict=True):
            rated = inverter.rated_power_w / 1e3
            loss = inverter.proportional_loss
            programme.at_most({into: 1.0 + loss for into, _ in flows}, rated)
            programme.at_most({out: 1.0 - loss for _, out in flows}, rated)


def _above(scenario: Scenario, battery_id: int) -> Inverter:
    (inverter,) = (first for first, second in scenario.connections if second == battery_id)
    component = scenario.component(inverter)
    assert isinstance(component, Inverter)  # checked when the scenario was read
    return component


@dataclass
class _Programme:
    """Columns and rows as they come, handed to HiGHS at once."""

    costs: list[float] = field(default_factory=list)
    bounds: list[tuple[float, float]] = field(default_factory=list)
    rows: list[tuple[dict[int, float], float, float]] = field(default_factory=list)

    def variable(self, *, cost: float = 0.0, least: float = 0.0, most: float = np.inf) -> int:
        self.costs.append(float(cost))
        self.bounds.append((float(least), float(most)))
        return len(self.costs) - 1

    def equal(self, terms: dict[int, float], value: float) -> None:
        self.rows.append((terms, float(value), float(value)))

    def at_most(self, terms: dict[int, float], value: float) -> None:
        self.rows.append((terms, -np.inf, float(value)))

    def solve(self) -> float:
        import highspy

        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(self.costs), len(self.rows)
        model.col_cost_ = np.array(self.costs)
        model.col_lower_ = np.array([least for least, _ in self.bounds])
        model.col_upper_ = np.array([most for _, most in self.bounds])
        model.row_lower_ = np.array([least for _, least, _ in self.rows])
        model.row_upper_ = np.array([most for _, _, most in self.rows])
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        starts = np.cumsum([0, *(len(terms) for terms, _, _ in self.rows)])
        model.a_matrix_.start_ = starts.astype(np.int32)
        model.a_matrix_.index_ = np.array([key for terms, _, _ in self.rows for key in terms])
        model.a_matrix_.value_ = np.array([v for terms, _, _ in self.rows for v in terms.values()])
        solver = highspy.Highs()  # type: ignore[no-untyped-call]  # has no types
        solver.setOptionValue("output_flag", False)
        solver.passModel(model)
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise RuntimeError(f"HiGHS: {solver.modelStatusToString(solver.getModelStatus())}")
        return float(solver.getInfo().objective_function_value)


def write(scenario: Scenario, inputs: Inputs, folder: Path) -> None:
    """Keep the inputs of a scenario as a table."""
    with (folder / f"{scenario.meta.name}.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("time", *COLUMNS))
        for step, t_us in enumerate(inputs.t_us.tolist()):
            values = (getattr(inputs, column)[step] for column in COLUMNS)
            moment = from_us(t_us).strftime("%Y-%m-%dT%H:%MZ")
            table.writerow((moment, *(f"{value:.6f}" for value in values)))


def main() -> None:
    """Compute and keep the reference of every frozen scenario."""
    FOLDER.mkdir(exist_ok=True)
    kept: list[dict[str, Any]] = []
    for name in FROZEN:
        scenario = load(name)
        inputs = inputs_of(scenario)
        least = least_cost(scenario, inputs)
        write(scenario, inputs, FOLDER)
        entry = Optimum(
            scenario=name,
            digest=digest(scenario),
            idle=round(inputs.idle, 4),
            least=round(least, 4),
        )
        kept.append(asdict(entry))
        print(f"{name}: idle {inputs.idle:.2f}, least {least:.2f} {scenario.tariff.currency}")
    (FOLDER / "optima.json").write_text(json.dumps(kept, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
