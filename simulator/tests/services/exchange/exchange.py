"""An exchange with the shipped population, called in-process, its objects in a local folder."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from simulator.microgrid.clock import ManualClock
from simulator.services.exchange import (
    ExchangeError,
    ExchangeService,
    Ids,
    policy_with,
    shipped_accounts,
)
from simulator.services.exchange.objects import Gateway, LocalObjects, UrlSigner
from simulator.services.timers import Timers
from simulator.store import TokenSigner

NOW_US = 1_800_000_000_000_000
"""2027-01-15T08:00:00Z."""
SECRET = b"secret of the tests"
BASE = "http://127.0.0.1:8080/objects"


class Exchange:
    """A service, what is around it, and short ways to use it."""

    def __init__(self, folder: Path, *quirks: str, **options: Any) -> None:
        self.clock = ManualClock(NOW_US)
        self.timers = Timers(self.clock)
        self.wall_s = 1_800_000_000.0
        self.signer = UrlSigner(SECRET, lambda: BASE, lambda: self.wall_s)
        self.objects = LocalObjects(folder, self.signer)
        self.service = ExchangeService(
            self.clock,
            self.timers,
            signers,
            policy_with(quirks, options.get("policy")),
            options.get("objects", self.objects),
            Ids(0),
            options.get("accounts", shipped_accounts()),
        )
        # The storage behind is another one after a reset.
        self.gateway = Gateway(
            self.objects,
            lambda key: self.service.storage.is_awaited(key),
            lambda key, info: self.service.storage.uploaded(key, info),
        )

    def close(self) -> None:
        """Leave nothing behind."""
        self.service.close()
        self.objects.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.service, name)

    def user(self, token: str) -> Any:
        """Return whose token it is."""
        found = self.service.caller(token)
        assert found is not None, token
        return found

    def store(self, token: str) -> Any:
        """Return the first store of a user."""
        return self.service.storage.list_data_stores(self.user(token))[0]

    def database(self, token: str) -> Any:
        """Return the first database of a user."""
        return self.service.series.list_databases(self.user(token))[0]

    def advance(self, us: int) -> None:
        """Let the world's time pass, and happen what was planned for it."""
        self.clock.advance(us)
        self.timers.run(self.clock.now_us())

    def reset(self, *quirks: str) -> None:
        """Begin anew, with the same seed."""
        self.service.clear(signers, policy_with(quirks), Ids(0))

    def make_file(self, token: str, name: str = "up", extension: str = "csv", **more: Any) -> Any:
        """Make a file in the home directory of a user's first store; returns its PresignedUrl."""
        store = self.store(token)
        return self.service.storage.create_data_store_file(
            self.user(token),
            store.home_directory_id,
            store.data_store_id,
            name,
            extension,
            **more,
        )

    async def put(self, url: str, *chunks: bytes, length: int | None = None) -> Any:
        """PUT bytes at a URL."""
        key, query = target(url)
        return await self.gateway.upload(key, query, pieces(*chunks), length)

    async def get(self, url: str, range_header: str | None = None) -> bytes:
        """GET what is at a URL."""
        key, query = target(url)
        return await content(await self.gateway.download(key, query, range_header))


def signers(purpose: str) -> TokenSigner:
    """Return the signer of page tokens for a purpose."""
    return TokenSigner(SECRET, purpose=purpose)


def target(url: str) -> tuple[str, dict[str, str]]:
    """Return key and query of a presigned URL, as a server decodes them."""
    assert url.startswith(f"{BASE}/")
    parts = urlsplit(url)
    return unquote(parts.path.removeprefix("/objects/")), dict(parse_qsl(parts.query))


def kept_files(folder: Path) -> list[Path]:
    """Return all files below a folder."""
    return [each for each in folder.rglob("*") if each.is_file()]


async def pieces(*chunks: bytes) -> AsyncIterator[bytes]:
    """Yield chunks, as a body comes in."""
    for chunk in chunks:
        yield chunk


async def content(opened: Any) -> bytes:
    """Return all bytes of an opened object."""
    return b"".join([chunk async for chunk in opened.chunks])


@contextmanager
def refused(kind: str = "Unauthorized") -> Iterator[Any]:
    """Expect a refusal of a kind."""
    with pytest.raises(ExchangeError) as caught:
        yield caught
    assert caught.value.kind == kind
