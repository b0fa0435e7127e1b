"""`gridproof sweep`: a scenario run many times with its values varied.

Plans every run first and refuses what the schema refuses; then runs them on this machine or on a
Dask cluster, keeps each result as it comes, and tells which values are cheap and which matter.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fixtures.terminal import Exit, fail, progress, say

from . import run_options as options

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from simulator.sweep.crews import Crew
    from simulator.sweep.plan import Plan
    from simulator.sweep.results import Results

VARY_HELP = "What to vary, and the values; repeatable: v1,v2,… or lo..hi:n or lo..hi."


def sweep(
    scenario: options.Scenario,
    vary: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUES", help=VARY_HELP)] = None,
    sample: Annotated[
        str,
        typer.Option(
            metavar="grid|lhs:N",
            help="Every combination, or N of a Latin hypercube over ranges and values.",
        ),
    ] = "grid",
    repeat: Annotated[
        int, typer.Option(min=1, help="Runs of each combination, with seeds derived from --seed.")
    ] = 1,
    seed: Annotated[
        int | None,
        typer.Option(min=0, max=2**63 - 1, help="Seed of everything; default the scenario's."),
    ] = None,
    engine: Annotated[
        options.Engine,
        typer.Option(
            help="What computes the runs: the world itself, or a faster engine that says the same "
            "and refuses what it does not cover: batch in NumPy, side by side; compiled in numba."
        ),
    ] = options.Engine.REFERENCE,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; default one for each processor.")
    ] = None,
    dask: Annotated[
        str | None,
        typer.Option(metavar="tcp://HOST:PORT", help="Run on this Dask cluster instead."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Keep the results here (results.parquet); the same command continues what was "
            "interrupted.",
        ),
    ] = None,
    dispatches: options.Dispatches = None,
    dispatches_from: options.DispatchesFrom = None,
    target: options.Target = None,
    microgrid_id: options.MicrogridId = None,
    metadata: options.Metadata = None,
    auth_key: options.AuthKey = None,
    sign_secret: options.SignSecret = None,
    tls: options.Tls = False,
    ca: options.Ca = None,
    cert: options.Cert = None,
    cert_key: options.CertKey = None,
    start: options.From = None,
    end: options.To = None,
    days: options.Days = None,
    as_json: options.AsJson = False,
) -> None:
    """Run a scenario with its values varied: what is cheapest, and which value matters.

    KEY is a path into the scenario file; items of lists go by id or name, such as
    components.battery.capacity_wh, tariff.buy_per_kwh or dispatches.1.payload.power_w.

    VALUES are v1,v2,… as in the file, or lo..hi:5 for five evenly spaced ones, or lo..hi for
    --sample lhs:N to draw from.

    A combination that fails does not stop the others; the exit code is 1 then.
    """
    remote = options.Remote(
        dispatches_from=dispatches_from,
        target=target,
        microgrid_id=microgrid_id,
        metadata=metadata,
        auth_key=auth_key,
        sign_secret=sign_secret,
        tls=tls,
        ca=ca,
        cert=cert,
        cert_key=cert_key,
    )
    options.check_options(remote, dispatches, end, days, out)
    if workers is not None and dask is not None:
        fail(Exit.USAGE, "--workers and --dask: expected one of them")

    from fixtures.documents.problems import DocumentError
    from simulator.sweep.base import read, scheduled, seeded, stretched, with_dispatches
    from simulator.sweep.errors import SweepError, Unreachable, WorkersLost
    from simulator.sweep.plan import plan_of
    from simulator.sweep.results import opened
    from simulator.sweep.variation import parse_all

    try:
        base = stretched(read(scenario), start, end, days)
        base = base if seed is None else seeded(base, seed)
        if dispatches is not None:
            base = scheduled(base, dispatches)
        elif remote.named:
            microgrid = base.build().meta.microgrid_id
            base = with_dispatches(base, options.fetched(remote, microgrid))
        plan = plan_of(base, parse_all(base, vary or ()), sample, repeat)
        plan = replace(plan, engine=engine.value)
        with opened(plan, out) as results:
            kept = sum(each.error is None for each in results.outcomes.values())
            try:
                _run(plan, results, workers, dask)
            except (KeyboardInterrupt, WorkersLost, Unreachable):
                say(_continuing(plan, results, out))
                raise
    except (DocumentError, SweepError) as error:
        fail(Exit.USAGE, str(error))
    except Unreachable as error:
        fail(Exit.UNREACHABLE, str(error))
    except WorkersLost as error:
        fail(Exit.ERROR, str(error))
    except OSError as error:
        fail(Exit.USAGE, f"--out: cannot write {error.filename or out}: {error.strerror or error}")
    _tell(plan, results, kept, out, as_json=as_json)
    if any(each.error is not None for each in results.outcomes.values()):
        raise SystemExit(int(Exit.BAD))


def _run(plan: Plan, results: Results, workers: int | None, dask: str | None) -> None:
    from simulator.sweep.running import run_all, unfinished

    count = len(unfinished(plan, results))
    if not count:
        return
    with (
        _crew(workers, dask, count) as crew,
        progress(float(count), f"sweeping {plan.base.name}") as report,
    ):

        def told(done: int, failed: int) -> None:
            report(float(done), f"{done} of {count}" + (f", {failed} failed" if failed else ""))

        run_all(plan, results, crew, told)


def _crew(workers: int | None, dask: str | None, count: int) -> AbstractContextManager[Crew]:
    from simulator.sweep.crews import available_cpus, cluster, local

    if dask is not None:
        return cluster(dask)
    return local(min(workers or available_cpus(), count))


def _continuing(plan: Plan, results: Results, out: Path | None) -> str:
    done = f"{len(results.outcomes)} of {len(plan.points)} runs are finished"
    if out is None:
        return f"{done} and lost; --out keeps them"
    return f"{done} and kept in {out}; the same command continues"


def _tell(plan: Plan, results: Results, kept: int, out: Path | None, *, as_json: bool) -> None:
    from simulator.sweep.report import failures, print_tables, summary

    for line in failures(plan, results.outcomes):
        say(line)
    if as_json:
        import json

        value = summary(plan, results.outcomes, kept, out)
        print(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))
        return
    from simulator.outcome.terminal import console

    to_terminal = console()
    runs = len(plan.points)
    before = f", {kept} of them before" if kept else ""
    to_terminal.print(f"[bold]{plan.base.name}[/bold]  {runs} runs{before}")
    to_terminal.print()
    print_tables(plan, results.outcomes, to_terminal)
    if out is not None:
        to_terminal.print(f"Written to {out}: results.parquet", soft_wrap=True)
