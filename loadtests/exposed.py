"""What a server tells of itself while it is under load: its memory and its open streams.

Memory is that of a process of this machine where one is named, else what `GetStats` of
`gridproof.control.v1` tells, which is also where open streams come from. That is asked at the
mutation hook that a profile names, and at a target on this machine; nobody else is bothered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import grpc

from fixtures.contracts import load
from loadtests import channels, memory
from loadtests.options import Options
from loadtests.target import Target

CONTROL = "gridproof.control.v1.ControlService"
TIMEOUT_S = 5.0


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What is known of a server at one moment; None for what it does not tell.

    Memory in bytes; `committed`: changes that it has made since it began.
    """

    memory: int | None = None
    open_streams: int | None = None
    committed: int | None = None


class ServerView:
    """Looks at a server, as far as it lets itself be looked at.

    Args:
        target: of the run.
        options: which may name a process.
    """

    def __init__(self, target: Target, options: Options) -> None:
        self._pid = options.server_pid
        self._channel: grpc.Channel | None = None
        self._stats: Callable[[], Any] | None = None
        asked = target.of_hook() or (target if target.is_loopback and target.has_grpc else None)
        if asked is not None:
            self._stats = self._stats_of(asked)

    def look(self) -> Seen:
        """What is known now."""
        told = self._told()
        held = memory.held_by(self._pid) if self._pid else 0
        if told is None:
            return Seen(memory=held or None)
        return Seen(
            memory=held or told.rss_bytes or None,
            open_streams=told.open_streams,
            committed=told.changes_committed,
        )

    def close(self) -> None:
        """Close the connection."""
        if self._channel:
            self._channel.close()

    def _told(self) -> Any:
        """The server's counters; None without. One that has none is not asked again."""
        if self._stats is None:
            return None
        try:
            return self._stats()
        except grpc.RpcError as error:
            call: Any = error  # what a failed unary call raises is the call too
            if call.code() is not grpc.StatusCode.DEADLINE_EXCEEDED:
                self._stats = None
            return None

    def _stats_of(self, asked: Target) -> Callable[[], Any]:
        method = load("control").methods(CONTROL)["GetStats"]
        self._channel = channels.connect(asked)
        call: Any = self._channel.unary_unary(
            method.path, method.request.SerializeToString, method.response.FromString
        )
        metadata = channels.metadata(asked, "GetStats")
        return lambda: call(method.request(), timeout=TIMEOUT_S, metadata=metadata)
