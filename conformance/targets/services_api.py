"""What the judge asks of the services API."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import grpc
from google.protobuf.message import DecodeError

from conformance.failures import JudgeError
from conformance.targets.api import Api, Replay, Surroundings
from conformance.targets.budget import Budget
from conformance.targets.client import Client, require_reachable
from conformance.targets.journal import Made
from conformance.targets.profile import Target
from conformance.targets.services import ServicesTarget
from conformance.targets.services_codec import PACKAGES, Codec, service_name
from conformance.targets.services_session import (
    CONFIGS,
    POLICIES,
    ServicesSession,
    codec_of,
    found_generation,
    open_client,
    profile_of,
)
from fixtures.contracts import load

AT_ONCE = 8
"""Questions under way at the same time, where there are many."""


def connect(surroundings: Surroundings) -> ServicesSession:
    """A session for one process.

    Raises:
        UsageError: the profile names no endpoint, or a contract that cannot be had.
    """
    target = surroundings.target
    session = ServicesSession(
        client=open_client(target, surroundings.budget),
        profile=profile_of(target),
        target=target,
        journal=surroundings.journal,
        run_id=surroundings.run_id,
        allowed=surroundings.writes,
        depth=surroundings.depth,
    )
    session.codec  # noqa: B018 - a contract that cannot be had is told before any check
    return session


class Caretaker:
    """Reaches the target for the run itself; deletes services and looks with Get and List."""

    def __init__(self, target: Target, budget: Budget) -> None:
        self._target = target
        self.client: Client = open_client(target, budget)

    @cached_property
    def codec(self) -> Codec:
        """Of the target's contract."""
        return codec_of(self._target, self.client)

    @cached_property
    def generation(self) -> str:
        """Under which name the service answers."""
        return found_generation(self.client, profile_of(self._target), self.codec)

    def require(self) -> None:
        """Wait for the endpoint and get its contract."""
        require_reachable(self.client)
        self.codec  # noqa: B018 - a contract that cannot be had is told before any check

    def remove(self, made: Made) -> bool:
        """Delete a service; whether it is gone."""
        code, _ = self._call("DeleteService", name=made.parent, id=made.id, allow_missing=True)
        return code in ("OK", "NOT_FOUND")

    def look(
        self, created: Collection[Made], looks: int | None
    ) -> Iterable[tuple[Made, bool | None]]:
        """Whether each service is there: each got once more, or so many collections listed."""
        if looks is not None:
            return self._listed(created, looks)
        ordered = sorted(created)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(zip(ordered, pool.map(self._exists, ordered), strict=True))

    def alive(self, within_s: float) -> bool:
        """Whether the connection stands."""
        return self.client.ready(within_s)

    def close(self) -> None:
        """Close the connection."""
        self.client.close()

    def _exists(self, made: Made) -> bool | None:
        code, _ = self._call("GetService", name=made.parent, id=made.id)
        return {"OK": True, "NOT_FOUND": False}.get(code)

    def _listed(self, created: Collection[Made], looks: int) -> list[tuple[Made, bool | None]]:
        """For each thing whether the list of its collection shows it; None if nobody looked."""
        places: dict[str, list[Made]] = {}
        for made in sorted(created):
            places.setdefault(made.parent, []).append(made)
        result: list[tuple[Made, bool | None]] = []
        found = False
        for number, (place, things) in enumerate(places.items()):
            shown = self._ids_in(place) if found or number < looks else None
            result += [(made, None if shown is None else made.id in shown) for made in things]
            found = any(there for _, there in result)
        return result

    def _ids_in(self, name: str) -> set[str] | None:
        """Ids on the first page of a collection; None if it cannot be listed or has more pages."""
        code, reply = self._call("ListServices", name=name, page_size=1000)
        if code == "NOT_FOUND":
            return set()
        if code != "OK" or reply.next_page_token:
            return None
        return {str(item.id) for item in reply.services}

    def _call(self, method: str, **fields: Any) -> tuple[str, Any]:
        try:
            path = f"/{service_name(self.generation)}/{method}"
            request = self.codec.request(method, **fields)
            reply = self.client.unary(path, request.SerializeToString(), cleaning=True)
            return "OK", self.codec.methods[method].response.FromString(reply)
        except grpc.RpcError as error:
            return error.code().name, None
        except (JudgeError, DecodeError) as error:
            return type(error).__name__, None


def _pins(target: Target) -> Mapping[str, str]:
    return profile_of(target).pins


def _described(target: Target) -> dict[str, Any]:
    profile = profile_of(target)
    return {
        "service_package": profile.service_package,
        "names": {k: v for k, v in profile.names.model_dump().items() if v is not None},
        "aliases": dict(profile.aliases),
        "types": sorted(profile.types),
        "quirks": list(profile.quirks),
        "read_only": profile.read_only,
        "destructive": profile.destructive,
        "auth": bool(target.metadata or target.metadata_command or profile.metadata),
    }


def _replay(target: Target) -> Replay:
    profile = profile_of(target)
    generation = profile.service_package if profile.service_package in PACKAGES else "v1"
    return Replay(
        contract=load("services", generation),
        services=(service_name(generation),),
        metadata=tuple({**target.metadata, **profile.metadata}),
    )


SERVICES = Api(
    name="services",
    needs=frozenset({"destructive", "alias", *CONFIGS, *POLICIES}),
    connect=connect,
    adapter=ServicesTarget,
    caretaker=Caretaker,
    pins=_pins,
    described=_described,
    replay=_replay,
)
