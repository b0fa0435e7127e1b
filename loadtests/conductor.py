"""Leads a run from the main process: barriers, phases, clean-up, verdict.

    greet -> plan -> users present -> open barrier -> warm-up -> measured window
          -> idle -> close barrier -> listing -> settle -> hang up -> clean up -> report

Whatever stops a run on its way, the last four steps are taken, so nothing is left behind.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import gevent
from gevent.event import Event
from locust.env import Environment

from loadtests import apis, marks
from loadtests.calls import Gate
from loadtests.clocks import Clock, is_uncertain, machine
from loadtests.errors import (
    HarnessError,
    Inconclusive,
    Interrupted,
    LoadError,
    Refused,
)
from loadtests.meeting import Meeting
from loadtests.outcome import Outcome
from loadtests.peers import Peer, Peers
from loadtests.plan import Plan, digest, version
from loadtests.safety import State
from loadtests.scenario import Scenario

POLL_S = 0.05
GREET_LIMIT_S = 15.0
USERS_LIMIT_S = 60.0
OPEN_LIMIT_S = 30.0
ANSWER_LIMIT_S = 45.0
IDLE_LIMIT_S = 5.0
COMPARE_S = 0.5
"""How long streams may take to come by a listing that may be outdated already."""
MEETING_LIMIT_S = 120.0
"""How much longer one part may take to open than another."""
LEAD_S = 0.3
"""Between the order to start and the first arrival, so that every process has the order."""
FIRST_SENTINEL_GAP_S = 0.1
LAST_SENTINEL_GAP_S = 2.0


class Conductor:
    """One run, led by the main process.

    Args:
        environment: locust's; its runner is either alone or the master.
        scenario: what is played.
        plan: the run; the number of processes is filled in when they have said hello.
        meeting: where those wait for each other that are played together.
        users: how many take part; None where all that locust starts do.
    """

    def __init__(
        self,
        environment: Environment,
        scenario: Scenario,
        plan: Plan,
        *,
        meeting: Meeting | None = None,
        users: int | None = None,
    ) -> None:
        assert environment.runner is not None
        self.runner: Any = environment.runner
        self.scenario = scenario
        self.plan = plan
        self.peers = Peers(self.runner, plan.part)
        self.outcome = Outcome(plan=plan, started=datetime.now(UTC).isoformat(timespec="seconds"))
        self.finished = Event()
        self._began_s = time.monotonic()
        self._clock = Clock(is_wall=False)
        self._window_us = (0, 0)
        self._population: Mapping[str, Any] = {}
        self._interrupted = ""
        self._meeting = meeting or Meeting(1)
        self._users = users
        gate = Gate(plan.target, share=plan.share, sleep=gevent.sleep)
        self.api = apis.load(plan.context())
        self._call = self.api.caller(gate, timeout_s=plan.options.timeout)
        self.desk = self.api.desk(self._call)
        self.outcome.notes = self.api.notes

    def lead(self) -> Outcome:
        """Play the run to its end, whatever happens, and return what it came to."""
        try:
            self._play()
        except Inconclusive as end:
            self.outcome.stopped = str(end)
        except LoadError as error:
            self.outcome.faults.append(str(error))
        except Exception as error:
            self.outcome.faults.append(f"{type(error).__name__}: {error}")
        begin_us, end_us = self._window_us
        self.outcome.measured_s = max(0, min(self._clock.now_us(), end_us) - begin_us) / 1e6
        try:
            self._leave()
        except Exception as error:
            self.outcome.faults.append(f"while ending: {type(error).__name__}: {error}")
        finally:
            self._call.close()
            self.finished.set()
        return self.outcome

    def interrupt(self, reason: str = "interrupted") -> None:
        """End the run early, cleanly; `finished` tells when."""
        self._interrupted = self._interrupted or reason

    def take_note(self, sender: str, note: Mapping[str, Any]) -> None:
        """Take what a process has told."""
        if (peer := self.peers.get(sender)) is None:
            return
        match note["what"]:
            case "hello":
                peer.hello = note
            case "state":
                peer.state = note
            case "second":
                self._take_second(peer, note)
            case "violation":
                self.outcome.add_violation(note["violation"])
            case "done":
                peer.answers.update({k: v for k, v in note.items() if k not in ("what", "of")})
                peer.done.add(note["of"])
            case "echo":
                now = time.time_ns() // 1000
                self.peers.order(
                    peer, {"do": "echo", "sent_us": note["sent_us"], "answered_us": now}
                )
            case "offset":
                peer.offsets_us.append(note["offset_us"])

    def _take_second(self, peer: Peer, note: Mapping[str, Any]) -> None:
        second = int(time.monotonic() - self._began_s)
        self.outcome.add_second(second, peer.id, note)
        for fact in note.get("told", ()):
            self.desk.hear(fact)
        if "written" in note:
            peer.written.clear()
            peer.written.update({int(scope): count for scope, count in note["written"].items()})
        written = self.peers.written()
        if not self._is_measuring() or not self.plan.options.rate:
            return
        for scope, width in note["widths"].items():
            # Only an estimate: the processes do not flush at the same instant.
            lag = max(0, written[int(scope)] - note["seen"][scope] // width)
            self.outcome.totals.lag(self.api.stream, lag)

    def _play(self) -> None:
        self._greet()
        self._share_plan()
        users = self.runner.target_user_count if self._users is None else self._users
        self._wait(
            lambda: bool(users) and self.peers.users() >= users, USERS_LIMIT_S, "users to start"
        )
        self._open()
        self._meeting.arrive()
        self._wait(lambda: self._meeting.is_complete, MEETING_LIMIT_S, "the other parts")
        self._load()
        self._close()

    def _greet(self) -> None:
        if not len(self.peers):
            raise HarnessError("there is no process to drive load")
        self.peers.order_all({"do": "greet"})
        self._wait(
            lambda: self.peers.all(lambda peer: bool(peer.hello)), GREET_LIMIT_S, "workers to greet"
        )
        for peer in self.peers:
            mine, theirs = (version(), digest()), (peer.hello["version"], peer.hello["digest"])
            if mine != theirs:
                raise Refused(
                    f"worker {peer.id} runs version {theirs[0]} ({theirs[1]}), "
                    f"the master {mine[0]} ({mine[1]})"
                )
        self.outcome.nodes = [{"id": peer.id, **peer.hello} for peer in self.peers]
        is_wall = any(peer.hello["machine"] != machine() for peer in self.peers)
        self._clock = Clock(is_wall=is_wall)
        if is_wall:
            self._compare_clocks()

    def _compare_clocks(self) -> None:
        already = {peer.id: len(peer.offsets_us) for peer in self.peers}
        self.peers.order_all({"do": "clock"})
        self._wait(
            lambda: self.peers.all(lambda peer: len(peer.offsets_us) > already[peer.id]),
            GREET_LIMIT_S,
            "clocks to be compared",
        )

    def _share_plan(self) -> None:
        self.plan = replace(self.plan, nodes=len(self.peers), uses_wall_clock=self._clock.is_wall)
        self.outcome.plan = self.plan
        for peer in self.peers:
            self.peers.order(peer, {"do": "plan", "plan": self.plan.to_json(), "index": peer.index})

    def _open(self) -> None:
        self._tell("opening")
        # Before any stream is open: nobody is to miss these.
        self._population = self.desk.populate(self.plan.options.population)
        self.outcome.watched = watched = self._share_streams()
        if not watched:
            return
        gap_s, limit = FIRST_SENTINEL_GAP_S, time.monotonic() + OPEN_LIMIT_S
        while True:
            if self.api.has_sentinels:
                self.desk.sentinel(marks.OPEN)
            self._nap(lambda: self.peers.sum("live") >= watched, gap_s)
            live, ended = self.peers.sum("live"), self.peers.sum("ended")
            if live >= watched:
                return
            if time.monotonic() > limit or ended >= watched:
                raise Inconclusive(
                    f"{watched - live} of {watched} streams never became live, {ended} ended"
                )
            gap_s = min(gap_s * 1.5, LAST_SENTINEL_GAP_S)

    def _share_streams(self) -> int:
        """Tell every process which streams are its own; how many there are in all."""
        options = self.plan.options
        first = 0
        for peer in self.peers:
            reader = self.scenario.reader
            streams = peer.state.get("users", {}).get(reader.__name__, 0) if reader else 0
            if options.reads_in_engine and self.scenario.engine:
                share, more = divmod(options.subscribers, len(self.peers))
                streams = share + (peer.index < more)
            order = {"do": "open", "first": first, "streams": streams}
            self.peers.order(peer, {**order, "population": self._population})
            first += streams
        return first

    def _load(self) -> None:
        options = self.plan.options
        start_us = self._clock.now_us() + int(LEAD_S * 1e6)
        measure_us = start_us + int(options.warmup * 1e6)
        end_us = measure_us + int(options.duration * 1e6)
        order = self.scenario.order(
            options, start_us=start_us, measure_us=measure_us, end_us=end_us
        )
        self._window_us = (measure_us, end_us)
        measure_s = time.monotonic() + LEAD_S + options.warmup
        self.outcome.window_s = (measure_s, measure_s + options.duration)
        for peer in self.peers:
            rates = {name: self._share(peer, name, how) for name, how in order["rates"].items()}
            self.peers.order(peer, {**order, "do": "start", "rates": rates})
        while (now := self._clock.now_us()) < end_us:
            self._watch_over()
            self._tell(
                "warming up" if now < measure_us else "measuring", now - start_us, end_us - start_us
            )
            gevent.sleep(min(0.25, (end_us - now) / 1e6))

    def _share(self, peer: Peer, name: str, how: Mapping[str, Any]) -> dict[str, Any]:
        """A peer's part of a rate: as large as its part of the users who do that work."""
        role = self.scenario.worker(name)
        of_peer = peer.state.get("users", {}).get(role, 0)
        return {**how, "rate": how["rate"] * of_peer / max(1, self.peers.users(role))}

    def _is_measuring(self) -> bool:
        return self._window_us[0] <= self._clock.now_us() < self._window_us[1]

    def _close(self) -> None:
        self._tell("closing")
        options = self.plan.options
        idle_limit_s = options.drop_after + options.timeout + 5
        self._wait(
            lambda: self.peers.all(lambda peer: bool(peer.state.get("idle"))),
            idle_limit_s,
            "writes in flight to end",
        )
        watched = self.outcome.watched
        if watched and self.api.has_sentinels:
            self._write_closing_sentinel()
            self._nap(lambda: self.peers.sum("reached") >= watched, options.drain)
        if self._clock.is_wall:
            self._compare_clocks()
            self.outcome.clock_is_uncertain = any(
                is_uncertain(peer.offsets_us) for peer in self.peers
            )
        if options.verify == "off":
            return
        listing = self._agreed_listing()
        written = {str(scope): count for scope, count in self.peers.written().items()}
        self._ask({"do": "settle", "listing": listing, "written": written})
        for peer in self.peers:
            self.outcome.lagging += peer.answers.get("lagging", [])
        for code, words, scope in self.desk.findings(listing):
            self.outcome.find(code, words, scope, self._clock.now_us())

    def _agreed_listing(self) -> Any:
        """What the target lists; where others write too, once all streams have come by it.

        Streams remember that they agreed, so it does not matter what the others write meanwhile.
        """
        listing = self.desk.listing()
        end = time.monotonic() + self.plan.options.drain
        while not self.api.is_quiet and self.outcome.watched and time.monotonic() < end:
            self._ask({"do": "compare", "listing": listing, "limit_s": COMPARE_S})
            if not sum(peer.answers.get("outstanding", 0) for peer in self.peers):
                break
            listing = self.desk.listing()
        return listing

    def _write_closing_sentinel(self) -> None:
        for _ in range(3):
            if self.desk.sentinel(marks.CLOSE):
                return
            gevent.sleep(0.5)
        raise Inconclusive("the closing sentinel could not be written")

    def _leave(self) -> None:
        """Stop everything and remove what was made, whether or not the run went well."""
        self._tell("cleaning up")
        for order in ("halt", "hangup"):
            self._ask({"do": order}, is_last=True)
        for peer in self.peers:
            self.outcome.streams.update(peer.answers.get("streams", {}))
        self._nap(
            lambda: self.peers.all(lambda peer: bool(peer.state.get("idle", True))),
            IDLE_LIMIT_S,
            is_last=True,
        )
        self._ask({"do": "cleanup"}, is_last=True)
        self.outcome.residue = self.desk.sweep()[1]
        self.outcome.notes += tuple(self.desk.remarks())
        self.peers.order_all({"do": "forget"})
        for peer in self.peers:
            self.outcome.faults += peer.state.get("faults", [])
        opened, closed = self.outcome.streams["opened"], self.outcome.streams["closed"]
        if opened != closed:
            self.outcome.faults.append(f"{opened - closed} streams were not closed")

    def _ask(self, order: Mapping[str, Any], *, is_last: bool = False) -> None:
        """Send an order to everybody and wait until all have carried it out."""
        limit_s = ANSWER_LIMIT_S + self.api.settle_s
        self.peers.order_all(order)

        def is_done() -> bool:
            lost = self.peers.lost() if is_last else ()
            return self.peers.all(lambda peer: order["do"] in peer.done or peer.id in lost)

        if is_last:
            self._nap(is_done, limit_s, is_last=True)
        else:
            self._wait(is_done, limit_s, f"{order['do']} to be done")

    def _wait(self, holds: Callable[[], bool], limit_s: float, what: str) -> None:
        end = time.monotonic() + limit_s
        while not holds():
            self._watch_over()
            if time.monotonic() > end:
                raise HarnessError(f"gave up waiting for {what} after {limit_s:g} s")
            gevent.sleep(POLL_S)

    def _nap(self, holds: Callable[[], bool], limit_s: float, *, is_last: bool = False) -> None:
        """Wait for a condition or the limit, whichever comes first."""
        end = time.monotonic() + limit_s
        while not holds() and time.monotonic() < end:
            if not is_last:
                self._watch_over()
            gevent.sleep(POLL_S)

    def _watch_over(self) -> None:
        """Stop the run if it cannot or must not go on."""
        if self._interrupted:
            raise Interrupted(self._interrupted)
        if lost := self.peers.lost():
            raise HarnessError(f"worker lost: {', '.join(lost)}")
        faults = [fault for peer in self.peers for fault in peer.state.get("faults", [])]
        if faults:
            raise HarnessError("a user of the harness failed")
        for peer in self.peers:
            if peer.state.get("stopped"):
                raise Inconclusive(peer.state["stopped"])
        if any(peer.state.get("breaker") == State.OPEN for peer in self.peers):
            raise Inconclusive("the target showed distress twice; the run was ended")

    def _tell(self, phase: str, done: float = 0, total: float = 0) -> None:
        """Tell the front end, if there is one, how far the run is."""
        if self.plan.options.lifeline:
            line = {"phase": phase, "done": done / 1e6, "total": total / 1e6}
            # The front end may have died, in which case there is nobody to tell.
            with suppress(OSError):
                print(json.dumps(line), file=sys.stdout, flush=True)
