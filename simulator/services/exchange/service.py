"""The core of the exchange: people, stores, sharing, time series and SQL, no socket.

Follows seed 002 in the readings of its policy. Methods of its parts are called as the operations on
the wire: `storage_getDataStore` is `service.storage.get_data_store(caller, …)`.
"""

from __future__ import annotations

from collections.abc import Callable
from secrets import token_urlsafe
from typing import TYPE_CHECKING

from simulator.services.exchange.administration import Administration
from simulator.services.exchange.collaboratives import Collaboratives
from simulator.services.exchange.core import Core
from simulator.services.exchange.ids import Ids
from simulator.services.exchange.notices import Notices
from simulator.services.exchange.people import People
from simulator.services.exchange.policy import Policy
from simulator.services.exchange.population import populate
from simulator.services.exchange.registry import Registry
from simulator.services.exchange.rights import Rights
from simulator.services.exchange.series import TimeSeries
from simulator.services.exchange.sharing import Sharing
from simulator.services.exchange.sql import SqlQueries
from simulator.services.exchange.storage import Storage
from simulator.services.exchange.tokens import Tokens
from simulator.services.exchange.tree import Tree
from simulator.services.exchange.users import Users

if TYPE_CHECKING:
    from simulator.microgrid.clock import Clock
    from simulator.services.exchange.accounts import Accounts
    from simulator.services.exchange.objects.storage import ObjectStorage
    from simulator.services.exchange.people import User
    from simulator.services.timers import Timers
    from simulator.store import TokenSigner

Signers = Callable[[str], "TokenSigner"]
"""Gives the signer of page tokens for a purpose."""


class ExchangeService:
    """Everything of one exchange, held in memory, its objects apart.

    Args:
        clock: says what time it is, also to SQL.
        timers: for what takes the world's time, such as a late confirmation.
        signers: of page tokens; the same secret makes them outlive a restart.
        policy: the readings of open questions; the preferred ones by default.
        objects: where bytes are kept; its owner closes it.
        ids: where ids come from.
        accounts: who is there from the beginning.
        new_token: makes texts of authentication tokens that nobody can guess.
    """

    def __init__(
        self,
        clock: Clock,
        timers: Timers,
        signers: Signers,
        policy: Policy | None,
        objects: ObjectStorage,
        ids: Ids,
        accounts: Accounts,
        *,
        new_token: Callable[[], str] = token_urlsafe,
    ) -> None:
        self.clock = clock
        self.policy = policy or Policy()
        self.objects = objects
        self.registry = Registry()
        self.collaboratives = Collaboratives()
        self.registry.removed.append(self.collaboratives.forget_service)
        self.rights = Rights(self.registry, self.collaboratives)
        self.notices = Notices()
        self.series = TimeSeries(
            clock,
            timers,
            signers("exchange.series"),
            self.policy.series,
            self.registry,
            self.rights,
            ids,
            objects,
            self.notices,
        )
        self.sql = self._sql(signers)
        self.registry.removed.append(lambda service_id: self.sql.forget(service_id))
        self._timers = timers
        self._accounts = accounts
        self._new_token = new_token
        self._fill(ids)

    def clear(self, signers: Signers, policy: Policy, ids: Ids) -> None:
        """Drop everything, and go on as a new service would.

        Objects and their URLs go, too, and whoever listens for notices comes to an end.
        """
        self.policy = policy
        self.registry.clear()
        self.series.clear(signers("exchange.series"), policy.series, ids)
        self.sql.close()
        self.sql = self._sql(signers)
        self.objects.clear()
        self._fill(ids)

    def caller(self, token: str) -> User | None:
        """Return whose token it is; None: unknown, expired, or a closed account."""
        return self.people.user_of(token, self.clock.now_us())

    def close(self) -> None:
        """End what works in the background; the service is not used again."""
        self.sql.close()

    def _sql(self, signers: Signers) -> SqlQueries:
        return SqlQueries(
            self.clock, signers("exchange.sql"), self.policy.sql, self.series.table, self.rights
        )

    def _fill(self, ids: Ids) -> None:
        """Begin with the accounts and nothing else."""
        tokens, tree = Tokens(ids, self._new_token), Tree()
        self.people = People(tokens)
        self.collaboratives.clear(shared_write=self.policy.shared_write)
        self.users = Users(self.clock, tokens)
        self.storage = Storage(
            Core(
                clock=self.clock,
                timers=self._timers,
                ids=ids,
                policy=self.policy,
                people=self.people,
                registry=self.registry,
                rights=self.rights,
                objects=self.objects,
                notices=self.notices,
                tree=tree,
            )
        )
        self.sharing = Sharing(self.collaboratives, self.registry, self.rights)
        self.administration = Administration(
            self.clock, ids, self.people, self.collaboratives, self.registry, tree
        )
        populate(self, tokens, self._accounts)
