"""Which resources a filter finds (seed 003, filter fields), and whether every server has to agree.

The documents leave points open (absent fields, NULL, timestamps, names); each has a few readings.
A condition is evaluated under all of them, and AND, OR and NOT carry the sets of possible
outcomes on, so a verdict is `demanded` when no accepted reading leads elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Protocol

from conformance.oracles.meta.filter_terms import READINGS, Term, bind
from conformance.oracles.meta.filter_text import (
    Everything,
    FilterError,
    Group,
    Not,
    Syntax,
    Test,
    read,
)
from conformance.oracles.meta.model import Data, Kind

__all__ = ["READINGS", "Filter", "FilterError", "Verdict", "parse"]

Outcome = bool | None
"""True, False or, in the three-valued reading of SQL, unknown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Whether a filter finds a resource.

    Attributes:
        matches: by the preferred readings.
        demanded: whether every accepted reading says the same.
        because: the open points that matter, by trait or in words, when it is not demanded.
    """

    matches: bool
    demanded: bool
    because: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Outcomes:
    preferred: Outcome
    possible: frozenset[Outcome]
    because: frozenset[str]


class _Node(Protocol):
    def outcomes(self, data: Data) -> _Outcomes: ...

    def outcome(self, data: Data, readings: Mapping[str, str]) -> Outcome: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class _Leaf:
    term: Term

    def outcome(self, data: Data, readings: Mapping[str, str]) -> Outcome:
        return self.term.outcome(data, readings)

    def outcomes(self, data: Data) -> _Outcomes:
        points = sorted(self.term.points(data))
        if not points:
            known = self.term.outcome(data, {})
            return _Outcomes(preferred=known, possible=frozenset({known}), because=frozenset())
        preferred, *others = (
            self.term.outcome(data, dict(zip(points, readings, strict=True)))
            for readings in product(*(READINGS[point] for point in points))
        )
        possible = frozenset({preferred, *others})
        return _Outcomes(
            preferred=preferred,
            possible=possible,
            because=frozenset(points) if len(possible) > 1 else frozenset(),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Not:
    inner: _Node

    def outcome(self, data: Data, readings: Mapping[str, str]) -> Outcome:
        return _negated(self.inner.outcome(data, readings))

    def outcomes(self, data: Data) -> _Outcomes:
        inner = self.inner.outcomes(data)
        return _Outcomes(
            preferred=_negated(inner.preferred),
            possible=frozenset(map(_negated, inner.possible)),
            because=inner.because,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Group:
    """AND, where False decides, or OR, where True does."""

    deciding: bool
    parts: tuple[_Node, ...]

    def join(self, one: Outcome, other: Outcome) -> Outcome:
        if self.deciding in (one, other):
            return self.deciding
        return None if None in (one, other) else not self.deciding

    def outcome(self, data: Data, readings: Mapping[str, str]) -> Outcome:
        total: Outcome = not self.deciding
        for part in self.parts:
            total = self.join(total, part.outcome(data, readings))
        return total

    def outcomes(self, data: Data) -> _Outcomes:
        preferred: Outcome = not self.deciding
        possible: frozenset[Outcome] = frozenset({preferred})
        because: frozenset[str] = frozenset()
        for part in self.parts:
            found = part.outcomes(data)
            preferred = self.join(preferred, found.preferred)
            possible = frozenset(self.join(a, b) for a in possible for b in found.possible)
            because |= found.because
        return _Outcomes(preferred=preferred, possible=possible, because=because)


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """A filter of one kind of resource, read and typed.

    Attributes:
        source: as written.
        always: no filter, or empty parentheses.
        terms: its conditions from left to right.
        refusable: why a server may refuse the text, by trait or in words; empty: it has to take it.
    """

    source: str
    always: bool
    terms: tuple[Term, ...]
    refusable: frozenset[str]
    root: _Node

    @property
    def null_sensitive(self) -> bool:
        """Whether a condition asks for NULL or NaN, or names what a resource may lack."""
        return any(t.op in ("null", "nan") or t.path.may_be_absent for t in self.terms)

    @property
    def features(self) -> frozenset[str]:
        """Of `null`, `nan`, `name`, `name order`, `timestamp`, `map`, `list`, `like`, `nested`."""
        return frozenset().union(*(term.features for term in self.terms))

    def verdict(self, data: Data) -> Verdict:
        """Whether the filter finds a complete resource, and whether every server has to agree."""
        found = self.root.outcomes(data)
        if len({outcome is True for outcome in found.possible}) == 1:
            return Verdict(matches=found.preferred is True, demanded=True)
        return Verdict(
            matches=found.preferred is True,
            demanded=False,
            because=", ".join(sorted(found.because)),
        )

    def matches(self, data: Data, readings: Mapping[str, str] | None = None) -> bool:
        """Whether the filter finds a resource under these readings, else the preferred ones.

        `readings` gives readings of `READINGS` by trait, for instance `{"M39": "never"}`.
        """
        return self.root.outcome(data, readings or {}) is True


def parse(text: str, kind: Kind) -> Filter:
    """The filter that is written so, for resources of a kind.

    Raises:
        FilterError: no reading of the documents makes it a filter of this kind.
    """
    syntax = read(text)
    terms: list[Term] = []
    root = _node(syntax.syntax, kind, terms)
    refusable = syntax.refusable.union(*(term.refusable for term in terms))
    return Filter(
        source=text,
        always=isinstance(syntax.syntax, Everything),
        terms=tuple(terms),
        refusable=refusable,
        root=root,
    )


def _node(syntax: Syntax, kind: Kind, terms: list[Term]) -> _Node:
    if isinstance(syntax, Test):
        term = bind(syntax, kind)
        terms.append(term)
        return _Leaf(term=term)
    if isinstance(syntax, Not):
        return _Not(inner=_node(syntax.inner, kind, terms))
    if isinstance(syntax, Group):
        parts = tuple(_node(part, kind, terms) for part in syntax.parts)
        return _Group(deciding=syntax.word == "OR", parts=parts)
    return _Group(deciding=False, parts=())


def _negated(outcome: Outcome) -> Outcome:
    return None if outcome is None else not outcome
