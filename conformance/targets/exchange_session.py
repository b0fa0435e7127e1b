"""What the checks of one process share for the exchange API: addresses, callers, names, finds."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from conformance.context import ProfileName
from conformance.failures import NotApplicable, UsageError
from conformance.targets.budget import Budget
from conformance.targets.credentials import Credentials
from conformance.targets.http_client import HttpClient
from conformance.targets.journal import Journal
from conformance.targets.naming import Names
from conformance.targets.profile import ExchangeProfile, Target
from conformance.targets.reaching import Shelved
from fixtures.targets.exchange import ROLES

HEADER = "Authorization"

SHIPPED = {role: role for role in ROLES if role != "owner_again"}
"""Tokens of the population that the reference server ships; tried where the profile has none."""


@dataclass(kw_only=True)
class ExchangeSession:
    """Shared by all checks of a process.

    Attributes:
        client: the address with the credentials of the owner.
        profile: what the target says of its exchange API.
        target: the whole profile.
        run_id: tags what is made.
        writes: whether anything may be made.
        depth: smoke, staging or full.
        shelf: what checks share, by role and key.
        odd_errors: error objects that lack what each has to have, seen in this process.
    """

    client: HttpClient
    profile: ExchangeProfile
    target: Target
    journal: Journal
    run_id: str
    writes: bool
    depth: ProfileName
    shelf: dict[Any, Shelved] = field(default_factory=dict)
    odd_errors: list[str] = field(default_factory=list)
    noted: set[str] = field(default_factory=set)
    _streams: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @cached_property
    def names(self) -> Names:
        """Fresh names, with the tag of the run."""
        return Names(self.run_id)

    @cached_property
    def tokens(self) -> Mapping[str, str]:
        """Tokens by role."""
        return tokens_of(self.target, self.profile)

    @property
    def budget(self) -> Budget:
        """Of the process."""
        return self.client.budget

    def credentials(self, role: str) -> Credentials:
        """What a role sends.

        Raises:
            NotApplicable: the profile has no token of it.
        """
        if role not in self.tokens:
            raise NotApplicable(f"the profile gives no token for the role {role}")
        return credentials_of(self.target, self.profile, self.tokens[role])

    def next_stream(self) -> int:
        """A number for a socket, for the record."""
        return next(self._streams)

    def lacks(self, condition: str) -> str | None:
        """Why the target cannot be asked for what depends on this, None if it can."""
        profile = self.profile
        if condition in ROLES:
            has = condition in self.tokens
            return None if has else f"the profile gives no token for the role {condition}"
        holds, reason = {
            "administration": (profile.administration, "the profile grants no administration"),
            "sql": (profile.sql != "none", "the profile claims no SQL"),
            "sql_full": (profile.sql == "full", "the profile does not claim sql: full"),
            "control": (profile.control is not None, "the profile names no control interface"),
        }[condition]
        return None if holds else reason

    def close(self) -> None:
        """Close the journal; there is no connection that stays open."""
        self.journal.close()


def profile_of(target: Target) -> ExchangeProfile:
    """What the target says of its exchange API."""
    return target.services.exchange or ExchangeProfile()


def url_of(target: Target) -> str:
    """The URL of GraphQL.

    Raises:
        UsageError: the profile names none.
    """
    if url := profile_of(target).url:
        return url
    if target.http is None:
        raise UsageError(
            "no address of the exchange API: give --http URL, or services.exchange.url in the "
            "target file"
        )
    base = target.http.rstrip("/")
    return base if base.endswith("/graphql") else f"{base}/graphql"


def websocket_url_of(target: Target) -> str:
    """The URL of subscriptions: named, or derived from that of GraphQL as the published SDK does.

    An AppSync host has a real-time host beside it; any other one serves both at one address.
    """
    if url := profile_of(target).websocket_url:
        return url
    parts = urlsplit(url_of(target).replace("appsync-api", "appsync-realtime-api"))
    scheme = "wss" if parts.scheme == "https" else "ws"
    return urlunsplit((scheme, *parts[1:]))


def url_setting(target: Target) -> str:
    """What sets the URL of GraphQL, for whoever has to correct it."""
    key = "services.exchange.url in the target file"
    if profile_of(target).url:
        return f"it is {key}"
    return (
        f"it is --http, or http in the target file, with /graphql behind it; {key} is taken first"
    )


def websocket_setting(target: Target) -> str:
    """What sets the URL of subscriptions, for whoever has to correct it."""
    key = "services.exchange.websocket_url in the target file"
    if profile_of(target).websocket_url:
        return f"the address is {key}"
    return f"the address is derived from the URL of GraphQL; {key} is taken first"


def tokens_of(target: Target, profile: ExchangeProfile) -> Mapping[str, str]:
    """Tokens by role: of the profile, or one in the metadata, or those that are well known."""
    if profile.tokens:
        return profile.tokens
    for name, value in {**target.metadata, **profile.headers}.items():
        if name.lower() == HEADER.lower():
            return {"owner": value}
    return SHIPPED


def credentials_of(target: Target, profile: ExchangeProfile, token: str | None) -> Credentials:
    """The headers of calls with a token; None sends none."""
    sent = {**target.metadata, **profile.headers}
    kept = {name: value for name, value in sent.items() if name.lower() != HEADER.lower()}
    if token is not None:
        kept[HEADER] = token
    return Credentials(metadata=kept, command=target.metadata_command)


def open_client(target: Target, budget: Budget) -> HttpClient:
    """The address with the credentials of the owner.

    Raises:
        UsageError: the profile names no address.
    """
    profile = profile_of(target)
    owner = tokens_of(target, profile)["owner"]
    return HttpClient(
        url_of(target),
        tls=target.tls,
        credentials=credentials_of(target, profile, owner),
        budget=budget,
        deadline_s=profile.deadline,
    )
