"""What the checks of one process share for the tasks API: connection, contract, tenants, names."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from conformance.context import ProfileName
from conformance.failures import UsageError
from conformance.targets.budget import Budget
from conformance.targets.client import Client
from conformance.targets.credentials import Credentials
from conformance.targets.journal import Journal, Made
from conformance.targets.naming import Names
from conformance.targets.profile import Target, TasksProfile
from conformance.targets.reaching import Shelved, contract_for, credentials_with, dial
from conformance.targets.tasks_codec import PACKAGE, Codec
from fixtures.contracts import Contract, from_reflection, load

METHODS: dict[str, tuple[str, ...]] = {
    "tasks": ("ListTasks", "GetTask", "CreateTask", "ClaimTask", "CompleteTask"),
    "types": ("ListTypes", "GetType", "CreateType", "UpdateType"),
}
"""The nine methods by service."""

WRITES = frozenset({"CreateTask", "ClaimTask", "CompleteTask", "CreateType", "UpdateType"})

CREATES = {"CreateTask": "tasks", "CreateType": "types"}
"""Methods that make something, and the collection it is in."""

NAMES = (("Tasks", "Types"), ("TasksService", "TypesService"))
"""Service names in use, the likelier ones first."""


@dataclass(kw_only=True)
class TasksSession:
    """Shared by all checks of a process.

    Attributes:
        client: the connection with the credentials of the first tenant.
        codec: of the target's contract.
        profile: what the target says of its tasks API.
        target: the whole profile.
        run_id: tags what is made.
        writes: whether anything may be made.
        depth: smoke, staging or full.
        shelf: what checks share.
        sequences: the last event that was seen of each tenant.
    """

    client: Client
    codec: Codec
    profile: TasksProfile
    target: Target
    journal: Journal
    run_id: str
    writes: bool
    depth: ProfileName
    shelf: dict[Any, Shelved] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)
    _streams: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @cached_property
    def names(self) -> Names:
        """Fresh ids."""
        return Names(self.run_id)

    @property
    def tenants(self) -> tuple[str, ...]:
        """Tenants of the profile, ours first."""
        return self.profile.tenants

    def service_of(self, method: str) -> str:
        """Full name of the service that has a method; what is unknown is asked of the first."""
        second = method in METHODS["types"]
        return f"{PACKAGE}.{self.profile.service_names[second]}"

    def credentials(self, tenant: str) -> Credentials:
        """Who speaks for a tenant."""
        return credentials_of(self.target, self.profile, tenant)

    def next_stream(self) -> int:
        """A number for a stream, for the record."""
        return next(self._streams)

    def made(self, kind: str, name: str) -> None:
        """Write down what now exists; this API cannot remove it."""
        self.journal.created(Made(service="tasks", parent=kind, id=name))

    def lacks(self, condition: str) -> str | None:
        """Why the target cannot be asked for what depends on this, None if it can."""
        profile = self.profile
        holds, reason = {
            "auth": (bool(profile.auth.tokens), "the profile gives no tokens (auth.tokens)"),
            "second_tenant": (len(self.tenants) > 1, "the profile names no second tenant"),
            "feed": (profile.event_adapter is not None, "the profile names no event_adapter"),
        }[condition]
        return None if holds else reason

    def close(self) -> None:
        """Close the connection and the journal."""
        self.client.close()
        self.journal.close()


def profile_of(target: Target) -> TasksProfile:
    """What the target says of its tasks API."""
    return target.services.tasks or TasksProfile()


def tenant_of(profile: TasksProfile) -> str:
    """The tenant that checks use.

    Raises:
        UsageError: the profile names none.
    """
    if not profile.tenants:
        raise UsageError(
            "services.tasks.tenants: name the tenant that may be used, and a second one to see "
            "that it is kept apart"
        )
    return profile.tenants[0]


def contract_of(target: Target, client: Client) -> Contract:
    """The contract that the profile names; its messages are what matters, not its services.

    Raises:
        UsageError: it cannot be had, or lacks a message of the API.
    """
    names = profile_of(target).service_names
    return contract_for(
        target,
        shipped=lambda: load("tasks"),
        reflected=lambda: from_reflection(client.channel, *(f"{PACKAGE}.{n}" for n in names)),
        needs=lambda contract: [
            contract.message(f"{PACKAGE}.{method}Request")
            for method in (*METHODS["tasks"], *METHODS["types"])
        ],
    )


def credentials_of(target: Target, profile: TasksProfile, tenant: str) -> Credentials:
    """The metadata of calls for a tenant."""
    metadata = dict(profile.metadata)
    if token := profile.auth.tokens.get(tenant):
        metadata[profile.auth.header] = f"{profile.auth.scheme} {token}".strip()
    credentials = credentials_with(target, metadata)
    credentials.role = tenant
    return credentials


def open_client(target: Target, budget: Budget) -> Client:
    """The connection with the credentials of the first tenant.

    Raises:
        UsageError: the profile names no endpoint, or no tenant.
    """
    profile = profile_of(target)
    credentials = credentials_of(target, profile, tenant_of(profile))
    return dial(target, credentials, profile.deadline, budget)
