"""Runs one check against the target: gates, fresh adapter, repetition of failures, clean-up."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from conformance.context import SHRINK_CALLS, Check, entered
from conformance.failures import UsageError
from conformance.histories.tape import Recording
from conformance.outcome import Outcome, judged
from conformance.recorder import Recorder
from conformance.requirements import Ledger, load
from conformance.run.settings import Settings
from conformance.targets.api import Api, Session, Surroundings
from conformance.targets.apis import APIS
from conformance.targets.budget import Budget
from conformance.targets.journal import Journal

Body = Callable[[Any], None]
"""A check; it takes the adapter of its API."""

SHRINK_SHARE = 3
"""One check may use one in so many of the calls that are left for failures."""


@dataclass(frozen=True, kw_only=True)
class Spec:
    """A check and what is written on it.

    Attributes:
        node: pytest node id.
        ids: requirements it judges.
        needs: what the target must have declared, besides the terms of the ledger.
        passive: whether it is marked to write nothing.
        lasts_s: how long it runs in the background, None for ordinary checks.
    """

    node: str
    ids: tuple[str, ...]
    needs: tuple[str, ...] = ()
    passive: bool = False
    lasts_s: float | None = None


class Runner:
    """Runs the checks of one process; connects to an API when its first check runs.

    Args:
        settings: of the run.
        worker: number of this process among `settings.workers`; None for what runs beside
            them, and shares what is scarce with whoever has it.
    """

    def __init__(self, settings: Settings, *, worker: int | None = 0) -> None:
        self.settings = settings
        self.ledger: Ledger = load()
        self._worker = worker
        self._sessions: dict[str, Session] = {}

    @cached_property
    def recording(self) -> Recording | None:
        """The record of the run, if one is wanted."""
        settings = self.settings
        if settings.record is None:
            return None
        # The stream numbers of a process begin anew in a repetition.
        worker = "beside" if self._worker is None else f"w{self._worker}"
        name = f"{worker}{'a' if settings.alone else ''}."
        return Recording(settings.record, settings.target.secrets(), name)

    @cached_property
    def budget(self) -> Budget:
        """The budget of the run, as this process sees it."""
        return budget_of(self.settings)

    @property
    def session(self) -> Session:
        """The shared part of the adapters of the API that the target names first, connected."""
        return self.session_of(self.settings.target.services.claimed[0])

    def session_of(self, name: str) -> Session:
        """The shared part of the adapters of an API, connected."""
        if name not in self._sessions:
            self._sessions[name] = APIS[name].connect(self._surroundings())
        return self._sessions[name]

    def api_of(self, spec: Spec) -> Api:
        """The API that a check is about: that of its requirements."""
        return APIS[self.ledger[spec.ids[0]].service]

    def connect(self, spec: Spec) -> None:
        """Connect to the API of a check, before there are threads."""
        self.session_of(self.api_of(spec).name)

    def close(self) -> None:
        """End every connection."""
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()
        if "budget" in self.__dict__:
            self.budget.close()
        if self.__dict__.get("recording") is not None:
            self.__dict__.pop("recording").close()

    def _surroundings(self) -> Surroundings:
        settings = self.settings
        return Surroundings(
            target=settings.target,
            budget=self.budget,
            journal=Journal(settings.journal),
            run_id=settings.run_id,
            writes=settings.writes,
            depth=settings.depth,
            worker=self._worker,
            workers=settings.workers,
        )

    def run(self, spec: Spec, body: Body) -> Outcome:
        """Run a check, and a failed one again to see whether it fails each time.

        Raises:
            UsageError: the profile cannot be used at all.
        """
        began = time.monotonic()
        gated = {id_: reason for id_ in spec.ids if (reason := self._gate(id_, spec))}
        if len(gated) == len(spec.ids):
            outcome = Outcome(
                node=spec.node,
                ids=spec.ids,
                state="not_applicable",
                message=next(iter(gated.values())),
            )
        else:
            outcome = self._run_and_repeat(spec, body)
        outcome.gated = gated
        outcome.duration_s = round(time.monotonic() - began, 3)
        return outcome

    def _run_and_repeat(self, spec: Spec, body: Body) -> Outcome:
        first = self._once(spec, body, shrink_calls=self._shrink_calls())
        first.runs = [first.state]
        if first.state != "fail" or spec.lasts_s is not None or self.settings.alone:
            return first
        spare = self.budget.spare
        if spare is not None and first.calls > spare:
            return first
        second = self._once(spec, body, shrink_calls=0)
        self.budget.spent_on_failures(second.calls)
        calls = first.calls + second.calls
        if first.connection_lost and second.state == "pass":
            second.warnings.append(f"the connection broke once ({first.message})")
            first, second.runs = second, ["pass"]
        elif second.state in ("pass", "fail"):
            first.runs = [*first.runs, second.state]
        first.calls = calls
        return first

    def _once(self, spec: Spec, body: Body, *, shrink_calls: int) -> Outcome:
        api = self.api_of(spec)
        tape = self.recording.tape(api.name, spec.node) if self.recording else None
        recorder = Recorder(tape)
        check = Check(
            node=spec.node,
            ids=spec.ids,
            ledger=self.ledger,
            recorder=recorder,
            seed=self.settings.seed,
            profile=self.settings.depth,
            pins=api.pins(self.settings.target),
            shrink_calls=shrink_calls,
        )
        target = api.adapter(self.session_of(api.name), recorder)
        error: BaseException | None = None
        try:
            with entered(check):
                body(target)
        except UsageError:
            raise
        except Exception as caught:  # judged below: ours if it is not of the judge's own tree
            error = caught
        outcome = judged(check, error)
        if outcome.state == "error" and error is not None:
            outcome.failure = {"traceback": "".join(traceback.format_exception(error))}
        target.close()
        self.budget.spent_on_failures(check.shrunk)
        outcome.calls = recorder.calls
        return outcome

    def _shrink_calls(self) -> int:
        """Calls that the next check may use to make a failure smaller."""
        most, spare = SHRINK_CALLS[self.settings.depth], self.budget.spare
        return most if spare is None else min(most, spare // SHRINK_SHARE)

    def _gate(self, id_: str, spec: Spec) -> str | None:
        """Why this requirement cannot be asked of this target, None if it can."""
        requirement, api, depth = self.ledger[id_], self.api_of(spec), self.settings.depth
        if reason := api.demanded(requirement, self.settings.target):
            return reason
        needs = (*requirement.conditions, *spec.needs)
        writes = api.writes(spec.passive, needs)
        if writes and not self.settings.writes:
            return "writes not allowed (--allow-writes)"
        for condition in needs:
            if reason := self._lacks(api, condition):
                return reason
        if writes and depth == "smoke":
            return "profile smoke only reads"
        if spec.lasts_s is not None and depth == "smoke":
            return "takes too long for profile smoke"
        return None

    def _lacks(self, api: Api, condition: str) -> str | None:
        if condition == "full":
            full = self.settings.depth == "full"
            return None if full else "too costly for anything but profile full"
        if condition == "tls":
            return None if self.settings.target.tls else "the profile declares no TLS"
        return self.session_of(api.name).lacks(condition)


def budget_of(settings: Settings) -> Budget:
    """The one budget of a run, as this process sees it."""
    return Budget(
        max_calls=settings.max_calls,
        max_rate=settings.max_rate,
        max_streams=settings.max_streams,
        ends_s=settings.ends_s,
        shared=settings.budget,
    )
