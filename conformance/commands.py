"""The commands `conform` and `requirements`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from fixtures.terminal import Exit, fail, say

if TYPE_CHECKING:
    from conformance.requirements import Requirement
    from conformance.run.judge import Options
    from conformance.targets.profile import Target

INTERRUPTED = 130
"""What shells expect after SIGINT: 128 + 2."""

WITHOUT_GRPC = frozenset({"exchange"})
"""APIs for which an HTTP address is enough."""

LevelName = Literal["must", "should", "may"]
Depth = Literal["smoke", "staging", "full"]
Format = Literal["table", "json", "md", "coverage"]


def conform(
    context: typer.Context,
    endpoint: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="gRPC address of the target.")
    ] = None,
    http: Annotated[str | None, typer.Option(metavar="URL", help="HTTP address.")] = None,
    target: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Target profile (YAML).")
    ] = None,
    services: Annotated[
        str | None, typer.Option(metavar="A,B", help="APIs to judge; all that are claimed.")
    ] = None,
    profile: Annotated[
        Depth | None,
        typer.Option(help="How deep; full for the built-in server, else staging or smoke."),
    ] = None,
    allow_writes: Annotated[
        bool, typer.Option("--allow-writes", help="Make and remove things on the target.")
    ] = False,
    level: Annotated[
        LevelName | None, typer.Option(help="Judge this level and stricter ones.")
    ] = None,
    only: Annotated[
        str | None, typer.Option(metavar="ID,…", help="Requirement ids or their beginnings.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of all generated input; drawn if absent.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("-n", min=1, max=64, metavar="WORKERS", help="Processes.")
    ] = None,
    known_failing: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Expected findings (YAML).")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the full report there.")
    ] = None,
    clean: Annotated[
        str | None, typer.Option(metavar="RUN_ID", help="Remove what a crashed run left.")
    ] = None,
    list_: Annotated[
        bool, typer.Option("--list", help="Show what would be judged; calls nothing.")
    ] = False,
    json_: Annotated[
        bool, typer.Option("--json", help="Print report.json on standard output.")
    ] = False,
    record: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write down all that is said, as JSON lines."),
    ] = None,
    replay: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Judge what such a file holds; calls nothing."),
    ] = None,
) -> None:
    """Judge an endpoint; the built-in reference server if none is given."""
    from conformance.failures import JudgeError, Unreachable, UsageError
    from conformance.requirements import LedgerError
    from conformance.run.judge import Options

    try:
        if replay is not None:
            given = {"--endpoint": endpoint, "--http": http, "--record": record, "--clean": clean}
            raise SystemExit(
                _judge_history(
                    replay,
                    [name for name, value in given.items() if value is not None],
                    target,
                    _split(services),
                    level,
                    _split(only),
                    known_failing,
                    report,
                    as_json=json_,
                )
            )
        chosen = _target(endpoint, http, target, _split(services))
        options = Options(
            target=chosen,
            services=_split(services) or None,
            depth=profile,
            writes=allow_writes,
            level=level,
            only=_split(only),
            seed=seed,
            workers=workers,
            known_failing=known_failing,
            arguments=tuple(context.args),
            replay=_replay(endpoint, http, target, services, profile, allow_writes),
            record=record,
        )
        if clean is not None:
            raise SystemExit(_clean(chosen, clean))
        if list_:
            _list(options, as_json=json_)
            return
        raise SystemExit(_judge(options, report, as_json=json_))
    except (UsageError, LedgerError) as error:
        fail(Exit.USAGE, str(error))
    except Unreachable as error:
        fail(Exit.UNREACHABLE, str(error))
    except JudgeError as error:
        fail(Exit.ERROR, str(error))


def requirements(
    services: Annotated[
        str | None, typer.Option(metavar="A,B", help="APIs; all that have a ledger.")
    ] = None,
    level: Annotated[LevelName | None, typer.Option(help="This level and stricter ones.")] = None,
    format_: Annotated[Format, typer.Option("--format", help="How to print them.")] = "table",
) -> None:
    """Print what is demanded of each API, from which source, and what judges it."""
    from conformance.report import coverage, ledger
    from conformance.requirements import LedgerError, load

    try:
        chosen = load().select(services=_split(services) or None, level=level)
    except LedgerError as error:
        fail(Exit.USAGE, str(error))
    if format_ == "coverage":
        sys.stdout.write(coverage.render(chosen))
    else:
        sys.stdout.write(ledger.render(chosen, format_))


def _target(
    endpoint: str | None, http: str | None, file: Path | None, names: Sequence[str]
) -> Target | None:
    """The target; without a file it claims the APIs that are named, with nothing said of them."""
    from conformance.failures import UsageError
    from conformance.targets.profile import Services, Target, read
    from fixtures.targets.model import check_endpoint

    if file is None and endpoint is None and http is None:
        return None
    chosen = read(file) if file is not None else Target()
    changes: dict[str, Any] = {}
    if file is None and names:
        known = [name for name in names if name in Services.model_fields]
        changes["services"] = Services.model_validate({name: {} for name in known})
    if endpoint is not None:
        try:
            changes["endpoint"] = check_endpoint(endpoint)
        except ValueError as error:
            raise UsageError(f"--endpoint {endpoint}: expected {error}") from None
    if http is not None:
        if not http.startswith(("http://", "https://")):
            raise UsageError(f"--http {http}: expected http://HOST:PORT or https://HOST:PORT")
        changes["http"] = http
    chosen = chosen.model_copy(update=changes)
    claimed = chosen.services.claimed
    wanted = {name for name in names or claimed if name in claimed}
    if chosen.endpoint is None and wanted - WITHOUT_GRPC:
        raise UsageError("no endpoint: give --endpoint HOST:PORT or `endpoint` in the target file")
    return chosen


def _judge(options: Options, report: Path | None, *, as_json: bool) -> int:
    from conformance.report.writing import present
    from conformance.run.judge import judge

    _require_folder(report)
    result = judge(options)
    present(result, report, as_json=as_json)
    return INTERRUPTED if result.interrupted else int(result.exit)


def _judge_history(
    path: Path,
    unfit: Sequence[str],
    target: Path | None,
    services: tuple[str, ...],
    level: LevelName | None,
    only: tuple[str, ...],
    known_failing: Path | None,
    report: Path | None,
    *,
    as_json: bool,
) -> int:
    import shlex

    from conformance.failures import UsageError
    from conformance.histories.replay import Replay, replay
    from conformance.report.writing import present
    from conformance.targets.profile import read

    if unfit:
        raise UsageError(f"--replay calls nothing, so it takes no {' and no '.join(unfit)}")
    _require_folder(report)
    parts = ["gridproof", "conform", "--replay", str(path)]
    options = Replay(
        path=path,
        target=read(target) if target is not None else None,
        services=services or None,
        level=level,
        only=only,
        known_failing=known_failing,
        command=shlex.join(parts + (["--target", str(target)] if target is not None else [])),
    )
    result = replay(options)
    present(result, report, as_json=as_json)
    return int(result.exit)


def _require_folder(report: Path | None) -> None:
    if report is not None and report.exists() and not report.is_dir():
        fail(Exit.USAGE, f"--report {report}: not a folder")


def _clean(target: Target | None, run_id: str) -> int:
    from conformance.failures import UsageError
    from conformance.run.judge import clean_up

    if target is None:
        raise UsageError("--clean needs --endpoint, --http or --target")
    cleaned = clean_up(target, run_id)
    say(f"gridproof: run {run_id}: {cleaned.residue} left behind")
    return int(Exit.BAD if cleaned.residue else Exit.GOOD)


def _list(options: Options, *, as_json: bool) -> None:
    from conformance.report import ledger
    from conformance.requirements import load
    from conformance.run.judge import described, selection

    chosen: tuple[Requirement, ...] = selection(options, described(options), load())
    sys.stdout.write(ledger.render(chosen, "json" if as_json else "table"))


def _replay(
    endpoint: str | None,
    http: str | None,
    target: Path | None,
    services: str | None,
    profile: str | None,
    allow_writes: bool,
) -> str:
    import shlex

    parts = ["gridproof", "conform"]
    for name, value in (
        ("--endpoint", endpoint),
        ("--http", http),
        ("--target", target),
        ("--services", services),
        ("--profile", profile),
    ):
        if value is not None:
            parts += [name, str(value)]
    return shlex.join([*parts, *(["--allow-writes"] if allow_writes else [])])


def _split(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())
