"""`gridproof simulate`: what a schedule of dispatches would really do to a site.

Reads a scenario, optionally another schedule for it from a file or from any dispatch endpoint,
runs it, and tells what each dispatch asked, what it got and why it fell short.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fixtures.terminal import Exit, fail, progress, say

from . import run_options as options

if TYPE_CHECKING:
    from simulator.microgrid.dispatch import Dispatch
    from simulator.microgrid.scenario import Scenario

DAY_US = 86_400_000_000


class Format(StrEnum):
    """Forms of the tables."""

    PARQUET = "parquet"
    CSV = "csv"


def simulate(
    scenario: options.Scenario,
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
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed of all randomness; default the scenario's.")
    ] = None,
    engine: Annotated[
        options.Engine,
        typer.Option(
            help="What computes the run: the world itself, or a faster engine that says the same "
            "and refuses what it does not cover."
        ),
    ] = options.Engine.REFERENCE,
    out: Annotated[
        Path | None, typer.Option(help="Write summary, tables, events and plots here.")
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", help="Form of the tables in --out.")
    ] = Format.PARQUET,
    plots: Annotated[
        bool | None, typer.Option("--plots/--no-plots", help="Draw PNG files into --out.")
    ] = None,
    with_what_if: Annotated[
        bool,
        typer.Option(
            "--what-if/--no-what-if", help="Also run without dispatches and show what they change."
        ),
    ] = True,
    check: Annotated[
        bool, typer.Option("--check", help="Only tell what is wrong with the files.")
    ] = False,
    as_json: options.AsJson = False,
) -> None:
    """Simulate a site under a schedule: energies, cost, and what each dispatch really delivered."""
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
    if plots and out is None:
        fail(Exit.USAGE, "--plots: expected --out to say where")

    if check:
        _check(scenario, dispatches)
        return

    from simulator.engines import EngineError
    from simulator.microgrid.inputs_errors import InputError
    from simulator.microgrid.site import Unsupported

    site = _load(scenario)
    start_us, end_us = _stretch(site, start, end, days)
    if dispatches is not None:
        schedule = _read_schedule(site, dispatches, start_us, end_us)
    elif remote.named:
        schedule = options.fetched(remote, site.meta.microgrid_id)
    else:
        schedule = None
    try:
        summary = _run(
            site,
            schedule,
            start_us,
            end_us,
            seed,
            out,
            form.value,
            engine=engine.value,
            plots=plots is not False,
            with_what_if=with_what_if,
        )
    except EngineError as error:
        fail(Exit.USAGE, f"--engine: {error}")
    except (InputError, Unsupported) as error:
        fail(Exit.USAGE, f"{scenario}: {error}")
    except OSError as error:
        fail(Exit.USAGE, f"--out: cannot write {error.filename or out}: {error.strerror or error}")
    if as_json:
        import json

        print(json.dumps(summary, indent=2, ensure_ascii=False, allow_nan=False))
        return
    from simulator.outcome.terminal import console, print_summary

    to_terminal = console()
    print_summary(summary, to_terminal)
    if out is not None:
        to_terminal.print(f"Written to {out}: {', '.join(summary['run']['files'])}", soft_wrap=True)


def _check(path_or_name: str, dispatches: Path | None) -> None:
    """Tell every mistake, and what is worth a look; leave with 2 if there are mistakes."""
    from fixtures.documents.problems import DocumentError
    from simulator.microgrid.scenario_check import check
    from simulator.schedules.reading import is_calendar, load_schedule

    has_calendar = dispatches is not None and is_calendar(dispatches)
    try:
        report = check(path_or_name, None if has_calendar else dispatches)
        mistakes = [*report.mistakes]
        scenario = report.scenario
        if has_calendar and dispatches is not None and scenario is not None:
            stretch = {"start_us": scenario.meta.start_us, "end_us": scenario.meta.end_us}
            try:
                entries = load_schedule(dispatches, zone=scenario.zone, **stretch)
                scenario = scenario.with_schedule(entries)
            except DocumentError as error:
                mistakes += error.problems
    except DocumentError as error:
        fail(Exit.USAGE, str(error))
    for note in report.notes:
        say(f"note: {note}")
    if mistakes:
        count = len(mistakes)
        lines = "\n".join(map(str, mistakes))
        fail(Exit.USAGE, f"{lines}\n{count} mistake{'s' if count > 1 else ''}")
    assert scenario is not None  # without mistakes it was read
    print(
        f"{scenario.meta.name}: no mistakes; {len(scenario.components)} components, "
        f"{len(scenario.inputs)} inputs, {len(scenario.dispatches)} dispatches, "
        f"{len(scenario.faults)} faults"
    )


def _load(path_or_name: str) -> Scenario:
    from fixtures.documents.problems import DocumentError
    from simulator.microgrid.scenario import load

    try:
        return load(path_or_name)
    except DocumentError as error:
        fail(Exit.USAGE, str(error))


def _stretch(
    site: Scenario, start: str | None, end: str | None, days: int | None
) -> tuple[int, int]:
    """Return what part of time to simulate; by default as long as the scenario says."""
    from simulator.microgrid.scenario_base import check_boundary, parse_boundary

    moments = {"--from": site.meta.start_us, "--to": None}
    for option, text in (("--from", start), ("--to", end)):
        if text is not None:
            try:
                moments[option] = parse_boundary(text, site.meta.zone)
            except ValueError as error:
                fail(Exit.USAGE, f"{option}: found {text!r}, expected {error}")
    start_us, end_us = moments["--from"], moments["--to"]
    assert start_us is not None  # the scenario always has a start
    if end_us is None:
        moved = start is None and days is None
        length_us = site.meta.end_us - site.meta.start_us
        end_us = site.meta.end_us if moved else start_us + (days * DAY_US if days else length_us)
    if end_us <= start_us:
        fail(Exit.USAGE, "--to: expected a moment after the start")
    try:
        check_boundary(end_us)
    except ValueError as error:
        fail(Exit.USAGE, f"the run would end too late, expected {error}")
    return start_us, end_us


def _read_schedule(site: Scenario, path: Path, start_us: int, end_us: int) -> tuple[Dispatch, ...]:
    """Return the schedule in a file."""
    from fixtures.documents.problems import DocumentError
    from simulator.schedules.reading import load_schedule

    try:
        entries = load_schedule(path, zone=site.zone, start_us=start_us, end_us=end_us)
    except DocumentError as error:
        fail(Exit.USAGE, str(error))
    return site.with_schedule(entries).schedule()


def _run(
    site: Scenario,
    schedule: tuple[Dispatch, ...] | None,
    start_us: int,
    end_us: int,
    seed: int | None,
    out: Path | None,
    form: str,
    *,
    engine: str,
    plots: bool,
    with_what_if: bool,
) -> dict[str, Any]:
    """Simulate, without dispatches too if asked to, and write; return the summary."""
    from simulator.outcome.run import run
    from simulator.outcome.summary import summarise
    from simulator.outcome.tables import write
    from simulator.outcome.whatif import what_if
    from simulator.outcome.whatif_reference import reference_of

    has_schedule = bool(site.dispatches if schedule is None else schedule)
    runs = 2 if with_what_if and has_schedule else 1
    reference = None
    with progress(float(runs * (end_us - start_us)), f"simulating {site.meta.name}") as report:
        if runs == 2:
            reference = reference_of(
                site,
                start_us=start_us,
                end_us=end_us,
                seed=seed,
                engine=engine,
                report=lambda t_us: report(float(t_us - start_us), "without dispatches"),
            )
        passed_us = (runs - 1) * (end_us - start_us)
        record = run(
            site,
            schedule=schedule,
            start_us=start_us,
            end_us=end_us,
            seed=seed,
            engine=engine,
            report=lambda t_us: report(float(passed_us + t_us - start_us)),
        )
    if out is not None:
        return write(record, out, form, plots=plots, reference=reference)
    summary = summarise(record)
    if reference is not None:
        summary["what_if"] = what_if(summary["site"], reference.site)
    return summary
