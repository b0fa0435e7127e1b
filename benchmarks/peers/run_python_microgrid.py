"""A year of python-microgrid: batteries, PV, loads and grid under its rule-based control.

Runs in an environment of its own, with a file of series, the number of steps, and `whole` or
`plain`. The file has `load`, `pv` and `vehicle` in kW and `price` for a kWh, one value for each
step. The whole site has two batteries, a vehicle as a further load and the price by time of use;
the plain one has one battery, one load and one price. Prints seconds of the processor.
"""

import json
import sys
import time
import warnings

warnings.simplefilter("ignore")

import numpy as np  # noqa: E402 - after the warnings
from pymgrid import Microgrid  # type: ignore[import-not-found]  # noqa: E402
from pymgrid.algos import RuleBasedControl  # type: ignore[import-not-found]  # noqa: E402
from pymgrid.modules import BatteryModule, GridModule, LoadModule, RenewableModule  # type: ignore[import-not-found]  # noqa: E402

series, steps, whole = np.load(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "whole"
count = len(series["load"])


def battery(capacity_kwh: float, power_kw: float, soc: float) -> BatteryModule:
    """A battery that keeps a tenth."""
    return BatteryModule(
        min_capacity=0.1 * capacity_kwh,
        max_capacity=capacity_kwh,
        max_charge=power_kw,
        max_discharge=power_kw,
        efficiency=0.95,
        init_soc=soc,
    )


price = series["price"] if whole else np.full(count, 0.28)
grid = GridModule(
    max_import=80.0,
    max_export=80.0,
    time_series=np.stack([price, np.full(count, 0.08), np.full(count, 0.36)], axis=1),
)
modules = [
    ("battery", battery(20.0, 10.0, 0.5)),
    ("load", LoadModule(time_series=series["load"])),
    ("pv", RenewableModule(time_series=series["pv"])),
    ("grid", grid),
]
if whole:
    modules += [
        ("second battery", battery(12.0, 6.0, 0.4)),
        ("vehicle", LoadModule(time_series=series["vehicle"])),
    ]
site = Microgrid(modules)
control = RuleBasedControl(site)
begin = time.process_time()
control.run(max_steps=steps)
seconds = time.process_time() - begin
print(json.dumps({"seconds": seconds, "steps": steps}))
