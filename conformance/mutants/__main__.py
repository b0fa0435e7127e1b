"""Serve one faulty or unusual endpoint by hand: `python -m conformance.mutants --mutant ID`.

Prints the address on standard output and serves until interrupted; `--list` prints the catalogue,
`--api NAME` serves a correct endpoint of an API. A meta endpoint has two addresses, gRPC and HTTP,
on a line each; the first serves the hook, too.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import get_args

from conformance.mutants import server as dispatch
from conformance.mutants.catalogue import MUTANTS, VARIANTS, NoSuchChange, mutant, variant
from conformance.mutants.change import Api, Mutant, Variant, bent, policy_of
from conformance.mutants.exchange import server as exchange
from conformance.mutants.exchange.policy import STRAIGHT as EXCHANGE
from conformance.mutants.meta import server as meta
from conformance.mutants.meta.policy import STRAIGHT as META
from conformance.mutants.server import AUTH_KEY, SIGN_SECRET
from conformance.mutants.services import server as services
from conformance.mutants.services.policy import STRAIGHT as SERVICES
from conformance.mutants.tasks import server as tasks
from conformance.mutants.tasks.policy import STRAIGHT as TASKS
from fixtures.terminal import Exit, fail

Change = Mutant | Variant | None
Served = Callable[[Change, int, bool], AbstractContextManager[Sequence[str]]]
"""Serves a change on a port, asking for credentials or not; gives the addresses."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve as the arguments say; returns 0 after SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m conformance.mutants", description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--mutant", metavar="ID", help="the fault to serve")
    which.add_argument("--variant", metavar="ID", help="the legal variant to serve")
    which.add_argument("--list", action="store_true", help="print the catalogue and stop")
    which.add_argument(
        "--api", choices=get_args(Api), default="dispatch", help="serve a correct endpoint of it"
    )
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--auth", action="store_true", help="ask for credentials")
    options = parser.parse_args(arguments)
    if options.list:
        print(*_catalogue(), sep="\n")
        return Exit.GOOD
    change: Change = None
    try:
        if options.mutant:
            change = mutant(options.mutant)
        elif options.variant:
            change = variant(options.variant)
    except NoSuchChange as error:
        fail(Exit.USAGE, str(error))
    _serve(change.api if change else options.api, change, options.port, asked=options.auth)
    return Exit.GOOD


def _catalogue() -> list[str]:
    faults = [f"{m.id}\t{' '.join(m.kills)}\t{m.sentence}" for m in MUTANTS]
    return faults + [f"{v.id}\t{v.trait}\t{v.sentence}" for v in VARIANTS]


def _serve(api: Api, change: Change, port: int, *, asked: bool) -> None:
    stop = _stopped_by_signal()
    try:
        with _SERVERS[api](change, port, asked) as addresses:
            print(*addresses, sep="\n", flush=True)
            print(change.sentence if change else "A correct endpoint.", file=sys.stderr)
            _wait(stop)
    except OSError as error:
        fail(Exit.USAGE, str(error))


@contextmanager
def _dispatch(change: Change, port: int, asked: bool) -> Iterator[Sequence[str]]:
    wanted = change.credentials if change else "none"
    with dispatch.served(
        policy_of(change),
        port=port,
        auth_key=AUTH_KEY if asked or wanted != "none" else None,
        sign_secret=SIGN_SECRET if asked or wanted == "sign" else None,
    ) as address:
        yield (address,)


@contextmanager
def _meta(change: Change, port: int, asked: bool) -> Iterator[Sequence[str]]:
    with meta.served(bent(META, change), port=port, auth=asked or _bearer(change)) as addresses:
        yield (addresses.grpc, addresses.http)


@contextmanager
def _services(change: Change, port: int, asked: bool) -> Iterator[Sequence[str]]:
    if asked:
        fail(Exit.USAGE, "--auth: the services endpoint asks for no credentials")
    with services.served(bent(SERVICES, change), port=port) as address:
        yield (address,)


@contextmanager
def _tasks(change: Change, port: int, asked: bool) -> Iterator[Sequence[str]]:
    with tasks.served(bent(TASKS, change), port=port, auth=asked or _bearer(change)) as address:
        yield (address,)


@contextmanager
def _exchange(change: Change, port: int, asked: bool) -> Iterator[Sequence[str]]:
    # Nobody calls an exchange without a token, so there is nothing to ask for.
    with exchange.served(bent(EXCHANGE, change), port=port) as url:
        yield (url,)


def _bearer(change: Change) -> bool:
    return change is not None and change.credentials == "bearer"


_SERVERS: Mapping[Api, Served] = {
    "dispatch": _dispatch,
    "meta": _meta,
    "services": _services,
    "tasks": _tasks,
    "exchange": _exchange,
}


def _stopped_by_signal() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _wait(stop: threading.Event) -> None:
    # A signal that another thread receives does not wake this one, which has to handle it.
    while not stop.wait(0.2):
        pass


if __name__ == "__main__":
    sys.exit(main())
