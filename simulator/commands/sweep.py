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

from .simulate import Engine

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from simulator.sweep.base import Base
    from simulator.sweep.crews import Crew
    from simulator.sweep.plan import Plan
    from simulator.sweep.results import Results

VARY_HELP = "What to vary, and the values; repeatable: v1,v2,… or lo..hi:n or lo..hi."


def sweep(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or the name of a shipped one.")],
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
        Engine,
        typer.Option(
            help="What computes the runs: the world itself, or a faster engine that says the same "
            "and refuses what it does not cover: batch in NumPy, side by side; compiled in numba."
        ),
    ] = Engine.REFERENCE,
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
    dispatches: Annotated[
        Path | None,
        typer.Option(help="Run this schedule instead: YAML or JSON in the API's form, or .ics."),
    ] = None,
    dispatches_from: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Fetch the schedule from a dispatch endpoint."),
    ] = None,
    target: Annotated[
        Path | None,
        typer.Option(help="Fetch it as this target profile says: address, TLS, credentials."),
    ] = None,
    microgrid_id: Annotated[
        int | None,
        typer.Option(min=1, help="Whose schedule to fetch; default the scenario's microgrid."),
    ] = None,
    metadata: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="Sent to the endpoint; repeatable."),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="T", help="Start: a local date or an ISO 8601 instant."),
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="T", help="End, excluded; as --from.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=36600, help="Length in days instead of --to.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the summary as JSON instead of tables.")
    ] = False,
) -> None:
    """Run a scenario with its values varied: what is cheapest, and which value matters.

    KEY is a path into the scenario file; items of lists go by id or name, such as
    components.battery.capacity_wh, tariff.buy_per_kwh or dispatches.1.payload.power_w.

    VALUES are v1,v2,… as in the file, or lo..hi:5 for five evenly spaced ones, or lo..hi for
    --sample lhs:N to draw from.

    A combination that fails does not stop the others; the exit code is 1 then.
    """
    is_fetched = dispatches_from is not None or target is not None
    if dispatches is not None and is_fetched:
        fail(Exit.USAGE, "--dispatches and --dispatches-from: expected one of them")
    if not is_fetched and (microgrid_id or metadata):
        fail(
            Exit.USAGE,
            "--microgrid-id and --metadata: expected only beside --dispatches-from or --target",
        )
    if end is not None and days is not None:
        fail(Exit.USAGE, "--to and --days: expected one of them")
    if workers is not None and dask is not None:
        fail(Exit.USAGE, "--workers and --dask: expected one of them")
    if out is not None and out.exists() and not out.is_dir():
        fail(Exit.USAGE, f"--out: {out} is not a directory")

    from fixtures.documents.problems import DocumentError
    from simulator.sweep.base import read, scheduled, seeded, stretched
    from simulator.sweep.errors import SweepError, Unreachable, WorkersLost
    from simulator.sweep.plan import plan_of
    from simulator.sweep.results import opened
    from simulator.sweep.variation import parse_all

    try:
        base = stretched(read(scenario), start, end, days)
        base = base if seed is None else seeded(base, seed)
        if dispatches is not None:
            base = scheduled(base, dispatches)
        elif is_fetched:
            base = _fetched(base, dispatches_from, target, microgrid_id, metadata)
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


def _fetched(
    base: Base,
    address: str | None,
    profile: Path | None,
    microgrid_id: int | None,
    metadata: list[str] | None,
) -> Base:
    """Return the base with the schedule of an endpoint, fetched once for all runs."""
    from simulator.sweep.base import with_dispatches

    from .fetching import fetch_schedule
    from .fetching_endpoint import Endpoint, FetchError, endpoint_of, parse_metadata

    meta = base.build().meta
    try:
        endpoint = Endpoint(target=address or "")
        if profile is not None:
            endpoint = endpoint_of(profile, address)
        more = {**dict(endpoint.metadata), **dict(parse_metadata(metadata or ()))}
        schedule = fetch_schedule(
            replace(endpoint, metadata=tuple(more.items())),
            meta.microgrid_id if microgrid_id is None else microgrid_id,
        )
    except FetchError as error:
        fail(error.code, str(error))
    return with_dispatches(base, schedule)


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
