"""A year of PySAM's stateful battery alone, one call for each step, as fast as its kernel goes.

Runs in an environment of its own: `python run_pysam.py SERIES.npz STEPS`; the file has `load` and
`pv` in kW. Prints seconds of the processor for the steps.
"""

import json
import sys
import time

import numpy as np
from PySAM import BatteryStateful  # type: ignore[import-not-found]

series, steps = np.load(sys.argv[1]), int(sys.argv[2])
power = (series["load"] - series["pv"]).tolist()
battery = BatteryStateful.default("LFPGraphite")
control = {"control_mode": 1, "input_power": 0.0, "dt_hr": 1.0}
for name, value in control.items():
    battery.Controls.__setattr__(name, value)
state = {"initial_SOC": 50.0, "minimum_SOC": 10.0, "maximum_SOC": 95.0}
for name, value in state.items():
    battery.ParamsCell.__setattr__(name, value)
battery.setup()
begin = time.process_time()
for step in range(steps):
    battery.Controls.input_power = max(min(power[step], 5.0), -5.0)
    battery.execute(0)
seconds = time.process_time() - begin
print(json.dumps({"seconds": seconds, "steps": steps}))
