"""The kept least costs follow from their kept inputs, are those of today's scenarios, and bound."""

import csv
import json
from math import isclose

import numpy as np
import pytest

from benchmarks.reference_costs import COLUMNS, FOLDER, FROZEN, Inputs, inputs_of, least_cost
from simulator.microgrid.scenario import load
from simulator.outcome.optimum import Optimum, digest, optimum_of, sentence
from simulator.outcome.run import run
from simulator.outcome.summary import summarise

ENTRIES = {
    entry["scenario"]: Optimum(**entry)
    for entry in json.loads((FOLDER / "optima.json").read_text())
}


def kept_inputs(name):
    rows = list(csv.DictReader((FOLDER / f"{name}.csv").read_text("utf-8").splitlines()))
    columns = {column: np.array([float(row[column]) for row in rows]) for column in COLUMNS}
    return Inputs(t_us=np.arange(len(rows)) * 900_000_000, idle=0.0, **columns)


@pytest.mark.parametrize("name", FROZEN)
def test_the_least_cost_follows_from_the_kept_inputs(name):
    assert isclose(least_cost(load(name), kept_inputs(name)), ENTRIES[name].least, abs_tol=1e-3)


@pytest.mark.parametrize("name", FROZEN)
def test_the_kept_inputs_are_those_of_the_shipped_scenario(name):
    scenario = load(name)
    fresh, kept = inputs_of(scenario), kept_inputs(name)
    assert digest(scenario) == ENTRIES[name].digest
    assert isclose(fresh.idle, ENTRIES[name].idle, abs_tol=1e-3)
    for column in COLUMNS:
        assert np.allclose(getattr(fresh, column), getattr(kept, column), atol=1e-6)


@pytest.mark.parametrize("name", FROZEN)
def test_no_run_undercuts_it(name):
    summary = summarise(run(load(name)))
    assert summary["site"]["cost"]["total"] >= ENTRIES[name].least
    assert summary["optimum"]["reached"] <= 1.0
    assert "% of the optimum" in sentence(summary)


def test_a_greedy_schedule_comes_closer_than_an_idle_site():
    scenario = load("sharing")
    idle = summarise(run(scenario, schedule=()))["optimum"]["reached"]
    own = summarise(run(scenario))["optimum"]["reached"]
    assert isclose(idle, 0.0, abs_tol=1e-6)
    assert own > idle


def test_another_stretch_seed_or_tariff_has_no_reference():
    scenario = load("home")
    meta = scenario.meta
    assert optimum_of(scenario, meta.start_us, meta.end_us, meta.seed) is not None
    assert optimum_of(scenario, meta.start_us, meta.end_us - 1, meta.seed) is None
    assert optimum_of(scenario, meta.start_us, meta.end_us, meta.seed + 1) is None
    dearer = scenario.model_copy(
        update={"tariff": scenario.tariff.model_copy(update={"buy_per_kwh": 0.5})}
    )
    assert optimum_of(dearer, meta.start_us, meta.end_us, meta.seed) is None


def test_a_tariff_beyond_the_programme_is_refused_by_name():
    scenario = load("home")
    monthly = scenario.model_copy(
        update={"tariff": scenario.tariff.model_copy(update={"demand_period": "month"})}
    )
    with pytest.raises(ValueError, match=r"home: .* monthly demand"):
        least_cost(monthly, kept_inputs("home"))
