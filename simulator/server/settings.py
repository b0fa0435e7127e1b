"""What a server is told on its command line, checked and typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from simulator.server.auth import Access

if TYPE_CHECKING:
    from simulator.services.exchange import Accounts

APIS: Final = ("dispatch", "meta", "services", "tasks", "exchange")
"""Names of the APIs that can be served."""


class SettingsError(ValueError):
    """A setting that cannot be used; one sentence that names it and what was expected."""


@dataclass(frozen=True, kw_only=True)
class Tls:
    """Certificates as PEM bytes; with `client_ca` callers must present one of its certificates."""

    cert: bytes
    key: bytes
    client_ca: bytes | None = None
    cert_file: Path
    key_file: Path
    client_ca_file: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How to serve."""

    host: str = "127.0.0.1"
    port: int = 50051
    """0 picks a free one."""
    http_port: int = 8080
    """0 picks a free one."""
    services: tuple[str, ...] = APIS
    """Names of the APIs to serve."""
    scenario: str | None = None
    """Name or path; None: a plain site."""
    seed: int | None = None
    """None: the scenario's."""
    factor: float = 1.0
    """Simulated seconds per second; 0: manual."""
    start_us: int | None = None
    """What the clock shows first; None: the wall clock, or the scenario's start if manual."""
    quirks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Names of quirks by API."""
    control: bool = False
    """Whether the control API is served."""
    access: Access | None = None
    tls: Tls | None = None
    ready_file: Path | None = None
    until_us: int | None = None
    """When the world's clock shows this, the server stops by itself; None: never."""
    files: str | None = None
    """Where objects of the exchange go: a folder, or `s3://BUCKET[/PREFIX]`; None: a temporary
    folder."""
    accounts: Accounts | None = None
    """Accounts of the exchange; None: those that ship with the tool, with well-known tokens."""
    public_url: str | None = None
    """How clients reach the HTTP side, where that is not its own address; no slash at the end."""
    records: bool = False
    """Whether what happens in the world is kept, for `History.finish`."""
