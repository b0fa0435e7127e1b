"""The main process's view of the processes that drive load: what they last told, who is gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from locust.runners import STATE_MISSING, MasterRunner, Runner

from loadtests.node import ORDER


@dataclass(kw_only=True)
class Peer:
    """One process that drives load."""

    id: str
    index: int
    hello: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    answers: dict[str, Any] = field(default_factory=dict)
    offsets_us: list[int] = field(default_factory=list)
    written: Counter[int] = field(default_factory=Counter)


class Peers:
    """All processes that drive load in a run; a single process is its own only peer.

    Args:
        runner: locust's.
        part: of what is played together, to which the orders go; empty where it is one alone.
    """

    def __init__(self, runner: Runner, part: str = "") -> None:
        self._runner = runner
        self._part = part
        self._clients = runner.clients if isinstance(runner, MasterRunner) else None
        ids = ["local"] if self._clients is None else list(self._clients.keys())
        self._peers = {id_: Peer(id=id_, index=index) for index, id_ in enumerate(ids)}

    def __len__(self) -> int:
        return len(self._peers)

    def __iter__(self) -> Iterator[Peer]:
        return iter(self._peers.values())

    def get(self, id_: str) -> Peer | None:
        """The peer with this id; None for one that was not there when the run began."""
        return self._peers.get("local" if self._clients is None else id_)

    def order(self, peer: Peer, order: Mapping[str, Any]) -> None:
        """Send one peer an order."""
        peer.done.discard(order["do"])
        told = {**order, "part": self._part}
        self._runner.send_message(ORDER, told, None if peer.id == "local" else peer.id)

    def order_all(self, order: Mapping[str, Any]) -> None:
        """Send every peer the same order."""
        for peer in self._peers.values():
            self.order(peer, order)

    def lost(self) -> list[str]:
        """Ids of the peers that are gone."""
        if self._clients is None:
            return []
        return [
            id_
            for id_ in self._peers
            if (client := self._clients.get(id_)) is None or client.state == STATE_MISSING
        ]

    def all(self, holds: Callable[[Peer], bool]) -> bool:
        """Whether something holds for every peer."""
        return all(holds(peer) for peer in self._peers.values())

    def sum(self, name: str) -> int:
        """The sum of a figure of the states."""
        return sum(int(peer.state.get(name, 0)) for peer in self._peers.values())

    def users(self, role: str | None = None) -> int:
        """How many users, of a class or of all, have checked in."""
        return sum(
            sum(users.values()) if role is None else users.get(role, 0)
            for peer in self._peers.values()
            for users in [peer.state.get("users", {})]
        )

    def written(self) -> Counter[int]:
        """Confirmed changes by scope."""
        return sum((peer.written for peer in self._peers.values()), Counter[int]())
