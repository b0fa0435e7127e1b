import numpy as np
import pytest

from simulator.outcome.run import run
from simulator.outcome.summary import summarise
from simulator.outcome.whatif import rows, what_if
from simulator.outcome.whatif_reference import reference_of
from simulator.tests.microgrid import sites
from simulator.tests.microgrid.sites import MIN, START, H

STRETCH = {"start_us": START, "end_us": START + 3 * H, "seed": 5}


def scenario(**more):
    constant = [
        {"name": name, "kind": "constant", "power_w": power_w}
        for name, power_w in (("load", 1000.0), ("sub", 0.0), ("pv", 500.0))
    ]
    return sites.site(hours=3, base_strategy="self_consumption", inputs=constant, **more)


def compared(*dispatches):
    site = scenario()
    summary = summarise(run(site, schedule=dispatches, **STRETCH))
    reference = reference_of(site, **STRETCH)
    summary["what_if"] = what_if(summary["site"], reference.site)
    return summary, reference


def test_difference_is_with_minus_without():
    summary, reference = compared(sites.dispatch(1, at=30 * MIN, s=3600, power_w=5000.0))
    site, found = summary["site"], summary["what_if"]
    assert found["without"] == reference.site
    assert found["difference"]["import_kwh"] == pytest.approx(
        site["import_kwh"] - reference.site["import_kwh"], abs=1e-6
    )
    assert found["difference"]["import_kwh"] > 1.0
    assert found["difference"]["cost"].keys() == site["cost"].keys()
    assert "currency" not in found["difference"]
    assert found["difference"]["co2_kg"] is None


def test_dry_runs_and_inactive_dispatches_change_nothing():
    summary, _ = compared(
        sites.dispatch(1, at=30 * MIN, s=3600, power_w=5000.0, dry_run=True),
        sites.dispatch(2, at=30 * MIN, s=3600, power_w=5000.0, active=False),
    )
    ignored = ("asked_kwh", "shortfall_kwh")
    flat = [
        value
        for key, value in summary["what_if"]["difference"].items()
        if key not in ignored and isinstance(value, float)
    ]
    assert len(flat) > 10
    assert set(flat) == {0.0}


def test_rows_are_figures_that_the_site_has():
    summary, _ = compared(sites.dispatch(1, at=30 * MIN, s=3600, power_w=5000.0))
    found = {row.label: row for row in rows(summary)}
    assert list(found)[:3] == ["import", "export", "cost"]
    assert "CO2" not in found
    assert found["cost"].unit == "EUR"
    share = found["self-consumption of PV"]
    assert share.with_them == pytest.approx(100 * summary["site"]["self_consumption"])


def test_reference_has_the_mean_of_each_quarter_hour():
    _, reference = compared()
    assert len(reference.grid_kw) == 12
    assert np.sum(reference.grid_kw) / 4 == pytest.approx(
        reference.site["import_kwh"] - reference.site["export_kwh"], abs=1e-6
    )
