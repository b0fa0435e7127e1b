"""`python -m interop NAME …`: run trials; without a name, list them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from interop.ageing import compare_ageing
from interop.descriptors import compare_descriptors, compare_sources
from interop.environments import CLIENTS, Unavailable, environment, our_server
from interop.exchange import try_first_sdk, try_newest_sdk
from interop.fake_service import judge_fake_service
from interop.generic import try_generic_clients
from interop.peers import DESCRIPTORS, PEERS, SOURCES, Peer
from interop.report_page import try_report_page


def try_client(peer: Peer) -> bool:
    """Run a client's script against our server; it agrees when the script ends with 0."""
    python = environment(peer.requirements)
    with our_server(*peer.serve) as address:
        command: list[str | Path] = [
            python,
            "-W",
            "ignore",
            CLIENTS / peer.script,
            address["grpc"],
            *peer.arguments,
        ]
        return subprocess.run(command, check=False).returncode == 0


TRIALS: dict[str, Callable[[], bool]] = {
    **{name: partial(try_client, peer) for name, peer in PEERS.items()},
    **{
        f"descriptors-{generation}": partial(compare_descriptors, generation)
        for generation in DESCRIPTORS
    },
    **{f"descriptors-{name}": partial(compare_sources, each) for name, each in SOURCES.items()},
    "fake-service": judge_fake_service,
    "generic": try_generic_clients,
    "report-page": try_report_page,
    "ageing": compare_ageing,
    "exchange-0.0.24": try_first_sdk,
    "exchange-1.2.1": try_newest_sdk,
}


def main(names: Sequence[str]) -> int:
    """Run the named trials (all for `all`).

    0 when all agreed, 1 when one differs, 2 for an unknown name, 5 when one could not be made.
    """
    unknown = [name for name in names if name not in TRIALS and name != "all"]
    if not names or unknown:
        said = f"no trial {unknown[0]!r}; " if unknown else ""
        print(f"{said}there are: {', '.join(TRIALS)}, all", file=sys.stderr)
        return 2
    chosen = list(TRIALS) if "all" in names else list(names)
    results: dict[str, bool | None] = {}
    for name in chosen:
        print(f"== {name}", flush=True)
        try:
            results[name] = TRIALS[name]()
        except Unavailable as error:
            print(error)
            results[name] = None
    for name, agreed in results.items():
        print(f"{'NOT TRIED' if agreed is None else 'agreed' if agreed else 'DIFFERS'}  {name}")
    if False in results.values():
        return 1
    return 5 if None in results.values() else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
