"""`gridproof simulate`: what a schedule of dispatches would really do to a site.

Reads a scenario, optionally another schedule for it from a file or from any dispatch endpoint,
runs it, and tells what each dispatch asked, what it got and why it fell short.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fixtures.terminal import Exit, fail, progress

if TYPE_CHECKING:
    from simulator.microgrid.dispatch import Dispatch
    from simulator.microgrid.scenario import Scenario

DAY_US = 86_400_000_000


class Format(StrEnum):
    """Forms of the tables."""

    PARQUET = "parquet"
    CSV = "csv"


def simulate(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or the name of a shipped one.")],
    dispatches: Annotated[
        Path | None,
        typer.Option(help="Run this schedule instead: a YAML or JSON list in the API's form."),
    ] = None,
    dispatches_from: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Fetch the schedule from a dispatch endpoint."),
    ] = None,
    microgrid_id: Annotated[
        int | None,
        typer.Option(min=1, help="Whose schedule to fetch; default the scenario's microgrid."),
    ] = None,
    metadata: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="Sent to the endpoint, e.g. key=…; repeatable."),
    ] = None,
    tls: Annotated[bool, typer.Option("--tls", help="Talk TLS to the endpoint.")] = False,
    ca: Annotated[
        Path | None, typer.Option(help="Certificates to trust, PEM; implies --tls.")
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
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed of all randomness; default the scenario's.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write summary, tables, events and plots here.")
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", help="Form of the tables in --out.")
    ] = Format.PARQUET,
    plots: Annotated[
        bool | None, typer.Option("--plots/--no-plots", help="Draw PNG files into --out.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the summary as JSON instead of tables.")
    ] = False,
) -> None:
    """Simulate a site under a schedule: energies, cost, and what each dispatch really delivered."""
    if dispatches is not None and dispatches_from is not None:
        fail(Exit.USAGE, "--dispatches and --dispatches-from: expected one of them")
    if dispatches_from is None and (microgrid_id or metadata or tls or ca):
        fail(
            Exit.USAGE,
            "--microgrid-id, --metadata, --tls and --ca: expected only beside --dispatches-from",
        )
    if end is not None and days is not None:
        fail(Exit.USAGE, "--to and --days: expected one of them")
    if plots and out is None:
        fail(Exit.USAGE, "--plots: expected --out to say where")
    if out is not None and out.exists() and not out.is_dir():
        fail(Exit.USAGE, f"--out: {out} is not a directory")

    from simulator.microgrid.inputs_errors import InputError
    from simulator.microgrid.site import Unsupported

    site = _load(scenario)
    start_us, end_us = _stretch(site, start, end, days)
    schedule = _schedule(site, dispatches, dispatches_from, microgrid_id, metadata, tls, ca)
    try:
        summary = _run(site, schedule, start_us, end_us, seed, out, form.value, plots is not False)
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


def _schedule(
    site: Scenario,
    path: Path | None,
    endpoint: str | None,
    microgrid_id: int | None,
    metadata: list[str] | None,
    tls: bool,
    ca: Path | None,
) -> tuple[Dispatch, ...] | None:
    """Return the schedule that replaces the scenario's own, None to keep that."""
    if path is not None:
        from fixtures.documents.problems import DocumentError
        from simulator.microgrid.scenario_file import load_dispatches

        try:
            entries = load_dispatches(path)
        except DocumentError as error:
            fail(Exit.USAGE, str(error))
        return site.with_schedule(entries).schedule()
    if endpoint is None:
        return None
    from .fetching import Endpoint, FetchError, fetch_schedule, parse_metadata

    try:
        return fetch_schedule(
            Endpoint(
                target=endpoint,
                metadata=parse_metadata(metadata or ()),
                tls=tls,
                ca=ca,
            ),
            site.meta.microgrid_id if microgrid_id is None else microgrid_id,
        )
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
    plots: bool,
) -> dict[str, Any]:
    """Simulate and write; return the summary."""
    from simulator.outcome.run import run
    from simulator.outcome.summary import summarise
    from simulator.outcome.tables import write

    with progress(float(end_us - start_us), f"simulating {site.meta.name}") as report:
        record = run(
            site,
            schedule=schedule,
            start_us=start_us,
            end_us=end_us,
            seed=seed,
            report=lambda t_us: report(float(t_us - start_us)),
        )
    if out is None:
        return summarise(record)
    return write(record, out, form, plots=plots)
