"""Runs one check against the target: gates, fresh adapter, repetition of failures, clean-up."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from conformance.context import SHRINK_CALLS, Check, entered
from conformance.failures import UsageError
from conformance.outcome import Outcome, judged
from conformance.recorder import Recorder
from conformance.requirements import Ledger, load
from conformance.run.settings import Settings
from conformance.targets.budget import Budget
from conformance.targets.clock import Clock
from conformance.targets.dispatch import DispatchTarget, meet_clock
from conformance.targets.dispatch_codec import Codec
from conformance.targets.dispatch_session import (
    DispatchSession,
    contract_of,
    open_client,
    share_of_pool,
)
from conformance.targets.journal import Journal
from conformance.targets.profile import DispatchProfile

SHRINK_SHARE = 3
"""One check may use one in so many of the calls that are left for failures."""


@dataclass(frozen=True, kw_only=True)
class Spec:
    """A check and what is written on it.

    Attributes:
        node: pytest node id.
        ids: requirements it judges.
        needs: what the target must have declared, besides the terms of the ledger.
        passive: whether it writes nothing.
        lasts_s: how long it runs in the background, None for ordinary checks.
    """

    node: str
    ids: tuple[str, ...]
    needs: tuple[str, ...] = ()
    passive: bool = False
    lasts_s: float | None = None


class Runner:
    """Runs the checks of one process; connects when the first one runs.

    Args:
        settings: of the run.
        worker: number of this process among `settings.workers`; None for what runs beside
            them, and shares the last microgrid of the pool with whoever has it.
    """

    def __init__(self, settings: Settings, *, worker: int | None = 0) -> None:
        self.settings = settings
        self.ledger: Ledger = load()
        self._worker = worker

    @property
    def profile(self) -> DispatchProfile:
        """What the target says of its dispatch API."""
        return self.settings.target.services.dispatch or DispatchProfile()

    @cached_property
    def session(self) -> DispatchSession:
        """The shared part of the adapters, connected."""
        settings = self.settings
        client = open_client(settings.target, budget_of(settings))
        pool = self.profile.microgrid_ids
        session = DispatchSession(
            client=client,
            codec=Codec(contract_of(settings.target, client)),
            profile=self.profile,
            identities=dict(settings.target.identities),
            journal=Journal(settings.journal),
            run_id=settings.run_id,
            writes=settings.writes,
            depth=settings.depth,
            # What runs beside the checks keeps out of the first microgrid of every worker.
            pool=pool[-1:]
            if self._worker is None
            else share_of_pool(pool, self._worker, settings.workers),
            exclusive=self._worker is not None,
            clock=Clock(tolerance_s=self.profile.clock_tolerance),
        )
        if self.profile.clock == "simulated" and settings.writes:
            meet_clock(session)
        return session

    def run(self, spec: Spec, body: Callable[[DispatchTarget], None]) -> Outcome:
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

    def _run_and_repeat(self, spec: Spec, body: Callable[[DispatchTarget], None]) -> Outcome:
        first = self._once(spec, body, shrink_calls=self._shrink_calls())
        first.runs = [first.state]
        if first.state != "fail" or spec.lasts_s is not None or self.settings.alone:
            return first
        spare = self._budget.spare
        if spare is not None and first.calls > spare:
            return first
        second = self._once(spec, body, shrink_calls=0)
        self._budget.spent_on_failures(second.calls)
        calls = first.calls + second.calls
        if first.connection_lost and second.state == "pass":
            second.warnings.append(f"the connection broke once ({first.message})")
            first, second.runs = second, ["pass"]
        elif second.state in ("pass", "fail"):
            first.runs = [*first.runs, second.state]
        first.calls = calls
        return first

    def _once(
        self, spec: Spec, body: Callable[[DispatchTarget], None], *, shrink_calls: int
    ) -> Outcome:
        recorder = Recorder()
        check = Check(
            node=spec.node,
            ids=spec.ids,
            ledger=self.ledger,
            recorder=recorder,
            seed=self.settings.seed,
            profile=self.settings.depth,
            pins=self.profile.pins,
            shrink_calls=shrink_calls,
        )
        target = DispatchTarget(self.session, recorder)
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
        self._budget.spent_on_failures(check.shrunk)
        outcome.calls = recorder.calls
        return outcome

    @property
    def _budget(self) -> Budget:
        return self.session.client.budget

    def _shrink_calls(self) -> int:
        """Calls that the next check may use to make a failure smaller."""
        most, spare = SHRINK_CALLS[self.settings.depth], self._budget.spare
        return most if spare is None else min(most, spare // SHRINK_SHARE)

    def _gate(self, id_: str, spec: Spec) -> str | None:
        """Why this requirement cannot be asked of this target, None if it can."""
        requirement = self.ledger[id_]
        if not requirement.applies_to(self.profile.generation):
            return f"generation {self.profile.generation} does not have it"
        if not spec.passive and not self.settings.writes:
            return "writes not allowed (--allow-writes)"
        declared = self._declared()
        conditions = ([requirement.when] if requirement.when else []) + list(spec.needs)
        for condition in conditions:
            if not declared[condition]:
                return _REASONS[condition]
        if not spec.passive and self.settings.depth == "smoke":
            return "profile smoke only reads"
        if spec.lasts_s is not None and self.settings.depth == "smoke":
            return "takes too long for profile smoke"
        return None

    def _declared(self) -> Mapping[str, bool]:
        profile, target = self.profile, self.settings.target
        return {
            "auth": profile.auth_key is not None,
            "auth_key": profile.auth_key is not None,
            "sign": profile.sign_secret is not None,
            "sign_secret": profile.sign_secret is not None,
            "tls": target.tls is not None,
            "second_identity": "second_tenant" in target.identities,
            "simulated_site": profile.simulated_site,
            "full": self.settings.depth == "full",
        }


_REASONS = {
    "auth": "the profile has no auth_key",
    "auth_key": "the profile has no auth_key",
    "sign": "the profile has no sign_secret",
    "sign_secret": "the profile has no sign_secret",
    "tls": "the profile declares no TLS",
    "second_identity": "the profile names no identity second_tenant",
    "simulated_site": "the profile does not declare simulated_site",
    "full": "too costly for anything but profile full",
}


def budget_of(settings: Settings) -> Budget:
    """The one budget of a run, as this process sees it."""
    return Budget(max_calls=settings.max_calls, max_rate=settings.max_rate, shared=settings.budget)
