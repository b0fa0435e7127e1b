"""What checks of the exchange API stand on: who speaks, what there is, and what they make anew."""

from __future__ import annotations

import copy
import time
import uuid
from collections.abc import Callable
from typing import Any, Self, TypeVar

from conformance.failures import NotApplicable
from conformance.oracles.exchange.model import (
    Collaborative,
    DataStore,
    DataStoreDirectory,
    DataStoreFile,
    TimeSeriesDb,
    User,
)
from conformance.targets.exchange_calls import Caller
from conformance.targets.exchange_listening import Listening
from conformance.targets.exchange_people import People
from conformance.targets.exchange_session import ExchangeSession, credentials_of
from conformance.targets.exchange_storage import Storage
from conformance.targets.naming import is_tagged
from conformance.targets.reaching import Shelved

T = TypeVar("T")

RECENT_S = 1800
"""How far back `recent_ns` lies: in the past for any clock, within every retention."""


class Ground(Storage, Listening, People):
    """Views of one check for other callers, and the things that it works on."""

    def __init__(self, session: ExchangeSession, caller: Caller) -> None:
        super().__init__(session, caller)
        self._recalled: set[Any] = set()

    @property
    def role(self) -> str:
        """Who speaks."""
        return self.caller.role

    @property
    def me(self) -> User:
        """The user of this view, asked once."""
        return self.shared("user", self.user)

    @property
    def with_variables(self) -> Self:
        """The same caller, arguments sent as variables."""
        return self._changed(form="variables")

    @property
    def inlined(self) -> Self:
        """The same caller, arguments written into the documents."""
        return self._changed(form="inlined")

    def as_role(self, role: str) -> Self:
        """The same check as another caller.

        Raises:
            NotApplicable: the profile has no token of that role.
        """
        client = self.session.client.with_credentials(self.session.credentials(role))
        caller = Caller(self.session, self.recorder, client, role, self.caller.log)
        return self._changed(caller=caller)

    def with_token(self, token: str | None) -> Self:
        """The same check with any token; None sends none. What it makes is removed by the owner."""
        credentials = credentials_of(self.session.target, self.session.profile, token)
        client = self.session.client.with_credentials(credentials)
        speaker = "nobody" if token is None else "another token"
        caller = Caller(self.session, self.recorder, client, self.role, self.caller.log, speaker)
        return self._changed(caller=caller)

    def store(self) -> DataStore:
        """A data store of the caller: the profile's, else the first one that is listed.

        Raises:
            NotApplicable: there is none.
        """
        named = self.session.profile.data_store if self.role == "owner" else None

        def find() -> DataStore:
            if named is not None:
                return self.get_data_store(named)
            for each in self.list_data_stores():
                if not is_tagged(each.name):
                    return each
            raise NotApplicable(f"the {self.role} of the profile has no data store")

        return self.shared("store", find)

    def database(self) -> TimeSeriesDb:
        """A time series database of the caller: the profile's, else the first that is listed.

        Raises:
            NotApplicable: there is none.
        """
        named = self.session.profile.time_series_db if self.role == "owner" else None

        def find() -> TimeSeriesDb:
            if named is not None:
                return self.get_database(named)
            for each in self.list_databases():
                if not is_tagged(each.name):
                    return each
            raise NotApplicable(f"the {self.role} of the profile has no database")

        return self.shared("database", find)

    def collaborative(self) -> Collaborative:
        """A collaborative in which the caller may share: the profile's, else the first such one.

        Raises:
            NotApplicable: there is none.
        """
        return self.common_collaborative()

    def common_collaborative(self, *roles: str) -> Collaborative:
        """A collaborative in which the caller may share, and users of these roles are members.

        Raises:
            NotApplicable: there is none, or a role without a token.
        """
        named = self.session.profile.collaborative if self.role == "owner" else None

        def find() -> Collaborative:
            others = [self.as_role(role).me.user_id for role in roles]
            mine = (
                [self.get_collaborative(named)]
                if named is not None
                else [
                    each
                    for each in self.list_collaboratives()
                    if not is_tagged(each.name)
                    and each.permission_of(self.me.user_id) == "READ_WRITE"
                ]
            )
            for each in mine:
                if all(each.permission_of(user) for user in others):
                    return each
            whom = f" with {', '.join(roles)}" if roles else ""
            raise NotApplicable(f"the {self.role} of the profile is in no collaborative{whom}")

        return self.shared(("collaborative", roles), find)

    def own_store(self) -> DataStore:
        """A store of this check's own where administration is granted, else `store()`."""
        return self.fresh_store() if self.session.profile.administration else self.store()

    def own_database(self) -> TimeSeriesDb:
        """A database of this check's own where administration is granted, else `database()`."""
        return self.fresh_database() if self.session.profile.administration else self.database()

    def fresh_name(self) -> str:
        """A name that nobody else has used; it bears the run's tag."""
        return self.session.names.fresh()

    def fresh_asset(self) -> str:
        """The id of an asset that has no records yet."""
        return self.session.names.fresh()

    def fresh_store(self, description: str | None = None) -> DataStore:
        """A data store of the caller's own; needs administration."""
        return self.create_data_store(self.fresh_name(), description)

    def fresh_database(self, description: str | None = None) -> TimeSeriesDb:
        """A database of the caller's own, without data; needs administration."""
        return self.create_database(self.fresh_name(), description)

    def fresh_directory(self, store: DataStore, *, parent: str | None = None) -> DataStoreDirectory:
        """A directory without contents; needs administration."""
        return self.create_directory(
            store=store.data_store_id,
            parent=parent or store.home_directory_id,
            name=self.fresh_name(),
        )

    def fresh_file(self, data: bytes = b"gridproof\n", **how: Any) -> DataStoreFile:
        """A file with these bytes, uploaded and confirmed; `how` as `upload` takes it."""
        given = {"store": how.pop("store", None) or self.store(), "name": self.fresh_name(), **how}
        return self.upload(data, **given)

    def absent(self, kind: str) -> str:
        """An id of the usual form that nothing has; the kind is `dataStore`, `timeSeriesDb` …."""
        return f"{kind}-{uuid.uuid5(uuid.NAMESPACE_URL, self.session.names.fresh())}"

    def now_ns(self) -> int:
        """The time of the target in whole milliseconds, as nanoseconds since the epoch.

        It is our own clock's, or what SQL tells where the target has a time of its own.
        """
        now = time.time_ns()
        if self.session.profile.clock == "simulated" and self.session.profile.sql != "none":
            found = self.sql(self.database().time_series_db_id, "SELECT now()").typed()
            now = found[0][0]
        return now // 1_000_000 * 1_000_000

    def recent_ns(self) -> int:
        """A whole second a while ago, at which records may be written.

        Later calls in one process give the same or a later instant; assets keep checks apart.
        """
        if self.session.profile.clock == "simulated":
            now = self.shared("now", self.now_ns)
        else:
            now = time.time_ns()
        return (now // 1_000_000_000 - RECENT_S) * 1_000_000_000

    def shared(self, key: Any, make: Callable[[], T]) -> T:
        """What `make` gives, made once for all checks of the process that ask for this key.

        Nobody may change it. What `make` creates is removed at the end of the run.
        """
        shelf = self.session.shelf
        place = (self.role, self.token, key)
        if place in shelf:
            if place not in self._recalled:
                self.recorder.recall(shelf[place].steps)
        else:
            began, before = self.recorder.mark(), list(self.caller.log.made)
            value = make()
            self.caller.log.made[:] = before
            shelf[place] = Shelved(value=value, steps=self.recorder.since(began))
        self._recalled.add(place)
        found: T = shelf[place].value
        return found

    def _changed(self, **fields: Any) -> Self:
        other = copy.copy(self)
        for name, value in fields.items():
            setattr(other, name, value)
        return other
