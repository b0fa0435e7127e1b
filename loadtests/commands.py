"""`gridproof load`: drives load through the streaming paths and judges what came of it.

Imports stay light: locust and gRPC are only loaded once a run has to be started, locust in a
process of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fixtures.terminal import Exit, fail, progress, say

if TYPE_CHECKING:
    from loadtests.catalogue import Entry
    from loadtests.options import Options

CLEANUP = "cleanup"


def load(
    scenario: Annotated[
        str, typer.Argument(help="Scenario id or alias; `cleanup` removes what a crash left.")
    ],
    of_run: Annotated[
        str | None, typer.Argument(metavar="[RUN_ID]", help="For `cleanup`: the run's id.")
    ] = None,
    endpoint: Annotated[
        str | None,
        typer.Option(help="HOST:PORT (L-DX: URL); neither this nor --target: the built-in server."),
    ] = None,
    target: Annotated[Path | None, typer.Option(help="Target profile (YAML).")] = None,
    subscribers: Annotated[str | None, typer.Option(help="Streams to keep open.")] = None,
    rate: Annotated[str | None, typer.Option(help="Writes per second, in total.")] = None,
    duration: Annotated[str | None, typer.Option(help="How long is measured, e.g. 60s.")] = None,
    warmup: Annotated[
        str | None, typer.Option(help="Load before that, not counted. (default: 5s)")
    ] = None,
    drain: Annotated[
        str | None, typer.Option(help="How long a stream may take to catch up. (default: 30s)")
    ] = None,
    plane: Annotated[
        str | None,
        typer.Option(help="Who reads the streams: auto, greenlet or engine. (default: auto)"),
    ] = None,
    verify: Annotated[
        str | None,
        typer.Option(help="What of each event is checked: full, marks, off. (default: full)"),
    ] = None,
    microgrids: Annotated[
        str | None,
        typer.Option(
            help="Microgrids, parents, collections or tenants to spread over. "
            "(default: 2 to 4, by size)"
        ),
    ] = None,
    arrivals: Annotated[
        str | None, typer.Option(help="Gaps between writes: constant or poisson.")
    ] = None,
    seed: Annotated[str | None, typer.Option(help="Of arrivals and contents.")] = None,
    max_inflight: Annotated[
        str | None, typer.Option(help="Writes in flight at most. (default: 16)")
    ] = None,
    drop_after: Annotated[
        str | None, typer.Option(help="A write this late is given up. (default: 10s)")
    ] = None,
    timeout: Annotated[
        str | None, typer.Option(help="Deadline of a unary call. (default: 10s)")
    ] = None,
    streams_per_connection: Annotated[
        str | None, typer.Option(help="Streams that share a connection. (default: 100)")
    ] = None,
    small_window: Annotated[
        bool, typer.Option("--small-window", help="Small flow-control windows.")
    ] = False,
    walkers: Annotated[
        str | None, typer.Option(help="L-DSP-2, L-TSK-1, L-DX-1: concurrent walks over all pages.")
    ] = None,
    population: Annotated[
        str | None,
        typer.Option(help="Objects created beforehand (L-DSP-2, L-META, L-SVC, L-TSK-1, L-DX)."),
    ] = None,
    flaps: Annotated[
        str | None,
        typer.Option(
            help="L-DSP-3, L-META-1: streams opened and cancelled per second. L-DX-2: exports."
        ),
    ] = None,
    chunk: Annotated[
        str | None, typer.Option(help="L-META: changes in a message at most. (default: mixed)")
    ] = None,
    padding: Annotated[
        str | None, typer.Option(help="Bytes that every written object carries besides.")
    ] = None,
    storms: Annotated[
        str | None, typer.Option(help="L-META-4: how often all streams are cut at once.")
    ] = None,
    cut_share: Annotated[
        str | None, typer.Option(help="L-TSK-2: share of the streams cut each second, e.g. 0.01.")
    ] = None,
    claimants: Annotated[
        str | None, typer.Option(help="L-TSK-1: users that claim and complete, in a closed loop.")
    ] = None,
    stall: Annotated[
        str | None,
        typer.Option(help="L-META-5, L-DSP-4, L-SVC-2: for how long a reader stalls."),
    ] = None,
    hook: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help="L-META: the mutation hook (MetaControl), through which it writes.",
        ),
    ] = None,
    services: Annotated[
        str | None,
        typer.Option(help="L-ALL-1: APIs to load, a,b. (default: the profile's, or all)"),
    ] = None,
    share: Annotated[
        str | None,
        typer.Option(help="L-ALL-1: part of the load of each scenario, up to 1. (default: 0.3)"),
    ] = None,
    server_pid: Annotated[
        str | None,
        typer.Option(help="Process on this machine whose memory is the server's."),
    ] = None,
    require: Annotated[
        list[str] | None,
        typer.Option(
            "--fail",
            metavar="EXPR|FILE",
            help="What has to hold, e.g. 'deliver.p99<250ms'; else the run has failed. Repeatable.",
        ),
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option(help="summary.json of an earlier run to compare with.")
    ] = None,
    max_regression: Annotated[
        str | None, typer.Option(help="How many times worse than that a p99 may be.")
    ] = None,
    waive: Annotated[
        list[str] | None, typer.Option(help="Integrity code that does not fail the run.")
    ] = None,
    max_lateness: Annotated[
        str | None,
        typer.Option(help="Client lateness at p99 beyond which latencies are not judged."),
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Directory for the reports.")] = None,
    workers: Annotated[
        int, typer.Option(min=1, help="Processes on this machine that drive load.")
    ] = 1,
    master: Annotated[
        bool, typer.Option("--master", help="Lead workers on other machines.")
    ] = False,
    expect_workers: Annotated[
        int, typer.Option(min=1, help="With --master: how many to wait for.")
    ] = 1,
    worker: Annotated[
        bool, typer.Option("--worker", help="Drive load for a master elsewhere.")
    ] = False,
    master_host: Annotated[
        str | None, typer.Option(help="With --worker: the master's host. With --master: bind here.")
    ] = None,
    master_port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the master.")] = 5557,
    web: Annotated[
        bool, typer.Option("--web", help="Locust's web page, on this machine only.")
    ] = False,
    web_port: Annotated[int, typer.Option(min=1, max=65535, help="Its port.")] = 8089,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Put load on a target and prove that its streams lose, repeat and mix up nothing."""
    given = {**locals()}
    from loadtests import launch
    from loadtests.catalogue import find
    from loadtests.errors import LoadError, UsageError
    from loadtests.mixture import chosen_apis
    from loadtests.options import resolve

    if scenario == CLEANUP:
        _clean_up(of_run, endpoint, target, hook)
        return
    try:
        entry = find(scenario)
        if of_run is not None:
            raise UsageError(f"{of_run!r}: only `cleanup` takes a run id")
        cluster = _cluster(
            workers=workers,
            master=master,
            expect_workers=expect_workers,
            worker=worker,
            host=master_host,
            port=master_port,
        )
        options = resolve(_options(given), entry)
        screen = ["--web-host", "127.0.0.1", "--web-port", str(web_port), "--autostart"]
        extra = cluster + (screen if web and not worker else ["--headless"])
        with launch.terminable():
            if worker:
                raise SystemExit(_run(entry, options, extra, as_json=as_json, leads=False))
            if options.endpoint or options.target:
                raise SystemExit(_run(entry, options, extra, as_json=as_json))
            with launch.built_in_target(*chosen_apis(options, entry)) as way:
                own = resolve({**_options(given), **way}, entry)
                raise SystemExit(_run(entry, own, extra, as_json=as_json))
    except LoadError as error:
        fail(error.exit, str(error))


