"""What the checks of one process share for the meta API: connections, contract, hook, names."""

from __future__ import annotations

import hashlib
import itertools
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from conformance.context import ProfileName
from conformance.failures import JudgeError
from conformance.oracles.meta.model import KINDS
from conformance.targets.budget import Budget
from conformance.targets.client import Client
from conformance.targets.credentials import Credentials
from conformance.targets.hooks.exec_hook import ExecHook
from conformance.targets.hooks.goten_hook import GotenHook
from conformance.targets.hooks.grpc_hook import GrpcHook
from conformance.targets.hooks.model import Adapter, HookError
from conformance.targets.http_client import HttpClient
from conformance.targets.journal import Journal, Made
from conformance.targets.meta_codec import kind_of_name
from conformance.targets.meta_requests import Requests
from conformance.targets.profile import Identity, MetaProfile, Target
from conformance.targets.reaching import Shelved, contract_for, credentials_with, dial
from fixtures.contracts import Contract, from_reflection, load

LABEL = "gridproof_run"
"""Label that carries the run id of everything a run makes."""

TAG_KEY = "x-gridproof-tag"
"""Metadata by which a watch is tagged, unless the hook names another."""

ENOUGH = 60
"""So many resources that checks have left are removed together."""


@dataclass(frozen=True, kw_only=True)
class Abilities:
    """What the hook can do, and by which metadata it knows watches."""

    capabilities: frozenset[str] = frozenset()
    tag_key: str = TAG_KEY


class Names:
    """Names that no other run, process or call has used; they sort in the order of making.

    Args:
        run_id: everything made in one run has a prefix of its own.
    """

    def __init__(self, run_id: str) -> None:
        digest = hashlib.sha256(run_id.encode()).hexdigest()[:6]
        self.prefix = f"gp{digest}"
        self._letters = "Gp" + _letters(digest)
        self._process = f"{os.getpid():x}"
        self._numbers = itertools.count()

    def fresh(self, kind: str, parent: str = "") -> str:
        """A legal name; kinds that have parents need one."""
        number = f"{next(self._numbers):05d}"
        if kind == "resources":
            last = self._letters + _letters(self._process) + "x" + _letters(number)
        else:
            last = f"{self.prefix}-{self._process}-{number}"
        if kind == "services":
            last += ".gridproof.test"
        return f"{parent}/{kind}/{last}" if parent else f"{kind}/{last}"

    def owns(self, name: str) -> bool:
        """Whether the name, or that of its parent, was made here or by this run elsewhere."""
        return any(part.startswith((self.prefix, self._letters)) for part in name.split("/")[1::2])


