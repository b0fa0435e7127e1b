"""Speed, exactness and size of the three engines on the whole site, beside peers in one run.

Speeds are site-hours for each second of the processor in one thread. Those of the reference engine
are whole runs from the scenario to the record; those of the fast ones are sweeps over the capacity
of a battery, from scenarios to bills. Peers run in environments of their own.
"""

from __future__ import annotations

import gc
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks import whole_site
from benchmarks.euler import exact_import_wh, stepped_import_wh
from benchmarks.harness import Result
from benchmarks.whole_site import BATTERY, CHARGER, GRID, METER, PV, YEAR_H
from interop.environments import environment
from simulator.engines import Case, record
from simulator.microgrid.record import Record
from simulator.microgrid.scenario import Scenario
from simulator.sweep.figures import exact_figures, figures_of

PEERS = Path(__file__).parent / "peers"
MICROGRID = ("python-microgrid==1.4.1", "numpy<2", "cvxpy<1.6", "pandas==2.2.*")
"""Its newest release does not run on NumPy 2."""
PEER = "python-microgrid"
"""Knows neither vehicles nor dispatches; its whole site: two batteries, two loads, PV, a tariff."""
PEER_SCRIPT = "run_python_microgrid.py"
PYSAM = ("nrel-pysam>=7,<8", "numpy")
ROUNDS = 3
MINUTE, QUARTER, HOUR = 60, 900, 3600
STEPS = {HOUR: "1 h", QUARTER: "15 min", MINUTE: "1 min"}
REFERENCE = {HOUR: (YEAR_H, 20_000.0), QUARTER: (YEAR_H, 5_000.0), MINUTE: (60 * 24, 500.0)}
"""Hours that are run, and the wanted speed."""
VARIANTS = 200
COMPILED = {QUARTER: (VARIANTS, 2_000_000.0), MINUTE: (VARIANTS // 5, 100_000.0)}
"""Variants of a year that are run, and the wanted speed."""
LANES, LANE_HOURS = 300, 15 * 24


def run() -> list[Result]:
    """Return every row."""
    speeds = {step: _reference(step, hours) for step, (hours, _) in REFERENCE.items()}
    compiled = {step: _sweep("compiled", step, n, YEAR_H) for step, (n, _) in COMPILED.items()}
    compiled[HOUR] = _sweep("compiled", HOUR, VARIANTS, YEAR_H)
    batch = _sweep("batch", QUARTER, LANES, LANE_HOURS)
    clock = "one second of processor time"
    rows = [
        *(
            _speed(f"reference, a year at {STEPS[step]}", speeds[step], clock, REFERENCE[step][1])
            for step in REFERENCE
        ),
        *(
            _speed(f"compiled, a sweep at {STEPS[step]}", compiled[step], clock, wanted)
            for step, (_, wanted) in COMPILED.items()
        ),
        _against(f"batch, {LANES} sites side by side at 15 min", batch, speeds[QUARTER], 1.0),
    ]
    with TemporaryDirectory() as folder:
        series = Path(folder) / "series.npz"
        build = whole_site.inputs(HOUR)
        columns: dict[str, Any] = whole_site.peer_series()
        np.savez(series, **columns)
        whole_peer = plain_peer = pysam = plain = plain_compiled = 0.0
        for _ in range(ROUNDS):
            # In turn, so that a machine's moods cancel out.
            whole_peer = max(whole_peer, _peer(MICROGRID, PEER_SCRIPT, series, "whole"))
            speeds[HOUR] = max(speeds[HOUR], _reference(HOUR, YEAR_H))
            plain_peer = max(plain_peer, _peer(MICROGRID, PEER_SCRIPT, series, "plain"))
            plain = max(plain, _speed_of(_case_of(whole_site.plain(), build)))
            pysam = max(pysam, _peer(PYSAM, "run_pysam.py", series))
            compiled[HOUR] = max(compiled[HOUR], _sweep("compiled", HOUR, VARIANTS, YEAR_H))
            cases = _capacities(whole_site.plain(), HOUR, VARIANTS)
            plain_compiled = max(plain_compiled, _sweep_of("compiled", cases))
    rows += [
        _peer_row("reference at 1 h, whole site", speeds[HOUR], PEER, whole_peer, 15.0),
        _peer_row("reference at 1 h, whole to plain", speeds[HOUR], PEER, plain_peer, 0.0),
        _peer_row("reference at 1 h, plain site", plain, PEER, plain_peer, 15.0),
        _peer_row("compiled at 1 h, whole site", compiled[HOUR], PEER, whole_peer, 1_000.0),
        _peer_row("compiled at 1 h, plain site", plain_compiled, PEER, plain_peer, 1_000.0),
        _peer_row("compiled at 1 h", compiled[HOUR], "one PySAM battery", pysam, 1.0),
    ]
    rows[0] = _speed(rows[0].name, speeds[HOUR], clock, REFERENCE[HOUR][1])
    return [*rows, *_exactness(), *_sizes()]


# Speed


def _reference(step_s: int, hours: int) -> float:
    return _speed_of(_case(step_s, hours))


def _speed_of(case: Case) -> float:
    """Return the hours that the reference engine runs in a second of the processor."""
    hours = (case.end_us - case.start_us) / whole_site.HOUR_US
    return hours / _least(lambda: record(case))


def _sweep(engine: str, step_s: int, variants: int, hours: int) -> float:
    return _sweep_of(engine, _variants(step_s, variants, hours))


def _sweep_of(engine: str, cases: list[Case]) -> float:
    """Return the hours that a sweep runs in a second of the processor, machine code at hand."""
    hours = sum(each.end_us - each.start_us for each in cases) / whole_site.HOUR_US
    exact_figures(cases[:1], engine)
    return hours / _least(lambda: exact_figures(cases, engine))


def _least(call: Callable[[], object]) -> float:
    """Return the processor seconds of the quickest of a few calls."""
    seconds = []
    for _ in range(ROUNDS):
        gc.collect()
        begin = time.thread_time()
        call()
        seconds.append(time.thread_time() - begin)
    return min(seconds)


def _case(step_s: int, hours: int) -> Case:
    return _variants(step_s, 1, hours)[0]


def _variants(step_s: int, count: int, hours: int) -> list[Case]:
    return _capacities(whole_site.site(hours), step_s, count)


def _capacities(base: Scenario, step_s: int, count: int) -> list[Case]:
    """Return a sweep over the capacity of a battery of a site."""
    build = whole_site.inputs(step_s)
    cases = []
    for i in range(count):
        capacity = {"capacity_wh": 20_000.0 + 100.0 * i}
        components = tuple(
            each.model_copy(update=capacity) if each.id == BATTERY else each
            for each in base.components
        )
        cases.append(_case_of(base.model_copy(update={"components": components}), build))
    return cases


def _case_of(scenario: Scenario, build: whole_site.Build) -> Case:
    meta = scenario.meta
    return Case(
        scenario=scenario,
        start_us=meta.start_us,
        end_us=meta.end_us,
        seed=1,
        inputs=build,
    )


def _end_us(hours: int) -> int:
    return whole_site.START_US + hours * whole_site.HOUR_US


def _peer(requirements: Sequence[str], script: str, series: Path, *more: str) -> float:
    """Return the steps that a peer does in a second of the processor."""
    done = subprocess.run(
        [str(environment(requirements)), str(PEERS / script), str(series), str(YEAR_H), *more],
        check=True,
        capture_output=True,
        text=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    return float(found["steps"] / found["seconds"])


# Exactness


def _exactness() -> list[Result]:
    case = _case(QUARTER, 30 * 24)
    records = {engine: record(case, engine) for engine in ("reference", "batch", "compiled")}
    rows = [
        _at_most(f"energy balance, {engine}", _residual(each), "of the throughput", 1e-9)
        for engine, each in records.items()
    ]
    wanted = figures_of(records["reference"])
    for engine in ("batch", "compiled"):
        (found,) = exact_figures([case], engine)
        assert not isinstance(found, Exception)
        gap = max(_gap(wanted, found), _gap_of_states(records["reference"], records[engine]))
        rows.append(_at_most(f"{engine} against the reference", gap, "relative", 1e-9))
    exact = exact_import_wh()
    coarse, fine = stepped_import_wh(20.0) - exact, stepped_import_wh(2.0) - exact
    ratio = coarse / fine
    rows.append(
        Result(
            name="explicit Euler steps of 20 s, wrong by",
            value=coarse,
            unit="Wh",
            against=f"steps of 2 s, wrong by {fine:.3g} Wh (8 to 12)",
            ratio=ratio,
            wanted=10.0,
            holds=8.0 <= ratio <= 12.0,
        )
    )
    return rows


def _residual(found: Record) -> float:
    """Return what the energy balance of the site lacks, as a fraction of what flowed."""
    totals = found.totals
    net = totals[GRID].in_wh - totals[GRID].out_wh + totals[PV].out_wh
    used = totals[METER].load_wh + totals[CHARGER].in_wh
    flowed = totals[GRID].in_wh + totals[GRID].out_wh + totals[PV].out_wh
    for each in totals.values():
        if each.start_wh:
            used += each.end_wh - each.start_wh + each.self_discharge_wh + each.loss_wh
            flowed += each.in_wh
    for info in found.components:
        if info.kind == "battery_inverter":
            used += totals[info.id].loss_wh + totals[info.id].aux_wh
    return abs(net - used) / flowed


def _gap(one: object, other: object) -> float:
    """Return the largest relative difference of nested figures."""
    if isinstance(one, dict) and isinstance(other, dict):
        return max((_gap(one[key], other[key]) for key in one), default=0.0)
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) / max(abs(one), abs(other), 1.0)
    return 0.0 if one == other else float("inf")


def _gap_of_states(one: Record, other: Record) -> float:
    """Return the largest difference of a state of charge at the end of any segment."""
    return max(
        float(np.max(np.abs(column - other.segments[name])))
        for name, column in one.segments.items()
        if name.endswith("soc_end") and not np.isnan(column).any()
    )


# Size


def _sizes() -> list[Result]:
    return [
        _at_most("memory, a year at 1 min with ten columns", _resident_mb(), "MB", 150.0),
        _at_most("gridproof simulate --help", _help_s(), "s", 0.5),
    ]


def _resident_mb() -> float:
    """Return the largest resident size of a process that runs a year with the reference engine."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.year_in_memory"],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)


def _help_s() -> float:
    """Return the processor seconds of the command, the best of a few runs."""
    seconds = []
    for _ in range(ROUNDS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-m", "gridproof", "simulate", "--help"],
            check=True,
            capture_output=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(seconds)


# Rows


def _speed(name: str, speed: float, against: str, wanted: float) -> Result:
    return Result(
        name=name,
        value=speed,
        unit="site-hours/s",
        against=against,
        ratio=speed,
        wanted=wanted,
        holds=speed >= wanted,
    )


def _against(name: str, speed: float, other: float, wanted: float) -> Result:
    ratio = speed / other
    return Result(
        name=name,
        value=speed,
        unit="site-hours/s",
        against=f"the reference at 15 min ({other:,.0f})",
        ratio=ratio,
        wanted=wanted,
        holds=ratio >= wanted,
    )


def _peer_row(name: str, speed: float, peer: str, theirs: float, wanted: float) -> Result:
    ratio = speed / theirs
    return Result(
        name=name,
        value=speed,
        unit="site-hours/s",
        against=f"{peer}, same series ({theirs:,.0f})",
        ratio=ratio,
        wanted=wanted,
        holds=ratio >= wanted,
    )


def _at_most(name: str, value: float, unit: str, wanted: float) -> Result:
    return Result(
        name=name,
        value=value,
        unit=f"{unit} (at most)",
        against="the bound",
        ratio=value / wanted,
        wanted=1.0,
        holds=value <= wanted,
    )
