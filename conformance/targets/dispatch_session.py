"""What the checks of one process share for the dispatch API: connection, contract, clock, ids.

Also the safety rule of shared systems: unless the target declares a simulated site, everything
made is inactive, a dry run and far in the future.
"""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.context import ProfileName
from conformance.failures import NotApplicable
from conformance.oracles.model import DAY_US, HOUR_US, DispatchData
from conformance.oracles.model import Target as Components
from conformance.targets.budget import Budget
from conformance.targets.client import Client
from conformance.targets.clock import Clock
from conformance.targets.credentials import Credentials
from conformance.targets.dispatch_codec import SERVICE, Codec
from conformance.targets.journal import Journal
from conformance.targets.profile import DispatchProfile, Identity, Target
from conformance.targets.reaching import Shelved, contract_for, dial
from fixtures.contracts import Contract, from_reflection, load

TAG = "gridproof_run"
"""Payload key that carries the run id of everything a run makes."""

FAR_US = 30 * DAY_US
"""Default distance of a start on a real site; nothing has to be that close."""

NEAR_US = DAY_US
"""Starts closer than this are not made on a real site."""


@dataclass(frozen=True, kw_only=True)
class ShelvedDispatches(Shelved):
    """Dispatches that one check has made for others to read.

    Attributes:
        microgrid: where they were made.
        made: microgrids by dispatch id.
    """

    microgrid: int
    made: Mapping[int, int]


@dataclass(kw_only=True)
class DispatchSession:
    """Shared by all checks of a process.

    Attributes:
        client: the connection with our own credentials.
        codec: of the declared generation.
        profile: what the target says of its dispatch API.
        target: the whole profile.
        run_id: tags what is made.
        writes: whether anything may be made.
        depth: smoke, staging or full.
        pool: microgrid ids of this process; empty: random ones.
        exclusive: whether no other process uses the pool.
        shelf: what checks share, by how it was made; removed at the end of the run.
        private: microgrids of the pool that were seen to hold nothing but ours.
    """

    client: Client
    codec: Codec
    profile: DispatchProfile
    target: Target
    journal: Journal
    run_id: str
    writes: bool
    depth: ProfileName
    pool: tuple[int, ...] = ()
    exclusive: bool = True
    clock: Clock = field(default_factory=Clock)
    shelf: dict[Any, ShelvedDispatches] = field(default_factory=dict)
    private: set[int] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def identities(self) -> Mapping[str, Identity]:
        """Further callers by role."""
        return self.target.identities

    @property
    def simulated(self) -> bool:
        """Whether no hardware follows the dispatches."""
        return self.profile.simulated_site

    def lacks(self, condition: str) -> str | None:
        """Why the target cannot be asked for what depends on this, None if it can."""
        profile = self.profile
        declared = {
            "auth": (profile.auth_key is not None, "the profile has no auth_key"),
            "sign": (profile.sign_secret is not None, "the profile has no sign_secret"),
            "second_identity": (
                "second_tenant" in self.identities,
                "the profile names no identity second_tenant",
            ),
            "simulated_site": (
                profile.simulated_site,
                "the profile does not declare simulated_site",
            ),
        }
        declared |= {"auth_key": declared["auth"], "sign_secret": declared["sign"]}
        holds, reason = declared[condition]
        return None if holds else reason

    def close(self) -> None:
        """Close the connection and the journal."""
        self.client.close()
        self.journal.close()

    def default_start_us(self) -> int:
        """Whole second, an hour ahead; far ahead on a real site."""
        ahead = HOUR_US if self.simulated else FAR_US
        return (self.clock.now_us() + ahead) // 1_000_000 * 1_000_000

    def valid(self, **fields: Any) -> DispatchData:
        """A dispatch that every target takes: one-shot, 600 s, inactive, dry run."""
        default = DispatchData(
            type=f"gridproof.{self.run_id}",
            start_us=self.default_start_us(),
            duration_s=600,
            target=Components(kind="ids", items=(1, 2)),
            active=False,
            dry_run=True,
            payload={TAG: self.run_id},
        )
        return replace(default, **fields)

    def fresh_id(self, purpose: str) -> int:
        """A 63-bit number that no other run, process or call has used."""
        seed = f"{self.run_id}/{os.getpid()}/{purpose}/{next(self._numbers)}"
        return (int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big") >> 1) | 1

    def guard(self, *, active: bool, dry_run: bool, start_us: int | None) -> None:
        """Keep the safety rule.

        Raises:
            NotApplicable: writes are not allowed, or only a simulated site may see this.
        """
        if not self.writes:
            raise NotApplicable("writes not allowed (--allow-writes)")
        if self.simulated:
            return
        now_us = self.clock.now_us()
        reason = None
        if active:
            reason = "an active dispatch"
        elif not dry_run:
            reason = "a dispatch that is no dry run"
        elif start_us is not None and now_us <= start_us < now_us + NEAR_US:
            reason = "a start within a day"
        if reason:
            raise NotApplicable(f"needs {reason}, made only where simulated_site is declared")


def profile_of(target: Target) -> DispatchProfile:
    """What the target says of its dispatch API."""
    return target.services.dispatch or DispatchProfile()


def contract_of(target: Target, client: Client) -> Contract:
    """The contract that the profile names.

    Raises:
        UsageError: it cannot be had, or has no dispatch service.
    """
    return contract_for(
        target,
        shipped=lambda: load("dispatch", profile_of(target).contract_generation),
        reflected=lambda: from_reflection(client.channel, SERVICE),
        needs=lambda contract: contract.service(SERVICE),
    )


def own_credentials(target: Target) -> Credentials:
    """The credentials of the profile itself."""
    profile = profile_of(target)
    return Credentials(
        metadata=target.metadata,
        command=target.metadata_command,
        key=profile.auth_key,
        secret=profile.sign_secret,
    )


def identity_credentials(identity: Identity, role: str) -> Credentials:
    """The credentials of another caller, whose role in the profile this is."""
    return Credentials(
        metadata=identity.metadata,
        key=identity.auth_key,
        secret=identity.sign_secret,
        role=role,
    )


def open_client(target: Target, budget: Budget) -> Client:
    """The connection with the profile's own credentials.

    Raises:
        UsageError: the profile names no endpoint.
    """
    return dial(target, own_credentials(target), profile_of(target).deadline, budget)


def share_of_pool(pool: Sequence[int], index: int, count: int) -> tuple[int, ...]:
    """The microgrids that worker `index` of `count` has for itself."""
    return tuple(pool[index::count])
