"""What callers do to a few tasks, as drawn sequences of steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from hypothesis import strategies as st

Verb = Literal["create", "claim", "complete", "get", "list", "update"]

SLOTS = 3
"""Tasks of one sequence."""


@dataclass(frozen=True, slots=True)
class Step:
    """One call about the task of a slot; `list` and `update` are about the type of them all."""

    verb: Verb
    slot: int = 0

    def __repr__(self) -> str:
        return self.verb if self.verb in ("list", "update") else f"{self.verb} {self.slot}"


def script(text: str) -> tuple[Step, ...]:
    """Steps in words: verbs with the slot behind, for instance `create0 claim0 list`."""
    known: dict[str, Verb] = {verb: verb for verb in get_args(Verb)}
    return tuple(
        Step(known[word.rstrip("012")], int(word[-1]) if word[-1].isdigit() else 0)
        for word in text.split()
    )


WHOLE_LIFE = script(
    "claim0 create0 create1 complete1 list claim0 get0 claim0 update list create0 complete0 get0"
    " complete0 claim0 create2 get2 claim2 list get1"
)
"""Every call in every state, and looks after each change."""

_verbs = st.sampled_from(
    ("create", "create", "claim", "claim", "complete", "complete", "get", "list", "update")
)
steps = st.lists(st.builds(Step, _verbs, st.integers(0, SLOTS - 1)), min_size=6, max_size=18).map(
    tuple
)
"""Sequences of steps over a few tasks; what does not exist or cannot be done is asked for, too."""
