"""A year of python-microgrid: battery, PV, load and grid under its rule-based control.

Runs in an environment of its own: `python run_python_microgrid.py SERIES.npz STEPS`; the file has
`load` and `pv` in kW, one value for each step. Prints seconds of the processor for the steps.
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

series, steps = np.load(sys.argv[1]), int(sys.argv[2])
count = len(series["load"])
battery = BatteryModule(
    min_capacity=2.0,
    max_capacity=20.0,
    max_charge=10.0,
    max_discharge=10.0,
    efficiency=0.95,
    init_soc=0.5,
)
price = np.full(count, 0.28)
grid = GridModule(
    max_import=80.0,
    max_export=80.0,
    time_series=np.stack([price, np.full(count, 0.08), np.full(count, 0.36)], axis=1),
)
site = Microgrid(
    [
        ("battery", battery),
        ("load", LoadModule(time_series=series["load"])),
        ("pv", RenewableModule(time_series=series["pv"])),
        ("grid", grid),
    ]
)
control = RuleBasedControl(site)
begin = time.process_time()
control.run(max_steps=steps)
seconds = time.process_time() - begin
print(json.dumps({"seconds": seconds, "steps": steps}))
