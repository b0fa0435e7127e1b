"""Options that `simulate` and `sweep` share: what computes, for how long, and whose schedule.

A schedule comes from the scenario, from a file, or from any dispatch endpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fixtures.terminal import Exit, fail

if TYPE_CHECKING:
    from simulator.microgrid.dispatch import Dispatch


class Engine(StrEnum):
    """What computes a run."""

    REFERENCE = "reference"
    BATCH = "batch"
    COMPILED = "compiled"


Scenario = Annotated[str, typer.Argument(help="A scenario file, or the name of a shipped one.")]
Dispatches = Annotated[
    Path | None,
    typer.Option(help="Run this schedule instead: YAML or JSON in the API's form, or .ics."),
]
DispatchesFrom = Annotated[
    str | None,
    typer.Option(metavar="HOST:PORT", help="Fetch the schedule from a dispatch endpoint."),
]
Target = Annotated[
    Path | None,
    typer.Option(help="Fetch it as this target profile says: address, TLS, credentials."),
]
MicrogridId = Annotated[
    int | None,
    typer.Option(min=1, help="Whose schedule to fetch; default the scenario's microgrid."),
]
Metadata = Annotated[
    list[str] | None, typer.Option(metavar="KEY=VALUE", help="Sent to the endpoint; repeatable.")
]
AuthKey = Annotated[
    str | None, typer.Option(envvar="GRIDPROOF_AUTH_KEY", help="API key of the endpoint.")
]
SignSecret = Annotated[
    str | None,
    typer.Option(envvar="GRIDPROOF_SIGN_SECRET", help="Signs every call to the endpoint."),
]
Tls = Annotated[bool, typer.Option("--tls", help="Talk TLS to the endpoint.")]
Ca = Annotated[Path | None, typer.Option(help="Certificates to trust, PEM; implies --tls.")]
Cert = Annotated[Path | None, typer.Option(help="Our own certificate, PEM; implies --tls.")]
CertKey = Annotated[Path | None, typer.Option(help="Private key of --cert, PEM.")]
From = Annotated[
    str | None,
    typer.Option("--from", metavar="T", help="Start: a local date or an ISO 8601 instant."),
]
To = Annotated[str | None, typer.Option("--to", metavar="T", help="End, excluded; as --from.")]
Days = Annotated[int | None, typer.Option(min=1, max=36600, help="Length in days instead of --to.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the summary as JSON, not as tables.")]


@dataclass(frozen=True, kw_only=True)
class Remote:
    """A schedule that an endpoint has; fields are the options of the same names."""

    dispatches_from: str | None
    target: Path | None
    microgrid_id: int | None
    metadata: Sequence[str] | None
    auth_key: str | None
    sign_secret: str | None
    tls: bool
    ca: Path | None
    cert: Path | None
    cert_key: Path | None

    @property
    def named(self) -> bool:
        """Whether there is an endpoint to ask."""
        return self.dispatches_from is not None or self.target is not None


def check_options(
    remote: Remote, dispatches: Path | None, end: str | None, days: int | None, out: Path | None
) -> None:
    """Leave with 2 where options contradict each other, or say something of nothing."""
    if dispatches is not None and remote.named:
        fail(Exit.USAGE, "--dispatches and --dispatches-from: expected one of them")
    # Key and secret may stand in the environment for other commands.
    idle = [
        f"--{each.name.replace('_', '-')}"
        for each in fields(remote)
        if each.name not in ("auth_key", "sign_secret") and getattr(remote, each.name)
    ]
    if idle and not remote.named:
        fail(
            Exit.USAGE,
            f"{', '.join(idle)}: expected only beside --dispatches-from or --target",
        )
    if end is not None and days is not None:
        fail(Exit.USAGE, "--to and --days: expected one of them")
    if out is not None and out.exists() and not out.is_dir():
        fail(Exit.USAGE, f"--out: {out} is not a directory")


def fetched(remote: Remote, microgrid_id: int) -> tuple[Dispatch, ...]:
    """Return the schedule of the endpoint; options go before what its profile says.

    Args:
        remote: names the endpoint.
        microgrid_id: whose schedule, where the options name none.
    """
    from .fetching import fetch_schedule
    from .fetching_endpoint import Endpoint, FetchError, endpoint_of, parse_metadata

    own: dict[str, Any] = {
        "auth_key": remote.auth_key,
        "sign_secret": remote.sign_secret,
        "tls": remote.tls or None,
        "ca": remote.ca,
        "cert": remote.cert,
        "cert_key": remote.cert_key,
    }
    try:
        if remote.target is None:
            endpoint = Endpoint(target=remote.dispatches_from or "")
        else:
            endpoint = endpoint_of(remote.target, remote.dispatches_from)
        more = parse_metadata(remote.metadata or ())
        endpoint = replace(
            endpoint,
            metadata=tuple({**dict(endpoint.metadata), **dict(more)}.items()),
            **{key: value for key, value in own.items() if value is not None},
        )
        wanted = microgrid_id if remote.microgrid_id is None else remote.microgrid_id
        return fetch_schedule(endpoint, wanted)
    except FetchError as error:
        fail(error.code, str(error))
