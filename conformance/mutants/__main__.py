"""Serve one faulty or unusual endpoint by hand: `python -m conformance.mutants --mutant ID`.

Prints the address on standard output and serves until interrupted; `--list` prints the catalogue.
A meta endpoint has two addresses, gRPC and HTTP, on a line each; the first serves the hook, too.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence

from conformance.mutants.catalogue import MUTANTS, VARIANTS, NoSuchChange, mutant, variant
from conformance.mutants.change import Mutant, Variant, bent, policy_of
from conformance.mutants.meta import server as meta
from conformance.mutants.meta.policy import STRAIGHT
from conformance.mutants.server import AUTH_KEY, SIGN_SECRET, served
from fixtures.terminal import Exit, fail


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve as the arguments say; returns 0 after SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m conformance.mutants", description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--mutant", metavar="ID", help="the fault to serve")
    which.add_argument("--variant", metavar="ID", help="the legal variant to serve")
    which.add_argument("--list", action="store_true", help="print the catalogue and stop")
    which.add_argument("--meta", action="store_true", help="serve a correct meta endpoint")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--auth", action="store_true", help="ask for credentials")
    options = parser.parse_args(arguments)
    if options.list:
        print(*_catalogue(), sep="\n")
        return Exit.GOOD
    change: Mutant | Variant | None = None
    try:
        if options.mutant:
            change = mutant(options.mutant)
        elif options.variant:
            change = variant(options.variant)
    except NoSuchChange as error:
        fail(Exit.USAGE, str(error))
    if options.meta or (change and change.api == "meta"):
        _serve_meta(change, options.port, asked=options.auth)
    else:
        _serve(change, options.port, signed=options.auth)
    return Exit.GOOD


def _catalogue() -> list[str]:
    faults = [f"{m.id}\t{' '.join(m.kills)}\t{m.sentence}" for m in MUTANTS]
    return faults + [f"{v.id}\t{v.trait}\t{v.sentence}" for v in VARIANTS]


def _serve(change: Mutant | Variant | None, port: int, *, signed: bool) -> None:
    asked = change.credentials if change else "none"
    stop = _stopped_by_signal()
    try:
        with served(
            policy_of(change),
            port=port,
            auth_key=AUTH_KEY if signed or asked != "none" else None,
            sign_secret=SIGN_SECRET if signed or asked == "sign" else None,
        ) as address:
            print(address, flush=True)
            print(change.sentence if change else "A correct endpoint.", file=sys.stderr)
            _wait(stop)
    except OSError as error:
        fail(Exit.USAGE, str(error))


def _serve_meta(change: Mutant | Variant | None, port: int, *, asked: bool) -> None:
    auth = asked or (change is not None and change.credentials == "bearer")
    stop = _stopped_by_signal()
    try:
        with meta.served(bent(STRAIGHT, change), port=port, auth=auth) as addresses:
            print(addresses.grpc, addresses.http, sep="\n", flush=True)
            print(change.sentence if change else "A correct endpoint.", file=sys.stderr)
            _wait(stop)
    except OSError as error:
        fail(Exit.USAGE, str(error))


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
