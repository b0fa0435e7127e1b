"""Judges a history: rules of an API over what it holds, and what comes of them as outcomes.

A rule is a generator over the history as its API reads it. It yields a `Seen` for every situation
that a requirement is about: kept, or broken in some way. A requirement that none was seen of is not
applicable, and says so; only what was seen is green.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from conformance.histories.history import Event, History, steps
from conformance.outcome import Outcome
from conformance.targets.profile import Target

MAX_STEPS = 40
"""Steps of a counter-example."""

UNSEEN = "not seen in this history"


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """A situation that a requirement is about; `wrong` says how it is broken, "" if it is kept."""

    id: str
    wrong: str = ""
    where: tuple[Event, ...] = ()


Found = Iterator[Seen]
R = TypeVar("R", bound=Callable[[Any], Found])


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule and the requirements that it judges."""

    ids: tuple[str, ...]
    judge: Callable[[Any], Found]

    @property
    def name(self) -> str:
        """Of the rule, for reports."""
        return self.judge.__name__.strip("_")


def rule(*ids: str) -> Callable[[Callable[[Any], Found]], Rule]:
    """Make a generator a rule that judges these requirements."""
    return lambda judge: Rule(ids=ids, judge=judge)


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How the history of one API is judged.

    Attributes:
        name: of the API.
        read: the history as its rules see it; has `notes`, what was passed over.
        rules: all of them.
        beyond: why a history cannot show a requirement, by beginnings of ids; the longest decides.
    """

    name: str
    read: Callable[[History, Target], Any]
    rules: tuple[Rule, ...]
    beyond: Mapping[str, str] = field(default_factory=dict)

    @property
    def ids(self) -> frozenset[str]:
        """Requirements that some rule judges."""
        return frozenset(id_ for rule in self.rules for id_ in rule.ids)

    def why_not(self, id_: str) -> str:
        """Why nothing is said of a requirement that was not seen."""
        if id_ in self.ids:
            return UNSEEN
        fitting = [prefix for prefix in self.beyond if id_.startswith(prefix)]
        return self.beyond[max(fitting, key=len)] if fitting else BEYOND


BEYOND = "needs calls that are made for it; a history shows only what happened to be called"
OPEN = "an open question, of which each reading is right"


@dataclass
class Tally:
    """What was seen of one requirement."""

    kept: int = 0
    broken: list[Seen] = field(default_factory=list)
    rules: dict[str, None] = field(default_factory=dict)


def judge(
    history: History, target: Target, dialect: Dialect
) -> tuple[dict[str, Tally], list[str], list[str]]:
    """What was seen of each requirement, what was passed over, and troubles of ours."""
    seen: dict[str, Tally] = {}
    troubles: list[str] = []
    view = dialect.read(history, target)
    for each in dialect.rules:
        try:
            for found in each.judge(view):
                assert found.id in each.ids, f"{each.name} does not judge {found.id}"
                tally = seen.setdefault(found.id, Tally())
                tally.rules[f"histories/{dialect.name}::{each.name}"] = None
                if found.wrong:
                    tally.broken.append(found)
                else:
                    tally.kept += 1
        except Exception:  # whatever a file holds, the other rules are asked all the same
            last = traceback.format_exc().strip().splitlines()
            troubles.append(f"{dialect.name}: rule {each.name}: {' '.join(last[-3:])}")
    return seen, list(view.notes), troubles


def outcomes(seen: Mapping[str, Tally]) -> list[Outcome]:
    """The tallies as outcomes, as those of checks are."""
    return [_outcome(id_, tally) for id_, tally in seen.items()]


def _outcome(id_: str, tally: Tally) -> Outcome:
    node = ", ".join(tally.rules)
    if not tally.broken:
        return Outcome(node=node, ids=(id_,))
    first = tally.broken[0]
    more = len({found.wrong for found in tally.broken}) - 1
    seen = f"; {more} more such findings" if more else ""
    at = _lines(first.where)
    return Outcome(
        node=node,
        ids=(id_,),
        state="fail",
        message=f"{first.wrong}{at}{seen}",
        breaks=id_,
        failure={
            "what": first.wrong,
            "got": "",
            "wanted": "",
            "example": {},
            "steps": steps(first.where[:MAX_STEPS]),
        },
    )


def _lines(where: Iterable[Event]) -> str:
    numbers = sorted({event.line.number for event in where})
    if not numbers:
        return ""
    shown = ", ".join(str(number) for number in numbers[:6]) + (", …" if len(numbers) > 6 else "")
    return f" (line{'s' if len(numbers) > 1 else ''} {shown})"
