"""What came of one check: plain data that travels between processes and into the report."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from conformance.context import Check
from conformance.failures import (
    BudgetSpent,
    Nonconformance,
    NotApplicable,
    Refused,
    Untestable,
)

State = Literal["pass", "fail", "untestable", "not_applicable", "error"]

CREDENTIALS_REFUSED = frozenset({"UNAUTHENTICATED", "PERMISSION_DENIED"})


@dataclass(kw_only=True)
class Outcome:
    """What came of one check.

    Attributes:
        node: pytest node id.
        ids: requirements that were judged.
        state: of the check as a whole.
        message: one sentence, for every state but pass.
        breaks: the requirement that failed, where it is one of several.
        failure: what, got, wanted, example and steps.
        observations: readings, each with trait and whether it is the preferred one.
        warnings: weaknesses that did not stop the check.
        gated: requirements of the check that do not apply, with the reason.
        runs: the states of the first run and its repetitions.
        calls: requests sent.
        connection_lost: whether it failed because a connection broke.
        out_of_calls: whether it is untestable only because no call was left for it.
    """

    node: str
    ids: tuple[str, ...]
    state: State = "pass"
    message: str = ""
    breaks: str | None = None
    failure: dict[str, Any] | None = None
    observations: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    gated: dict[str, str] = field(default_factory=dict)
    runs: list[State] = field(default_factory=list)
    calls: int = 0
    duration_s: float = 0.0
    connection_lost: bool = False
    out_of_calls: bool = False

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Outcome:
        """From JSON."""
        return cls(**{**record, "ids": tuple(record["ids"])})


def judged(check: Check, error: BaseException | None) -> Outcome:
    """What it means that the body of a check ended like this."""
    outcome = Outcome(
        node=check.node,
        ids=check.ids,
        observations=[
            {"reading": o.reading, "trait": o.trait, "preferred": o.preferred}
            for o in check.observations
        ],
        warnings=list(check.warnings),
        calls=check.recorder.calls,
    )
    if error is None:
        return outcome
    outcome.message = str(error)
    if isinstance(error, NotApplicable):
        outcome.state = "not_applicable"
    elif isinstance(error, Untestable):
        outcome.state = "untestable"
        outcome.out_of_calls = isinstance(error, BudgetSpent)
    elif isinstance(error, Refused) and error.code.name in CREDENTIALS_REFUSED:
        # Nobody expected this status, so it is about who we are and not about the rule.
        outcome.state = "untestable"
        outcome.message = f"the target refuses our credentials: {error.got}"
    elif isinstance(error, Nonconformance):
        outcome.state = "fail"
        outcome.breaks = error.breaks
        outcome.connection_lost = isinstance(error, Refused) and error.code.name == "UNAVAILABLE"
        outcome.failure = {
            "what": error.what,
            "got": error.got,
            "wanted": error.wanted,
            "example": {k: repr(v) for k, v in (error.example or {}).items()},
            "steps": error.steps if error.steps is not None else check.recorder.steps(),
        }
    else:
        outcome.state = "error"
        outcome.message = f"{type(error).__name__}: {error}"
    return outcome
