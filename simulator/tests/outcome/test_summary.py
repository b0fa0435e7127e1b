import json
from math import exp

import pytest

from simulator.microgrid.dispatch import Categories
from simulator.microgrid.scenario_base import parse_instant
from simulator.microgrid.scenario_category import Category
from simulator.outcome.shape import iso, rounded
from simulator.outcome.summary import summarise
from simulator.outcome.tables import series_table
from simulator.tests.microgrid import sites
from simulator.tests.microgrid.sites import BATTERY, INVERTER, METER, MIN, PV, H

FULL = {"soc_initial": 0.95, "self_discharge_per_s": 0.0}


def flat(**more):
    tariff = {"buy_per_kwh": 0.30, "sell_per_kwh": 0.10, "fixed_per_day": 0.5, **more}
    return {"tariff": tariff}


def test_site_totals_of_a_constant_load_are_those_of_paper_and_pencil():
    scenario = sites.site(**flat(demand_charge_per_kw=2.0), co2={"g_per_kwh": 400.0})
    site = summarise(sites.run(scenario, load=1000.0, sub=500.0))["site"]
    assert site["import_kwh"] == site["load_kwh"] == 36.0
    assert site["export_kwh"] == site["pv_kwh"] == 0.0
    assert site["peak_import_kw"] == 1.5
    assert site["self_consumption"] is None
    assert site["autarky"] == 0.0
    assert site["cost"] == {
        "import": 10.8,
        "export_revenue": 0.0,
        "demand_charge": 3.0,
        "fixed": 0.5,
        "total": 14.3,
    }
    assert site["co2_kg"] == 14.4


def test_export_is_paid_for_and_counts_as_not_consumed():
    scenario = sites.site(hours=2, **flat())
    pv = sites.steps([3000.0, 0.0], H)
    site = summarise(sites.run(scenario, load=1000.0, pv=pv))["site"]
    assert (site["import_kwh"], site["export_kwh"], site["pv_kwh"]) == (1.0, 2.0, 3.0)
    assert site["self_consumption"] == pytest.approx(1 / 3, abs=1e-6)
    assert site["autarky"] == 0.5
    assert site["cost"]["total"] == pytest.approx(0.30 - 0.20 + 0.5 / 12, abs=1e-6)


def test_prices_apply_where_energy_flows_inside_a_quarter_hour():
    """A window that starts at 00:10 cuts a segment and a quarter hour."""
    window = {"from": "00:10", "to": "00:40", "buy_per_kwh": 1.0}
    scenario = sites.site(hours=1, **flat(windows=[window], fixed_per_day=0.0))
    site = summarise(sites.run(scenario, load=6000.0))["site"]
    assert site["cost"]["import"] == pytest.approx(3 * 0.30 + 3 * 1.0)


def test_peak_is_a_mean_of_a_quarter_hour_of_utc():
    scenario = sites.site(hours=1)
    load = [
        (sites.START, 0.0),
        (sites.START + 10 * MIN, 9000.0),
        (sites.START + 20 * MIN, 0.0),
    ]
    assert summarise(sites.run(scenario, load=load))["site"]["peak_import_kw"] == 3.0


def test_occurrences_have_the_form_of_the_contract():
    scenario = sites.site(hours=3, battery=FULL, inverter=sites.LOSSLESS_INVERTER)
    record = sites.run(
        scenario,
        sites.dispatch(
            7, at=H, s=1800, power_w=4000.0, target=Categories(categories=(Category(5),))
        ),
    )
    (row,) = summarise(record)["occurrences"]
    assert row["dispatch_id"] == 7
    assert (row["start"], row["end"]) == ("2026-01-01T01:00:00Z", "2026-01-01T01:30:00Z")
    assert row["component_ids"] == [INVERTER]
    assert (row["asked_kwh"], row["delivered_kwh"], row["shortfall_kwh"]) == (2.0, 0.0, 2.0)
    assert row["reason"] == "soc_max"
    assert sum(row["missing_kwh"].values()) == pytest.approx(2.0)


