"""What the checks of one process share for the services API: connection, generation, contract, ids.

Also the safety rule of shared systems: only what the run made itself is started, stopped,
configured or deleted, and only of the types that the profile names.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import grpc

from conformance.context import ProfileName
from conformance.targets.budget import Budget
from conformance.targets.client import Client
from conformance.targets.journal import Journal
from conformance.targets.profile import ServicesProfile, Target
from conformance.targets.reaching import Shelved, contract_for, credentials_with, dial
from conformance.targets.services_codec import Codec, service_name
from fixtures.contracts import Contract, ContractError, from_reflection, load

GENERATIONS = ("v1", "v0")
"""Of the full name of the service, the current one first."""

POLICIES = ("required", "kind", "generated")
"""Who chooses the id of a new service: the caller, its type, or the server."""

CONFIGS: Mapping[str, str] = {
    "ok": "ok_config",
    "bad": "bad_syntax_config",
    "fail": "failing_config",
    "slow": "slow_config",
    "retry": "retrying_config",
}
"""Kinds of services that a check may make, and which configuration of a type makes one."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a service of some kind is made: its type, and the text of its configuration."""

    kind: str
    type: str
    config: str


@dataclass(frozen=True, kw_only=True)
class ShelvedServices(Shelved):
    """Services that one check has made for others to read.

    Attributes:
        made: each by its collection and id.
    """

    made: frozenset[tuple[str, str]]


class Ids:
    """Ids that no other run, process or call has used; they sort in the order of making.

    Args:
        run_id: everything made in one run has a prefix of its own.
    """

    def __init__(self, run_id: str) -> None:
        self.prefix = "gp" + hashlib.sha256(run_id.encode()).hexdigest()[:6]
        self._process = f"{os.getpid():x}"
        self._numbers = itertools.count()

    def fresh(self, text: str = "") -> str:
        """A fresh id that ends with some text."""
        return f"{self.prefix}-{self._process}-{next(self._numbers):05d}{text}"

    def owns(self, id: str) -> bool:
        """Whether an id was chosen by this run, in whichever process."""
        return id.startswith(f"{self.prefix}-")


@dataclass(kw_only=True)
class ServicesSession:
    """Shared by all checks of a process.

    Attributes:
        client: the connection with our own credentials.
        profile: what the target says of its services API.
        target: the whole profile.
        run_id: tags what is made.
        allowed: whether the run may make anything.
        depth: smoke, staging or full.
        shelf: what checks share, by how it was made; removed at the end of the run.
    """

    client: Client
    profile: ServicesProfile
    target: Target
    journal: Journal
    run_id: str
    allowed: bool
    depth: ProfileName
    shelf: dict[Any, ShelvedServices] = field(default_factory=dict)
    _streams: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _generation: str | None = None

    @cached_property
    def ids(self) -> Ids:
        """Fresh ids."""
        return Ids(self.run_id)

    @cached_property
    def codec(self) -> Codec:
        """In the messages of the target's contract; which generation's does not matter."""
        return codec_of(self.target, self.client)

    @property
    def generation(self) -> str:
        """Generation of the name that is called: the declared one, else the first that answers."""
        with self._lock:
            if self._generation is None:
                self._generation = found_generation(self.client, self.profile, self.codec)
            return self._generation

    @property
    def writes(self) -> bool:
        """Whether anything may be made: the run allows it and the profile does not forbid it."""
        return self.allowed and not self.profile.read_only

    def collection(self, policy: str) -> str | None:
        """Name of the collection whose ids come about like this, if the profile names one."""
        name: str | None = getattr(self.profile.names, policy)
        return name

    @property
    def name(self) -> str:
        """The collection that checks use that do not care: one in which something can be made."""
        named = [policy for policy in ("required", "generated", "kind") if self.collection(policy)]
        usable = (policy for policy in named if self.recipe("ok", policy))
        return self.collection(next(usable, named[0])) or ""

    @property
    def policy(self) -> str:
        """Who chooses the ids in `name`."""
        return self.policy_of(self.name)

    def policy_of(self, name: str) -> str:
        """Who chooses the ids in a collection, by its name or alias; "" where nobody says."""
        own = {alias: named for named, alias in self.profile.aliases.items()}.get(name, name)
        return next((p for p in POLICIES if self.collection(p) == own), "")

    def recipe(self, kind: str, policy: str | None = None) -> Recipe | None:
        """How a service of some kind is made in a collection; None if no type says how."""
        where = policy or self.policy
        for name, type_ in self.profile.types.items():
            config = getattr(type_, CONFIGS[kind])
            if where in type_.collections and config is not None:
                return Recipe(kind=kind, type=name, config=config)
        return None

    def next_stream(self) -> int:
        """A number for a stream, for the record."""
        return next(self._streams)

    def lacks(self, condition: str) -> str | None:
        """Why the target cannot be asked for what depends on this, None if it can."""
        profile = self.profile
        if condition in CONFIGS:
            there = self.recipe(condition) is not None
            return None if there else f"the profile names no type with {CONFIGS[condition]}"
        if condition in POLICIES:
            if self.collection(condition) is None:
                return f"the profile names no collection {condition}"
            there = self.recipe("ok", condition) is not None
            return None if there else f"the profile names no type for the collection {condition}"
        holds, reason = {
            "destructive": (profile.destructive, "the profile does not declare destructive"),
            "alias": (bool(profile.aliases), "the profile names no alias"),
        }[condition]
        return None if holds else reason

    def close(self) -> None:
        """Close the connection and the journal."""
        self.client.close()
        self.journal.close()


