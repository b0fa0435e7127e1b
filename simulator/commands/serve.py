"""`gridproof serve`: the reference server, backed by one simulated microgrid."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import re
import signal
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fixtures.terminal import Exit, fail, say

if TYPE_CHECKING:
    from simulator.server.history import History
    from simulator.server.settings import Settings, Tls

_FACTOR = re.compile(r"x(\d+(?:\.\d+)?)")
_FASTEST = 1_000_000


def serve(
    scenario: Annotated[
        str | None, typer.Argument(help="Name or file of the scenario; the plain one if absent.")
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="gRPC; 0 picks a free one.")] = 50051,
    http_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="HTTP; 8080, or a free one where --port is 0."),
    ] = None,
    services: Annotated[
        str | None, typer.Option(help="Names of APIs, separated by commas; all if absent.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Default: the scenario's.")] = None,
    quirks: Annotated[
        list[str] | None,
        typer.Option(help="Known departures to take on: api=name,… (repeatable)."),
    ] = None,
    time: Annotated[str, typer.Option(help="real, x60 (sixty times as fast), or manual.")] = "real",
    start: Annotated[
        str | None, typer.Option(help="What the clock shows first, ISO 8601 with offset.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Stop when the clock shows this, ISO 8601 with offset.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the outcome, written in the end as `simulate` does."),
    ] = None,
    control: Annotated[
        bool, typer.Option("--control", help="Serve the control API, which steers the world.")
    ] = False,
    auth: Annotated[
        Path | None,
        typer.Option(help="YAML file of API keys, the sign secret, accounts of the exchange."),
    ] = None,
    files: Annotated[
        str | None,
        typer.Option(help="Where files of the exchange go: a folder, or s3://BUCKET/PREFIX."),
    ] = None,
    public_url: Annotated[
        str | None,
        typer.Option(help="How clients reach the HTTP side, if not at its own address."),
    ] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="PEM; serves TLS.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="PEM, beside --tls-cert.")] = None,
    client_ca: Annotated[
        Path | None, typer.Option(help="PEM; clients must present a certificate of it.")
    ] = None,
    ready_file: Annotated[
        Path | None, typer.Option(help="Written once requests are accepted: addresses and pid.")
    ] = None,
) -> None:
    """Serve the APIs, backed by one simulated microgrid, until SIGTERM or Ctrl-C."""
    # gRPC reports a failed bind on its own, in many lines; ours says it in one.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    logging.basicConfig(format="gridproof: %(message)s", level=logging.WARNING)

    from simulator.server.auth_file import Admitted, read_auth
    from simulator.server.settings import Settings, SettingsError

    try:
        admitted = Admitted() if auth is None else read_auth(auth)
        settings = Settings(
            services=_services(services),
            host=host,
            port=port,
            http_port=http_port if http_port is not None else 8080 if port else 0,
            scenario=scenario,
            seed=seed,
            factor=_factor(time),
            start_us=None if start is None else _instant("--start", start),
            until_us=None if until is None else _instant("--until", until),
            records=out is not None,
            quirks=_quirks(quirks or []),
            control=control,
            access=admitted.access,
            accounts=admitted.accounts,
            files=files,
            public_url=_base(public_url),
            tls=_tls(tls_cert, tls_key, client_ca),
            ready_file=ready_file,
        )
        _usable(out)
        _run(_serve(settings, out))
    except SettingsError as error:
        fail(Exit.USAGE, str(error))


def _usable(out: Path | None) -> None:
    """Try the folder of the outcome before anything runs that would be lost without it.

    Raises:
        SettingsError: it cannot be made or written to.
    """
    from simulator.server.settings import SettingsError

    if out is None:
        return
    was_there = out.is_dir()
    try:
        out.mkdir(parents=True, exist_ok=True)
        is_writable = os.access(out, os.W_OK)
        if not was_there:
            out.rmdir()
    except OSError as error:
        raise SettingsError(f"--out {out}: {(error.strerror or str(error)).lower()}") from None
    if not is_writable:
        raise SettingsError(f"--out {out}: may not be written to")


async def _serve(settings: Settings, out: Path | None) -> None:
    from simulator.server.host import Host

    server = Host(settings)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Not the method of the server: uvloop keeps handlers for good, and all that they hold.
        loop.add_signal_handler(number, server.stopping.set)

    def ready(grpc_address: str, http_address: str) -> None:
        _spare_collector()
        say(f"gridproof: serving gRPC on {grpc_address}, HTTP on {http_address}")
        if settings.ready_file is not None:
            _write_ready(settings.ready_file, grpc_address, http_address)

    _remove(settings.ready_file)
    try:
        await server.run(ready)
    finally:
        _remove(settings.ready_file)
        # Extension modules look for what was left behind, and would find what was only set aside.
        gc.unfreeze()
    if out is not None:
        _write_outcome(server.history, out)


def _write_outcome(history: History, out: Path) -> None:
    """Write what has happened in the world.

    Raises:
        SettingsError: the folder cannot be written.
    """
    from simulator.outcome.tables import write
    from simulator.server.settings import SettingsError

    record = history.finish()
    if record.end_us == record.start_us:
        say("gridproof: no time has passed in the world, so there is no outcome")
        return
    try:
        write(record, out, "parquet")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SettingsError(f"--out {error.filename or out}: {reason}") from None
    say(f"gridproof: the outcome is in {out}")


def _spare_collector() -> None:
    """Let the garbage collector pass over what stays for good, and look at the rest less often.

    Otherwise a full collection stops every stream for as long as it takes to walk through all
    imported modules: measured at 0.1 to 0.4 s on a busy machine.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def _run(main: Coroutine[Any, Any, None]) -> None:
    """Run on uvloop where it is installed."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)


def _remove(path: Path | None) -> None:
    """Remove a ready file: nobody may take an earlier server's, or a gone one's, for ours."""
    if path is not None:
        with suppress(OSError):
            path.unlink()


def _write_ready(path: Path, grpc_address: str, http_address: str) -> None:
    """Write the file whole or not at all: whoever waits for it reads it at once.

    Raises:
        SettingsError: it cannot be written.
    """
    from simulator.server.settings import SettingsError

    content = {"grpc": grpc_address, "http": http_address, "pid": os.getpid()}
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_text(json.dumps(content) + "\n", "utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        reason = (error.strerror or str(error)).lower()
        raise SettingsError(f"--ready-file {path}: {reason}") from None


def _factor(text: str) -> float:
    """Return simulated seconds per second."""
    from simulator.server.settings import SettingsError

    if text in ("real", "manual"):
        return 1.0 if text == "real" else 0.0
    match = _FACTOR.fullmatch(text)
    if match is None or not 0 < float(match[1]) <= _FASTEST:
        raise SettingsError(
            f"--time {text}: expected real, manual, or x and a factor up to {_FASTEST}"
        )
    return float(match[1])


def _instant(option: str, text: str) -> int:
    from simulator.microgrid.scenario_base import parse_instant
    from simulator.server.settings import SettingsError

    try:
        return parse_instant(text)
    except ValueError as error:
        raise SettingsError(f"{option} {text}: expected {error}") from None


def _base(url: str | None) -> str | None:
    """Return a URL that paths are appended to."""
    from simulator.server.settings import SettingsError

    if url is not None and not re.fullmatch(r"https?://[^/?#\s]+(/[^?#\s]*)?", url):
        raise SettingsError(f"--public-url {url}: expected http:// or https://, host and port")
    return None if url is None else url.rstrip("/")


def _quirks(texts: list[str]) -> dict[str, tuple[str, ...]]:
    """Return names by API from `api=name,name`."""
    from simulator.server.settings import SettingsError

    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        api, separator, names = text.partition("=")
        if not separator or not api:
            raise SettingsError(f"--quirks {text}: expected api=name,name")
        chosen = tuple(name.strip() for name in names.split(",") if name.strip())
        found[api.strip()] = (*found.get(api.strip(), ()), *chosen)
    return found


def _services(text: str | None) -> tuple[str, ...]:
    """Return the APIs that are named, each once, in the order in which we serve them."""
    from fixtures.documents.names import nearest
    from simulator.server.settings import APIS, SettingsError

    chosen = list(APIS) if text is None else [name.strip() for name in text.split(",")]
    for name in chosen:
        if name not in APIS:
            near = nearest(name, APIS)
            hint = f"did you mean {near}?" if near else f"there are {', '.join(APIS)}"
            raise SettingsError(f"--services: no API {name!r}, {hint}")
    return tuple(name for name in APIS if name in chosen)


def _tls(cert: Path | None, key: Path | None, client_ca: Path | None) -> Tls | None:
    from simulator.server.settings import SettingsError
    from simulator.server.tls import read_tls

    if cert is None and key is None:
        if client_ca is not None:
            raise SettingsError("--client-ca: needs --tls-cert and --tls-key")
        return None
    if cert is None or key is None:
        raise SettingsError("--tls-cert and --tls-key: one needs the other")
    return read_tls(cert, key, client_ca)