def test_components_balance_and_carry_their_names():
    scenario = sites.site(hours=24)
    record = sites.run(
        scenario,
        sites.dispatch(1, at=0, s=3600, power_w=5000.0),
        sites.dispatch(2, at=4 * H, s=3600, power_w=-4000.0),
        pv=2000.0,
        load=700.0,
    )
    summary = summarise(record)
    by_id = {each["id"]: each for each in summary["components"]}
    battery, inverter, site = by_id[BATTERY], by_id[INVERTER], summary["site"]
    assert (battery["category"], battery["type"]) == ("battery", "li_ion")
    assert battery["soc_start"] == 0.5
    stored = battery["stored_end_kwh"] - battery["stored_start_kwh"]
    moved = battery["charged_kwh"] - battery["discharged_kwh"]
    assert stored == pytest.approx(
        moved - battery["loss_kwh"] - battery["self_discharge_kwh"], abs=1e-5
    )
    assert site["battery_stored_change_kwh"] == pytest.approx(stored, abs=1e-5)
    assert inverter["in_kwh"] - inverter["out_kwh"] == pytest.approx(
        moved + inverter["loss_kwh"], abs=1e-5
    )
    assert by_id[PV]["produced_kwh"] == 48.0
    assert by_id[METER]["load_kwh"] == pytest.approx(16.8)
    assert site["import_kwh"] - site["export_kwh"] == pytest.approx(
        site["load_kwh"] - site["pv_kwh"] + stored + site["losses_kwh"] + site["aux_kwh"], abs=1e-5
    )


def test_local_days_and_months_add_up_over_a_change_of_clocks():
    start = parse_instant("2026-03-28T12:00:00Z")
    scenario = sites.site(hours=96, start_us=start, meta={"zone": "Europe/Berlin"}, **flat())
    summary = summarise(sites.run(scenario, load=1000.0))
    days = summary["days"]
    assert [each["date"] for each in days] == [f"2026-03-{day}" for day in (28, 29, 30, 31)] + [
        "2026-04-01"
    ]
    assert [round(each["load_kwh"], 3) for each in days] == [11, 23, 24, 24, 14]
    assert [each["month"] for each in summary["months"]] == ["2026-03", "2026-04"]
    assert sum(each["load_kwh"] for each in summary["months"]) == pytest.approx(96)
    assert days[1]["energy_cost"] == pytest.approx(6.9)


def test_summary_is_json_without_a_trace_of_this_run():
    scenario = sites.site(hours=2)
    texts = {
        json.dumps(summarise(sites.run(scenario, load=333.3)), allow_nan=False) for _ in range(2)
    }
    assert len(texts) == 1
    run = json.loads(texts.pop())["run"]
    assert (run["start"], run["end"]) == ("2026-01-01T00:00:00Z", "2026-01-01T02:00:00Z")
    assert len(run["scenario_sha256"]) == 64
    assert not run["clear_sky"]


def test_instants_and_figures_in_outputs():
    assert iso(0) == "1970-01-01T00:00:00Z"
    assert iso(1_500_000) == "1970-01-01T00:00:01.500000Z"
    assert json.dumps(rounded({"a": [-0.0, 0.12345678, 3]})) == '{"a": [0.0, 0.123457, 3]}'


def test_wind_is_counted_apart_from_pv():
    base = sites.site(hours=2).model_dump(by_alias=True)
    turbine = {"id": 9, "category": "wind_turbine", "rated_power_w": 4000.0, "input": "sub"}
    components = [*base["components"], turbine]
    connections = [*base["connections"], (METER, 9)]
    scenario = type(sites.site()).model_validate(
        {**base, "components": components, "connections": connections, "loads": []}
    )
    record = sites.run(scenario, sub=3000.0)
    summary = summarise(record)
    assert (summary["site"]["wind_kwh"], summary["site"]["pv_kwh"]) == (6.0, 0.0)
    assert summary["site"]["export_kwh"] == 6.0
    assert summary["components"][-1]["produced_kwh"] == 6.0
    assert series_table(record)["site.wind_w"].to_list() == [-3000.0] * 8


# Money, emissions and figures of further devices


def daily(name, *by_quarter_of_day):
    return {
        "name": name,
        "kind": "daily",
        "values": [v for v in by_quarter_of_day for _ in range(6)],
    }


def with_inputs(scenario, *entries, **top):
    whole = scenario.model_dump(by_alias=True)
    whole["inputs"] = (*whole["inputs"], *entries)
    return type(scenario).model_validate({**whole, **top})


