"""What the judge asks of the meta API."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import grpc

from conformance.failures import JudgeError
from conformance.oracles.meta.model import KINDS
from conformance.requirements import Requirement
from conformance.targets.api import Api, Replay, Surroundings
from conformance.targets.budget import Budget
from conformance.targets.client import Client, require_reachable
from conformance.targets.hooks.model import Adapter, HookError
from conformance.targets.journal import Made
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_codec import kind_of_name
from conformance.targets.meta_requests import Requests
from conformance.targets.meta_session import (
    MetaSession,
    contract_of,
    open_client,
    open_hook,
    open_rest,
)
from conformance.targets.profile import MetaProfile, Target
from fixtures.contracts import load
from fixtures.targets.model import CAPABILITIES

READING = frozenset({"auth", "rest", "sdk", "no_permission", "watch_only"})
"""What a check may need and still only read; everything else goes through the hook."""


def connect(surroundings: Surroundings) -> MetaSession:
    """A session for one process; the hook is opened when it is first used.

    Raises:
        UsageError: the profile names no endpoint, or a contract that cannot be had.
    """
    target, profile = surroundings.target, profile_of(surroundings.target)
    client = open_client(target, profile, surroundings.budget)
    return MetaSession(
        client=client,
        rest=open_rest(target, profile, surroundings.budget),
        contract=contract_of(target, client),
        profile=profile,
        target=target,
        journal=surroundings.journal,
        run_id=surroundings.run_id,
        writes=surroundings.writes,
        depth=surroundings.depth,
    )


def profile_of(target: Target) -> MetaProfile:
    """What the target says of its meta API."""
    return target.services.meta or MetaProfile()


class Caretaker:
    """Reaches the target for the run itself; deletes through the hook and looks with Get."""

    def __init__(self, target: Target, budget: Budget) -> None:
        self._target = target
        self._profile = profile_of(target)
        self.client: Client = open_client(target, self._profile, budget)
        self._requests: Requests | None = None
        self._hook: Adapter | None = None

    @property
    def requests(self) -> Requests:
        """In the messages of the target's contract."""
        if self._requests is None:
            self._requests = Requests(contract_of(self._target, self.client))
        return self._requests

    def require(self) -> None:
        """Wait for the endpoint and get its contract."""
        require_reachable(self.client)
        self.requests  # noqa: B018 - a contract that cannot be had is told before any check

    def remove(self, made: Made) -> bool:
        """Delete a resource through the hook; whether it is gone."""
        self.client.budget.clean()
        try:
            if self._hook is None:
                self._hook = open_hook(self._target, self._profile)
            answer = self._hook.send({"op": "delete", "name": made.id})
        except HookError:
            return False
        return bool(answer["ok"]) or answer.get("code") == "NOT_FOUND"

    def look(
        self, created: Collection[Made], looks: int | None
    ) -> Iterable[tuple[Made, bool | None]]:
        """Whether each resource can be got, `looks` of them at first."""
        result: list[tuple[Made, bool | None]] = []
        found = False
        for number, made in enumerate(sorted(created)):
            asked = looks is None or found or number < looks
            there = self._exists(made.id) if asked else None
            found = found or bool(there)
            result.append((made, there))
        return result

    def alive(self, within_s: float) -> bool:
        """Whether the connection stands."""
        return self.client.ready(within_s)

    def close(self) -> None:
        """End the hook and the connection."""
        if self._hook is not None:
            self._hook.close()
        self.client.close()

    def _exists(self, name: str) -> bool | None:
        operation, request = self.requests.get(kind_of_name(name), name, mask=None, view="NAME")
        try:
            self.client.unary(operation.method.path, request.SerializeToString(), cleaning=True)
        except grpc.RpcError as error:
            return False if error.code() is grpc.StatusCode.NOT_FOUND else None
        except JudgeError:
            return None
        return True


def _demanded(requirement: Requirement, target: Target) -> str | None:
    if requirement.asked_of(profile_of(target).profile):
        return None
    return f"only profile {requirement.profile} demands it"


def _writes(passive: bool, needs: Collection[str]) -> bool:
    return not passive and not (READING | {"tls", "full"}).issuperset(needs)


def _pins(target: Target) -> Mapping[str, str]:
    return profile_of(target).pins


def _described(target: Target) -> dict[str, Any]:
    profile = profile_of(target)
    hook = profile.hook
    return {
        "profile": profile.profile,
        "http": target.http,
        "auth": bool(target.metadata or target.metadata_command or profile.metadata),
        "hook": next((n for n in ("exec", "grpc", "goten_v1") if hook and getattr(hook, n)), None),
        "capabilities": None if profile.capabilities is None else list(profile.capabilities),
    }


def _replay(target: Target) -> Replay:
    profile = profile_of(target)
    return Replay(
        contract=load("meta"),
        services=tuple(kind.service for kind in KINDS.values()),
        metadata=tuple({**target.metadata, **profile.metadata}),
    )


META = Api(
    name="meta",
    needs=READING | {"fault"} | frozenset(CAPABILITIES),
    connect=connect,
    adapter=MetaTarget,
    caretaker=Caretaker,
    demanded=_demanded,
    writes=_writes,
    pins=_pins,
    described=_described,
    replay=_replay,
)