def _options(given: dict[str, Any]) -> dict[str, Any]:
    """Of the command's parameters those that are options of a run, under the same names."""
    renamed = {**given, "fail": given["require"], "small_window": given["small_window"] or None}
    paths = {name: str(value) for name, value in renamed.items() if isinstance(value, Path)}
    return {**renamed, **paths}


def _cluster(
    *, workers: int, master: bool, expect_workers: int, worker: bool, host: str | None, port: int
) -> list[str]:
    """Locust's arguments for the processes that take part."""
    from loadtests.errors import UsageError
    from loadtests.launch import free_port

    if sum((workers > 1, master, worker)) > 1:
        raise UsageError("--workers, --master and --worker exclude each other")
    if worker:
        if host is None:
            raise UsageError("--worker needs --master-host")
        return ["--worker", "--master-host", host, "--master-port", str(port)]
    if master:
        bind = ["--master-bind-host", host] if host else []
        expect = ["--expect-workers", str(expect_workers)]
        return ["--master", *expect, *bind, "--master-bind-port", str(port)]
    if workers > 1:
        own = str(free_port())
        bind = ["--master-bind-host", "127.0.0.1", "--master-bind-port", own]
        return [*bind, "--master-port", own, "--processes", str(workers)]
    return []


def _run(
    entry: Entry, options: Options, extra: list[str], *, as_json: bool, leads: bool = True
) -> int:
    """Run the scenario in a locust process, show its summary, and return the exit code."""
    import json
    import tempfile
    from dataclasses import replace

    from loadtests import launch
    from loadtests.preflight import RUN_SEPARATOR, check_all, new_id
    from loadtests.report.text import text

    parts = check_all(options, entry).parts if leads else ()
    run_id = RUN_SEPARATOR.join(map(new_id, parts))
    with tempfile.TemporaryDirectory(prefix="gridproof-") as scratch:
        folder = Path(options.report or scratch)
        summary = folder / "summary.json"
        summary.unlink(missing_ok=True)
        options = replace(options, lifeline=True, report=str(folder), run_id=run_id or None)
        arguments = ["-f", str(entry.path), "--skip-log-setup", *extra, *options.to_args()]
        arguments += ["--json-file", str(Path(scratch) / "locust")]
        if options.report and str(folder) != scratch:
            arguments += ["--csv", str(folder / "locust")]
        total_s = options.warmup + options.duration
        if leads:
            say(f"load {entry.id}, run {run_id}, {total_s:g} s")
            for leaves in dict.fromkeys(part.entry.leaves for part in parts if part.entry.leaves):
                say(f"this leaves behind {leaves}")
        try:
            with progress(total_s, f"load {entry.id}") as bar:
                code = launch.run_locust(
                    arguments,
                    lambda phase, done, _: bar(max(0, done), phase),
                    ends_by_interrupt="--autostart" in extra,
                )
        finally:
            if summary.exists():
                found = json.loads(summary.read_text("utf-8"))
                print(json.dumps(found, indent=1) if as_json else text(found), flush=True)
        if not leads:
            return code
        if code not in set(Exit) or (code not in (2, 3) and not summary.exists()):
            say(f"gridproof: locust ended with {code} and left no summary")
            say(f"to remove what it made: gridproof load {CLEANUP} {run_id}")
            return int(Exit.ERROR)
        return code


def _clean_up(
    of_run: str | None, endpoint: str | None, target: Path | None, hook: str | None
) -> None:
    """Remove what a crashed run left on a target."""
    from loadtests import apis
    from loadtests.errors import LoadError, UsageError
    from loadtests.options import resolve
    from loadtests.preflight import RUN_SEPARATOR, entry_of, resolve_target, sweep

    all_left = 0
    try:
        if of_run is None:
            raise UsageError("cleanup needs the id of the run, such as ld-0123456789ab-4")
        for run in of_run.split(RUN_SEPARATOR):
            entry = entry_of(run)
            given = {"endpoint": endpoint, "target": str(target) if target else None, "hook": hook}
            options = resolve(given, entry)
            removed, left = sweep(resolve_target(options), run, options)
            print(f"{apis.kind(entry.api).removal} {removed} objects of {run}, {left} left")
            all_left += left
    except LoadError as error:
        fail(error.exit, str(error))
    if all_left:
        raise SystemExit(int(Exit.ERROR))
