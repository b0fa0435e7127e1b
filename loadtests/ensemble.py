"""Leads the scenarios of a run, one or several at once, and makes one outcome of them.

Each is led by a conductor of its own; they wait for each other before there is load, and when one
ends early all do. Meanwhile the memory of the client and of the server is watched.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

import gevent

from loadtests import memory
from loadtests.conductor import Conductor
from loadtests.exposed import Seen, ServerView
from loadtests.memory import MemoryLog
from loadtests.mixing import ENDED_WITH_ANOTHER, mixed
from loadtests.outcome import Outcome
from loadtests.plan import Plan

LOOK_EVERY_S = 2.0
POLL_S = 0.2
CLOSE_LIMIT_S = 5.0
"""How long a server may take to notice that the last streams were cancelled."""


class Ensemble:
    """One run of all parts of a scenario.

    Args:
        plan: of the whole; the plans of the parts are with their conductors.
        conductors: one for each part.
        view: of the server.
    """

    def __init__(self, plan: Plan, conductors: Sequence[Conductor], view: ServerView) -> None:
        self.conductors = {conductor.plan.part: conductor for conductor in conductors}
        self._plan = plan
        self._view = view
        self._client = MemoryLog()
        self._server = MemoryLog()

    def lead(self) -> Outcome:
        """Play all parts to their ends, whatever happens, and return what they came to."""
        before = self._view.look()
        watching = gevent.spawn(self._watch)
        parts = [gevent.spawn(self._lead, conductor) for conductor in self.conductors.values()]
        gevent.joinall(parts)
        outcomes = [part.get() for part in parts]
        watching.kill()
        outcome = outcomes[0] if len(outcomes) == 1 else mixed(self._plan, outcomes)
        outcome.client, outcome.server = self._client, self._server
        outcome.streams_left = self._left(before)
        self._view.close()
        return outcome

    def interrupt(self, reason: str = "interrupted") -> None:
        """End all parts early, cleanly."""
        for conductor in self.conductors.values():
            conductor.interrupt(reason)

    def take_note(self, sender: str, note: Mapping[str, Any]) -> None:
        """Take what a process has told."""
        if note["what"] == "memory":
            self._client.add(time.monotonic(), note["held"])
        elif conductor := self.conductors.get(note["part"]):
            conductor.take_note(sender, note)

    def _lead(self, conductor: Conductor) -> Outcome:
        outcome = conductor.lead()
        if outcome.stopped or outcome.faults:
            self.interrupt(ENDED_WITH_ANOTHER)
        return outcome

    def _watch(self) -> None:
        own = os.getpid()
        while True:
            now_s, seen = time.monotonic(), self._view.look()
            # A master drives no load itself, so nobody else tells of it.
            self._client.add(now_s, {memory.name_of(own): memory.held_by(own)})
            if seen.memory:
                self._server.add(now_s, {"server": seen.memory}, committed=seen.committed)
            gevent.sleep(LOOK_EVERY_S)

    def _left(self, before: Seen) -> int | None:
        """Streams that the server still has and did not have before; None if it does not tell."""
        if before.open_streams is None:
            return None
        end_s = time.monotonic() + CLOSE_LIMIT_S
        while (now := self._view.look().open_streams) is not None:
            if now <= before.open_streams or time.monotonic() > end_s:
                return max(0, now - before.open_streams)
            gevent.sleep(POLL_S)
        return None