def profile_of(target: Target) -> ServicesProfile:
    """What the target says of its services API."""
    return target.services.services or ServicesProfile()


def generation_of(contract: Contract) -> str:
    """Which generation's service a contract has.

    Raises:
        ContractError: neither.
    """
    for generation in GENERATIONS:
        if service_name(generation) in contract.services:
            return generation
    contract.service(service_name(GENERATIONS[0]))
    raise AssertionError("unreachable: the contract has no such service")


def contract_of(target: Target, client: Client) -> Contract:
    """The contract that the profile names.

    Raises:
        UsageError: it cannot be had, or has no services API.
    """
    return contract_for(
        target,
        shipped=lambda: load("services", "v1"),
        reflected=lambda: _reflected(client, profile_of(target).service_package),
        needs=generation_of,
    )


def codec_of(target: Target, client: Client) -> Codec:
    """Translates in the messages of the target's contract.

    Raises:
        UsageError: the contract cannot be had, or has no services API.
    """
    contract = contract_of(target, client)
    return Codec(contract, generation_of(contract))


def _reflected(client: Client, package: str) -> Contract:
    wanted = GENERATIONS if package == "auto" else (package,)
    for generation in wanted[:-1]:
        try:
            return from_reflection(client.channel, service_name(generation))
        except ContractError:
            continue
    return from_reflection(client.channel, service_name(wanted[-1]))


def open_client(target: Target, budget: Budget) -> Client:
    """The connection with the profile's own credentials.

    Raises:
        UsageError: the profile names no endpoint.
    """
    profile = profile_of(target)
    return dial(target, credentials_with(target, profile.metadata), profile.deadline, budget)


def found_generation(client: Client, profile: ServicesProfile, codec: Codec) -> str:
    """The declared generation, or the first that a server does not call unimplemented."""
    if profile.service_package != "auto":
        return profile.service_package
    names = profile.names
    name = names.required or names.generated or names.kind
    request = codec.request("GetServiceMetadata", name=name).SerializeToString()
    for generation in GENERATIONS:
        path = f"/{service_name(generation)}/GetServiceMetadata"
        try:
            client.unary(path, request)
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.UNIMPLEMENTED:
                continue
        return generation
    return GENERATIONS[0]