def test_dynamic_prices_and_emissions_follow_their_series():
    scenario = with_inputs(
        sites.site(meta={"zone": "UTC"}),
        daily("spot", 100.0, 200.0, -50.0, 100.0),
        daily("carbon", 300.0, 100.0, 0.0, 500.0),
        tariff={"buy_per_kwh": 0.1, "buy_dynamic": {"input": "spot"}},
        co2={"input": "carbon"},
    )
    site = summarise(sites.run(scenario, load=2_000.0))["site"]
    # 12 kWh in each quarter of the day.
    assert site["cost"]["import"] == pytest.approx(12 * (0.2 + 0.3 + 0.05 + 0.2))
    assert site["co2_kg"] == pytest.approx(12 * 0.9)


def test_demand_charge_and_tiers_by_local_month():
    zone = {"zone": "Europe/Berlin"}
    start_us = parse_instant("2026-03-31T12:00:00+02:00")
    tariff = {
        "demand_charge_per_kw": 2.0,
        "demand_period": "month",
        "tiers": [{"above_kwh": 10, "adds_per_kwh": 0.5}],
    }
    scenario = sites.site(hours=24, meta=zone, start_us=start_us, tariff=tariff)
    # 12 h at 1 kW in March, 12 h at 3 kW in April; 10 kWh of each month are free of the surcharge.
    load = sites.steps([1_000.0, 3_000.0], 12 * H, start_us)
    cost = summarise(sites.run(scenario, load=load))["site"]["cost"]
    assert (cost["demand_charge"], cost["tiers"]) == (8.0, pytest.approx(0.5 * (2 + 26)))
    assert cost["total"] == pytest.approx(22.0)


def test_fuel_and_starts_of_an_engine_are_paid_for():
    chp = {"electrical_efficiency": 0.3, "fuel_per_kwh": 0.08, "start_cost": 1.5}
    scenario = sites.plant(hours=4, chp=chp)
    record = sites.run(
        scenario,
        sites.dispatch(1, "chp_run", ids=(sites.CHP,), power_pu=1.0),
        sites.dispatch(2, "chp_run", at=2 * H, ids=(sites.CHP,), power_pu=0.5),
        load=1_000.0,
    )
    summary = summarise(record)
    assert summary["site"]["cost"]["fuel"] == pytest.approx(9.0 / 0.3 * 0.08)
    assert summary["site"]["cost"]["starts"] == 3.0
    assert (summary["site"]["chp_kwh"], summary["site"]["chp_fuel_kwh"]) == (9.0, 30.0)
    (engine,) = (each for each in summary["components"] if each["category"] == "chp")
    assert engine["starts"] == 2


def test_vehicles_and_controllable_loads_are_consumption():
    scenario = sites.plant(
        hours=4,
        ev={"sessions": [sites.stay(0, 1, 22_000.0), sites.stay(2, 3, 5_500.0)]},
        load={"input": "sub"},
    )
    site = summarise(sites.run(scenario, load=1_000.0, sub=500.0))["site"]
    assert (site["load_kwh"], site["ev_kwh"], site["flexible_kwh"]) == (6.0, 16.5, 2.0)
    assert (site["consumption_kwh"], site["autarky"]) == (24.5, 0.0)
    assert site["ev"] == {
        "departures": 2,
        "satisfied": 1,
        "wanted_kwh": 27.5,
        "missing_kwh": 11.0,
    }


def test_cycles_and_mean_charge_of_a_battery():
    scenario = sites.site(hours=4, **sites.bare(soc_initial=0.25))
    record = sites.run(
        scenario, sites.dispatch(1, power_w=5_000.0), sites.dispatch(2, at=H, power_w=-5_000.0)
    )
    summary = summarise(record)
    assert summary["site"]["battery_cycles"] == 0.25
    (battery,) = (each for each in summary["components"] if each["category"] == "battery")
    # 0.25 to 0.5 and back within two of four hours.
    assert battery["soc_mean"] == pytest.approx(0.25 + 0.25 / 4)
    assert battery["equivalent_full_cycles"] == 0.25


def test_mean_charge_follows_the_exponential_of_a_taper():
    record = sites.run(
        sites.site(hours=1, inverter=sites.LOSSLESS_INVERTER, battery={"soc_initial": 0.85}),
        sites.dispatch(1, power_w=10_000.0),
    )
    summary = summarise(record)
    (battery,) = (each for each in summary["components"] if each["category"] == "battery")
    lam = 10_000.0 * 0.975 / 2_000.0  # 1/h
    assert battery["soc_mean"] == pytest.approx(0.95 - 0.1 * (1 - exp(-lam)) / lam, rel=1e-4)
