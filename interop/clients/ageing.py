"""Runs beside BLAST-Lite: lets models of cells live through given years, hour by hour.

Reads a JSON file with `years`, `cells` and `duties` (hourly pairs of state of charge and degrees
Celsius of a year, by name); prints the capacity left at each year's end.
"""

import json
import sys

import numpy as np
from blast import models


def live(cell, hours, years):
    soc, celsius = np.array([*hours, hours[0]]).T
    model = getattr(models, cell)()
    year = {
        "Time_s": np.arange(len(soc)) * 3600.0,
        "SOC": np.clip(soc, 0.0, 1.0),
        "Temperature_C": celsius,
    }
    model.simulate_battery_life(year, threshold_time=years)
    at = model.stressors["t_days"] / 365.0
    return np.interp(np.arange(1, years + 1), at, model.outputs["q"]).tolist()


def main(path):
    with open(path) as file:
        job = json.load(file)
    found = {
        cell: {name: live(cell, hours, job["years"]) for name, hours in job["duties"].items()}
        for cell in job["cells"]
    }
    print(json.dumps(found))


main(sys.argv[1])
