"""What an engine is asked to run: a scenario, and what of it is replaced."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from simulator.microgrid.dispatch import Dispatch
from simulator.microgrid.profile import Build
from simulator.microgrid.scenario import Scenario

__all__ = ["Case", "EngineError", "Missing", "NotCovered"]


class EngineError(ValueError):
    """An engine cannot run a case; the message says why, and what can."""


class Missing(EngineError):
    """The extra that an engine needs is not installed."""


class NotCovered(EngineError):
    """An engine does not simulate something that a case has; the message names all of it."""

    def __init__(self, engine: str, reasons: Iterable[str]) -> None:
        self.engine = engine
        self.reasons = tuple(reasons)
        what = "; ".join(self.reasons)
        super().__init__(
            f"the engine {engine} does not cover {what}; expected --engine reference for this site"
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Case:
    """One run over `[start_us, end_us)`."""

    scenario: Scenario
    start_us: int
    end_us: int
    seed: int
    schedule: tuple[Dispatch, ...] | None = None
    """Takes the place of the scenario's own dispatches; running ones are joined half-way."""
    inputs: Build | None = None
    """Takes the place of the scenario's own series."""

    @property
    def dispatches(self) -> tuple[Dispatch, ...]:
        """Every dispatch of the run."""
        return self.scenario.schedule() if self.schedule is None else self.schedule

    @property
    def recorded(self) -> Scenario:
        """The scenario that the record of the run belongs to."""
        return self.scenario if self.schedule is None else self.scenario.with_schedule(())
