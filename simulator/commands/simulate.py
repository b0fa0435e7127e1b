"""`gridproof simulate`: what a schedule of dispatches would really do to a site.

Reads a scenario, optionally another schedule for it from a file or from any dispatch endpoint,
runs it, and tells what each dispatch asked, what it got and why it fell short.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fixtures.terminal import Exit, fail, progress, say

if TYPE_CHECKING:
    from simulator.microgrid.dispatch import Dispatch
    from simulator.microgrid.scenario import Scenario

DAY_US = 86_400_000_000


class Engine(StrEnum):
    """What computes a run."""

    REFERENCE = "reference"
    BATCH = "batch"
    COMPILED = "compiled"


class Format(StrEnum):
    """Forms of the tables."""

    PARQUET = "parquet"
    CSV = "csv"


def simulate(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or the name of a shipped one.")],
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
    auth_key: Annotated[
        str | None, typer.Option(envvar="GRIDPROOF_AUTH_KEY", help="API key of the endpoint.")
    ] = None,
    sign_secret: Annotated[
        str | None,
        typer.Option(envvar="GRIDPROOF_SIGN_SECRET", help="Signs every call to the endpoint."),
    ] = None,
    tls: Annotated[bool, typer.Option("--tls", help="Talk TLS to the endpoint.")] = False,
    ca: Annotated[
        Path | None, typer.Option(help="Certificates to trust, PEM; implies --tls.")
    ] = None,
    cert: Annotated[
        Path | None, typer.Option(help="Our own certificate, PEM; implies --tls.")
    ] = None,
    cert_key: Annotated[Path | None, typer.Option(help="Private key of --cert, PEM.")] = None,
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
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed of all randomness; default the scenario's.")
    ] = None,
    engine: Annotated[
        Engine,
        typer.Option(
            help="What computes the run: the world itself, or a faster engine that says the same "
            "and refuses what it does not cover."
        ),
    ] = Engine.REFERENCE,
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
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the summary as JSON instead of tables.")
    ] = False,
) -> None:
    """Simulate a site under a schedule: energies, cost, and what each dispatch really delivered."""
    is_fetched = dispatches_from is not None or target is not None
    if dispatches is not None and is_fetched:
        fail(Exit.USAGE, "--dispatches and --dispatches-from: expected one of them")
    if not is_fetched and (microgrid_id or metadata or tls or ca or cert or cert_key):
        fail(
            Exit.USAGE,
            "--microgrid-id, --metadata, --tls, --ca, --cert and --cert-key: expected only beside "
            "--dispatches-from or --target",
        )
    if end is not None and days is not None:
        fail(Exit.USAGE, "--to and --days: expected one of them")
    if plots and out is None:
        fail(Exit.USAGE, "--plots: expected --out to say where")
    if out is not None and out.exists() and not out.is_dir():
        fail(Exit.USAGE, f"--out: {out} is not a directory")

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
    elif is_fetched:
        own: dict[str, Any] = {"auth_key": auth_key, "sign_secret": sign_secret}
        own |= {"tls": tls or None, "ca": ca, "cert": cert, "cert_key": cert_key}
        schedule = _fetch_schedule(site, dispatches_from, target, microgrid_id, metadata, own)
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


def _fetch_schedule(
    site: Scenario,
    address: str | None,
    profile: Path | None,
    microgrid_id: int | None,
    metadata: list[str] | None,
    own: Mapping[str, Any],
) -> tuple[Dispatch, ...]:
    """Return the schedule of an endpoint; options go before what its profile says."""
    from . import fetching
    from .fetching_endpoint import Endpoint, FetchError, endpoint_of, parse_metadata

    try:
        if profile is None:
            assert address is not None  # one of them was given
            endpoint = Endpoint(target=address)
        else:
            endpoint = endpoint_of(profile, address)
        more = parse_metadata(metadata or ())
        endpoint = replace(
            endpoint,
            metadata=tuple({**dict(endpoint.metadata), **dict(more)}.items()),
            **{key: value for key, value in own.items() if value is not None},
        )
        wanted = site.meta.microgrid_id if microgrid_id is None else microgrid_id
        return fetching.fetch_schedule(endpoint, wanted)
    except FetchError as error:
        fail(error.code, str(error))


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