@dataclass(kw_only=True)
class MetaSession:
    """Shared by all checks of a process.

    Attributes:
        client: the gRPC connection with our own credentials.
        rest: the HTTP address, None if the profile names none.
        contract: of the API.
        profile: what the target says of it.
        target: the whole profile.
        run_id: tags what is made.
        writes: whether the hook may be used.
        depth: smoke, staging or full.
        shelf: what checks share; removed at the end of the run.
        lasting: names of what was made for that, in the order of making.
        outlived: names of what checks have left to be removed together with others'.
    """

    client: Client
    rest: HttpClient | None
    contract: Contract
    profile: MetaProfile
    target: Target
    journal: Journal
    run_id: str
    writes: bool
    depth: ProfileName
    shelf: dict[Any, Shelved] = field(default_factory=dict)
    lasting: list[str] = field(default_factory=list)
    outlived: list[str] = field(default_factory=list)
    _streams: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _hook: Adapter | None = None
    _abilities: Abilities | None = None

    @cached_property
    def names(self) -> Names:
        """Fresh names."""
        return Names(self.run_id)

    @cached_property
    def requests(self) -> Requests:
        """Requests in the messages of the contract."""
        return Requests(self.contract)

    @property
    def identities(self) -> Mapping[str, Identity]:
        """Further callers by role."""
        return self.target.identities

    @property
    def declared(self) -> bool:
        """Whether there is a hook, and leave to use it."""
        return self.profile.hook is not None and self.writes

    @property
    def adapter(self) -> Adapter:
        """The hook, opened when it is first asked for.

        Raises:
            HookError: it cannot be opened.
        """
        with self._lock:
            if self._hook is None:
                self._hook = open_hook(self.target, self.profile)
            return self._hook

    @property
    def abilities(self) -> Abilities:
        """What the profile says the hook can do, else what the hook says itself.

        Raises:
            HookError: it does not say.
        """
        if not self.declared:
            return Abilities()
        if self._abilities is None:
            answer = self.adapter.send({"op": "capabilities"})
            listed = self.profile.capabilities
            if not answer["ok"] and listed is None:
                why = answer.get("error") or "it does not support that"
                raise HookError(f"the hook does not tell its capabilities: {why}")
            found = answer.get("capabilities", ()) if listed is None else listed
            self._abilities = Abilities(
                capabilities=frozenset(found), tag_key=answer.get("tag_key") or TAG_KEY
            )
        return self._abilities

    def next_stream(self) -> int:
        """A number for a stream, for the record."""
        return next(self._streams)

    def lacks(self, condition: str) -> str | None:
        """Why the target cannot be asked for what depends on this, None if it can."""
        found = {
            "auth": (
                bool(credentials_of(self.target, self.profile)),
                "the profile gives no credentials",
            ),
            "rest": (self.rest is not None, "the profile names no http address"),
            "sdk": (self.profile.profile == "sdk", "the profile is not sdk"),
        }
        for role in ("no_permission", "watch_only"):
            found[role] = (role in self.identities, f"the profile names no identity {role}")
        if condition in found:
            holds, reason = found[condition]
            return None if holds else reason
        return self._hook_lacks(condition)

    def _hook_lacks(self, condition: str) -> str | None:
        if self.profile.hook is None:
            return "the profile declares no mutation hook"
        try:
            capabilities = self.abilities.capabilities
        except HookError:
            return None  # declared: the check itself finds that it does not work
        if condition == "fault":
            there = any(name.startswith("fault.") for name in capabilities)
        else:
            there = condition in capabilities
        return None if there else f"the hook has no capability {condition}"

    def leave(self, names: Sequence[str]) -> None:
        """Take over what a check has made and nobody needs; it goes when there is enough of it."""
        self.outlived += names
        if len(self.outlived) >= ENOUGH:
            self._clear(self.outlived)

    def remove(self, names: Sequence[str]) -> bool:
        """Delete several resources by one call of the hook; whether they are gone.

        Raises:
            JudgeError: the hook does not answer.
        """
        self.client.budget.clean()
        changes = [{"delete": name} for name in names]
        if not self.adapter.send({"op": "apply", "changes": changes})["ok"]:
            return False
        for name in names:
            self.journal.removed(made(name))
        for _ in names[1:]:
            self.client.budget.release()
        return True

    def _clear(self, names: list[str]) -> None:
        # What stays is in the journal, and the run removes it one by one.
        taken = list(names)
        del names[: len(taken)]
        if taken and "atomic" in self.abilities.capabilities:
            with suppress(JudgeError):
                self.remove(taken[::-1])

    def close(self) -> None:
        """Remove what was shared; end the hook, the connection and the journal."""
        self._clear(self.outlived)
        self._clear(self.lasting)
        if self._hook is not None:
            self._hook.close()
            self._hook = None
        self.client.close()
        self.journal.close()


def made(name: str) -> Made:
    """A resource as the journal knows it."""
    return Made(service="meta", parent=kind_of_name(name).plural, id=name)


def contract_of(target: Target, client: Client) -> Contract:
    """The contract that the profile names.

    Raises:
        UsageError: it cannot be had, or lacks one of the four services.
    """
    services = [kind.service for kind in KINDS.values()]
    return contract_for(
        target,
        shipped=lambda: load("meta"),
        reflected=lambda: from_reflection(client.channel, *services),
        needs=lambda contract: [contract.service(service) for service in services],
    )


def credentials_of(target: Target, profile: MetaProfile) -> dict[str, str]:
    """The metadata that every call carries, without what a command prints."""
    shown = {**target.metadata, **profile.metadata}
    return shown or ({"authorization": ""} if target.metadata_command else {})


def open_client(target: Target, profile: MetaProfile, budget: Budget) -> Client:
    """The gRPC connection with the profile's own credentials.

    Raises:
        UsageError: the profile names no endpoint.
    """
    return dial(target, credentials_with(target, profile.metadata), profile.deadline, budget)


def open_rest(target: Target, profile: MetaProfile, budget: Budget) -> HttpClient | None:
    """The HTTP address with the profile's own credentials, if there is one.

    Raises:
        UsageError: it is no URL.
    """
    if target.http is None:
        return None
    return HttpClient(
        target.http,
        tls=target.tls,
        credentials=credentials_with(target, profile.metadata),
        budget=budget,
        deadline_s=profile.deadline,
    )


def open_hook(target: Target, profile: MetaProfile) -> Adapter:
    """The hook of the profile.

    Raises:
        HookError: it cannot be started.
    """
    hook = profile.hook
    if hook is None:
        raise HookError("the profile declares no mutation hook")
    if hook.exec is not None:
        return ExecHook(hook.exec, deadline_s=profile.deadline)
    own = credentials_with(target, profile.metadata)
    client = Client(
        hook.grpc or hook.goten_v1 or "",
        tls=None if hook.plaintext else target.tls,
        credentials=own if hook.metadata is None else Credentials(metadata=hook.metadata),
        # What the hook is asked is counted by whoever asks.
        budget=Budget(),
        deadline_s=profile.deadline,
    )
    return GrpcHook(client) if hook.grpc is not None else GotenHook(client)


def _letters(digits: str) -> str:
    """Hexadecimal digits as letters, for ids that may hold nothing else."""
    return "".join("abcdefghijklmnop"[int(digit, 16)] for digit in digits)
