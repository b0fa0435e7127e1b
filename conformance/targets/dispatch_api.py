"""What the judge asks of the dispatch API."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from google.protobuf.message import DecodeError

from conformance.failures import JudgeError
from conformance.requirements import Requirement
from conformance.targets.api import Api, Replay, Surroundings
from conformance.targets.budget import Budget
from conformance.targets.client import Client, require_reachable
from conformance.targets.clock import Clock
from conformance.targets.dispatch import DispatchTarget, meet_clock
from conformance.targets.dispatch_codec import SERVICE, Codec
from conformance.targets.dispatch_session import (
    DispatchSession,
    contract_of,
    open_client,
    profile_of,
    share_of_pool,
)
from conformance.targets.journal import Made
from conformance.targets.profile import Target
from fixtures.contracts import load

AT_ONCE = 8
"""Questions under way at the same time, where there are many."""


def connect(surroundings: Surroundings) -> DispatchSession:
    """A session for one process.

    Raises:
        UsageError: the profile names no endpoint, or a contract that cannot be had.
    """
    target, worker = surroundings.target, surroundings.worker
    profile = profile_of(target)
    client = open_client(target, surroundings.budget)
    pool = profile.microgrid_ids
    session = DispatchSession(
        client=client,
        codec=Codec(contract_of(target, client)),
        profile=profile,
        target=target,
        journal=surroundings.journal,
        run_id=surroundings.run_id,
        writes=surroundings.writes,
        depth=surroundings.depth,
        # What runs beside the checks keeps out of the first microgrid of every worker.
        pool=pool[-1:] if worker is None else share_of_pool(pool, worker, surroundings.workers),
        exclusive=worker is not None,
        clock=Clock(tolerance_s=profile.clock_tolerance),
    )
    if profile.clock == "simulated" and surroundings.writes:
        meet_clock(session)
    return session


class Caretaker:
    """Reaches the target for the run itself; removes dispatches and looks for them."""

    def __init__(self, target: Target, budget: Budget) -> None:
        self.client: Client = open_client(target, budget)
        self._target = target
        self._codec: Codec | None = None

    @property
    def codec(self) -> Codec:
        """Of the target's contract."""
        if self._codec is None:
            self._codec = Codec(contract_of(self._target, self.client))
        return self._codec

    def require(self) -> None:
        """Wait for the endpoint and get its contract."""
        require_reachable(self.client)
        self.codec  # noqa: B018 - a contract that cannot be had is told before any check

    def remove(self, made: Made) -> bool:
        """Delete a dispatch; whether it is gone."""
        code, _ = self._call("Delete", made)
        return code in ("OK", "NOT_FOUND")

    def look(
        self, created: Collection[Made], looks: int | None
    ) -> Iterable[tuple[Made, bool | None]]:
        """Whether each dispatch is there: each got once more, or so many microgrids listed."""
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
        code, reply = self._call("Get", made)
        if code == "OK":
            return bool(reply.dispatch.metadata.dispatch_id == int(made.id))
        return False if code == "NOT_FOUND" else None

    def _listed(self, created: Collection[Made], looks: int) -> list[tuple[Made, bool | None]]:
        """For each thing whether the list of its microgrid shows it; None if nobody looked."""
        places: dict[str, list[Made]] = {}
        for made in sorted(created):
            places.setdefault(made.parent, []).append(made)
        result: list[tuple[Made, bool | None]] = []
        found = False
        for number, (place, things) in enumerate(places.items()):
            shown = self._ids_in(int(place)) if found or number < looks else None
            result += [(made, None if shown is None else int(made.id) in shown) for made in things]
            found = any(there for _, there in result)
        return result

    def _ids_in(self, microgrid: int) -> set[int] | None:
        """Ids on the first page of a microgrid; None if it cannot be listed or has more pages."""
        request = self.codec.message("ListMicrogridDispatchesRequest")()
        request.microgrid_id = microgrid
        try:
            path = f"/{SERVICE}/ListMicrogridDispatches"
            data = self.client.unary(path, request.SerializeToString(), cleaning=True)
            reply = self.codec.message("ListMicrogridDispatchesResponse").FromString(data)
        except grpc.RpcError as error:
            return set() if error.code() is grpc.StatusCode.NOT_FOUND else None
        except (JudgeError, DecodeError):
            return None
        if reply.pagination_info.next_page_token:
            return None
        return {int(item.metadata.dispatch_id) for item in reply.dispatches}

    def _call(self, verb: str, made: Made) -> tuple[str, Any]:
        request = self.codec.message(f"{verb}MicrogridDispatchRequest")()
        request.microgrid_id, request.dispatch_id = int(made.parent), int(made.id)
        path = f"/{SERVICE}/{verb}MicrogridDispatch"
        try:
            reply = self.client.unary(path, request.SerializeToString(), cleaning=True)
            return "OK", self.codec.message(f"{verb}MicrogridDispatchResponse").FromString(reply)
        except grpc.RpcError as error:
            return error.code().name, None
        except (JudgeError, DecodeError) as error:
            return type(error).__name__, None


def _demanded(requirement: Requirement, target: Target) -> str | None:
    generation = profile_of(target).generation
    if requirement.applies_to(generation):
        return None
    return f"generation {generation} does not have it"


def _most_workers(target: Target) -> int | None:
    # Every worker needs two microgrids of its own.
    pool = len(profile_of(target).microgrid_ids)
    return max(1, pool // 2) if pool else None


def _pins(target: Target) -> Mapping[str, str]:
    return profile_of(target).pins


def _described(target: Target) -> dict[str, Any]:
    profile = profile_of(target)
    return {
        "generation": profile.generation,
        "microgrid_ids": list(profile.microgrid_ids),
        "auth": profile.auth_key is not None,
        "signed": profile.sign_secret is not None,
        "simulated_site": profile.simulated_site,
    }


def _replay(target: Target) -> Replay:
    profile = profile_of(target)
    return Replay(
        contract=load("dispatch", profile.contract_generation),
        services=(SERVICE,),
        metadata=tuple(target.metadata),
        keyed=profile.auth_key is not None,
        signed=profile.sign_secret is not None,
    )


DISPATCH = Api(
    name="dispatch",
    needs=frozenset(
        {"auth", "auth_key", "sign", "sign_secret", "second_identity", "simulated_site"}
    ),
    connect=connect,
    adapter=DispatchTarget,
    caretaker=Caretaker,
    demanded=_demanded,
    most_workers=_most_workers,
    pins=_pins,
    described=_described,
    replay=_replay,
)
