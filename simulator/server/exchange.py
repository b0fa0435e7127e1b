"""The exchange API of a server: its service, where its objects are kept, what executes documents.

It begins with the accounts of the auth file, or with those that ship with the tool where there is
no such file. A reset begins it anew, and URLs that were given out before are good no more.
"""

from __future__ import annotations

import secrets
import tempfile
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from simulator.server.settings import Settings, SettingsError
from simulator.services.exchange import ExchangeService, Ids, Policy, shipped_accounts
from simulator.services.exchange.faults import FaultKind, Faults
from simulator.services.exchange.graphql.execution import Graphql
from simulator.services.exchange.graphql.subscription import FIELDS
from simulator.services.exchange.objects import Gateway, LocalObjects, UrlSigner

if TYPE_CHECKING:
    from simulator.microgrid.clock import Clock
    from simulator.services.exchange.objects import ObjectInfo, ObjectStorage
    from simulator.services.exchange.people import User
    from simulator.services.timers import Timers
    from simulator.store import TokenSigner

OBJECTS: Final = "/objects"
"""Path below which a local storage is reached."""
_S3: Final = "s3://"

Signers = Callable[[str], "TokenSigner"]


@dataclass
class Address:
    """How clients reach the server, known late: its own address where no other one is set."""

    url: str


class Exchange:
    """What of the exchange API lives as long as the server.

    Args:
        settings: of the server.
        clock: the world's.
        timers: what services plan.
        signers: give the signer of tokens for a purpose.
        policy: how the API behaves.
        seed: of the ids.

    Raises:
        SettingsError: objects cannot be kept where the settings say.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        timers: Timers,
        signers: Signers,
        policy: Policy,
        seed: int,
    ) -> None:
        self.address = Address(settings.public_url or "")
        self._objects = _storage(settings.files, self.address)
        # Also where nobody closes it: a server may fail before it runs.
        self._release = weakref.finalize(self, self._objects.close)
        self.service = ExchangeService(
            clock,
            timers,
            signers,
            policy,
            self._objects,
            Ids(seed),
            shipped_accounts() if settings.accounts is None else settings.accounts,
        )
        self.faults = Faults()
        self.service.notices.lose = self._loses
        self.graphql = Graphql(self.service, faults=self.faults)
        self.gateway: Gateway | None = None
        """The door of the objects, where they are kept in a folder of ours."""
        if isinstance(self._objects, LocalObjects):
            self.gateway = Gateway(self._objects, self._is_awaited, self._uploaded)

    def user(self, token: str | None) -> User | None:
        """Return whose token it is, with or without `Bearer` before it; None: nobody's."""
        return None if not token else self.service.caller(token.removeprefix("Bearer "))

    def clear(self, signers: Signers, policy: Policy, seed: int) -> None:
        """Begin anew."""
        self.faults.clear()
        self.service.clear(signers, policy, Ids(seed))

    def _is_awaited(self, key: str) -> bool:
        return self.service.storage.is_awaited(key)

    def _uploaded(self, key: str, info: ObjectInfo) -> None:
        """Pass on that bytes have come, to be confirmed later if that was ordered."""
        storage = self.service.storage
        usual_s = storage.confirmation_delay_s
        if (fault := self.faults.due(FaultKind.LATE_CONFIRMATION)) is not None:
            storage.confirmation_delay_s = fault.seconds
        storage.uploaded(key, info)
        storage.confirmation_delay_s = usual_s

    def _loses(self, topic: Any, notice: object) -> bool:
        """Whether an event was ordered to reach nobody."""
        return self.faults.due(FaultKind.LOSE_EVENT, FIELDS[topic[0]]) is not None

    def close(self) -> None:
        """Leave nothing behind."""
        self.graphql.close()
        self.service.close()
        self._release()


def _storage(place: str | None, address: Address) -> ObjectStorage:
    if place is not None and place.startswith(_S3):
        from simulator.services.exchange.objects.s3 import NoBucket, open_bucket

        try:
            return open_bucket(place)
        except NoBucket as error:
            raise SettingsError(f"--files {error}") from None
    signer = UrlSigner(secrets.token_bytes(32), lambda: address.url + OBJECTS, time.time)
    try:
        return LocalObjects(Path(place or tempfile.gettempdir()), signer)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SettingsError(f"--files {place}: {reason}") from None
