"""The peers as data: what to install, which script to run, against which server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Peer:
    """One trial.

    `requirements` are installed into the peer's own environment; `script` is a file of
    `interop/clients`, run there with `arguments` after the address of the server; `serve` are
    further options of `gridproof serve`.
    """

    requirements: tuple[str, ...]
    script: str
    arguments: tuple[str, ...] = ()
    serve: tuple[str, ...] = ()


NEWEST = ("frequenz-client-dispatch[cli]>=1.1.1,<2",)
OLDEST = ("frequenz-client-dispatch[cli]==0.7.1", "frequenz-api-dispatch==0.15.1")

PEERS = {
    "dispatch-1.1": Peer(requirements=NEWEST, script="dispatch_newest.py"),
    "dispatch-0.15": Peer(requirements=OLDEST, script="dispatch_oldest.py"),
    "cli-1.1": Peer(requirements=NEWEST, script="dispatch_cli.py", arguments=("--auth-key",)),
    "cli-0.15": Peer(requirements=OLDEST, script="dispatch_cli.py", arguments=("--key",)),
    "idle-1.1": Peer(requirements=NEWEST, script="dispatch_idle.py", arguments=("150",)),
}
"""Trials of a client against our server, by name."""

DESCRIPTORS = {"1.1": NEWEST, "0.15": OLDEST}
"""Where the published descriptors of each generation of the dispatch contract come from."""


@dataclass(frozen=True, kw_only=True)
class Published:
    """Where the sources of a contract are published.

    `repositories` are URLs by the folder into which they are cloned; `roots` are the folders, below
    all of them, under which the files of the contract import each other.
    """

    contract: str
    package: str
    repositories: dict[str, str]
    roots: tuple[str, ...] = ("",)


SOURCES = {
    "meta": Published(
        contract="meta",
        package="ntt.meta.v1alpha2.",
        repositories={
            "edgelq-sdk": "https://github.com/cloudwan/edgelq-sdk",
            "goten-sdk": "https://github.com/cloudwan/goten-sdk",
        },
    ),
    "services": Published(
        contract="services",
        package="smartcore.bos.services.v1.",
        repositories={"sc-bos": "https://github.com/smart-core-os/sc-bos"},
        roots=("sc-bos/proto",),
    ),
}
"""Published `.proto` files of the APIs that have no published Python package."""

FAKE_SERVICE = Peer(requirements=NEWEST, script="fake_service.py")
"""The published test double of the dispatch service, as a server to be judged."""
