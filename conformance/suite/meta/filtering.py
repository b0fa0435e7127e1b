"""What the checks of filters share: the list of some resources as laws see it, and its judge.

Whoever asks combines texts; which resources a text finds is what the independent evaluator says,
as far as all accepted readings of the documents agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import permutations
from typing import Any

from conformance.failures import Nonconformance, NotApplicable
from conformance.judging import (
    UNIMPLEMENTED,
    Refused,
    attempt,
    expect,
)
from conformance.oracles.meta.filter import Filter, parse
from conformance.oracles.meta.model import KINDS, Data, Kind, Page
from conformance.oracles.meta.paths import look, resolve
from conformance.strategies.meta_filters import comparable_paths, literal, quoted
from conformance.suite.laws.filters import Keys, complements, same
from conformance.suite.meta.reading import absent_name, available, turned_down, while_quiet
from conformance.suite.meta.samples import sample, samples
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import PAGES, Population

LEAVES = 8
"""So many conditions are combined with each other."""


class Own:
    """The list of a target, reduced to resources that the check knows.

    Attributes:
        population: the resources, as the target listed them.
    """

    def __init__(self, meta: MetaTarget, population: Population) -> None:
        self.meta = meta
        self.population = population

    def __repr__(self) -> str:
        return f"{len(self.items)} {self.kind.plural}"

    @property
    def kind(self) -> Kind:
        """Of the resources."""
        return KINDS[self.population.kind]

    @property
    def items(self) -> Sequence[Data]:
        """The resources."""
        return self.population.items

    @property
    def names(self) -> Keys:
        """Their names."""
        return frozenset(self.population.names)

    def found(self, where: str | None, /) -> Keys:
        """Names of those that a filtered list holds; None sends no filter but the scope."""
        text = self.population.filter if where is None else self.population.both(where)
        items = [item for page in self.pages(text) for item in page.items]
        return frozenset(item["name"] for item in items) & self.names

    def pages(self, filter: str, size: int | None = None, **arguments: Any) -> Iterator[Page]:
        """The pages of the list with this filter alone, one after the other."""
        token = ""
        for _ in range(PAGES):
            page = self.meta.list(
                self.population.kind,
                parent=self.population.parent,
                filter=filter,
                size=size,
                token=token,
                **arguments,
            )
            yield page
            token = page.next
            if not token:
                return
        raise Nonconformance("walk over the pages", got=f"{PAGES} pages and more", wanted="an end")

    def wanted(self, text: str, **readings: str) -> Keys:
        """Names of those for which the evaluator says that the filter is true."""
        where = parse(text, self.kind)
        return frozenset(i["name"] for i in self.items if where.matches(i, readings))

    def steady(self, judge: Callable[[], None]) -> None:
        """Judge, and again if it fails because others changed their resources meanwhile."""

        def body(population: Population) -> None:
            self.population = population
            judge()

        while_quiet(self.meta, self.population, body)


def own(meta: MetaTarget, kind: str) -> Own:
    """Resources of a kind (plural) that differ in much, and the list that has them.

    Raises:
        NotApplicable: no hook is declared, and there are none.
    """
    return Own(meta, sample(meta, kind))


def owns(meta: MetaTarget, *kinds: str) -> list[Own]:
    """The same for those of these kinds, else of all four, of which there are any."""
    return [Own(meta, population) for population in samples(meta, *kinds)]


def some(meta: MetaTarget, *kinds: str) -> list[Own]:
    """Like `owns`; where calls are few, of one of these kinds that the seed chooses."""
    return available(partial(own, meta), of=kinds or tuple(KINDS))


def any_own(meta: MetaTarget, *kinds: str) -> Own:
    """The same for the first of these kinds of which there are any.

    Raises:
        NotApplicable: there are none of any.
    """
    *others, last = kinds
    for kind in others:
        with suppress(NotApplicable):
            return own(meta, kind)
    return own(meta, last)


def agrees(listed: Own, text: str, what: str = "") -> None:
    """Fail unless the list holds what the filter finds, as far as all accepted readings agree."""
    listed.steady(lambda: _agrees(listed, text, what or f"{listed.kind.plural} filtered by {text}"))


def _agrees(listed: Own, text: str, what: str) -> None:
    where = parse(text, listed.kind)
    if where.refusable:
        answer = attempt(lambda: listed.found(text))
        if isinstance(answer, Refused):
            return
        found = answer
    else:
        found = listed.found(text)
    missing = [i["name"] for i in _demanded(where, listed.items, True) if i["name"] not in found]
    surplus = [i["name"] for i in _demanded(where, listed.items, False) if i["name"] in found]
    got = [f"without {name}" for name in missing] + [f"with {name}" for name in surplus]
    expect(not got, what, got=", ".join(got), wanted=sorted(listed.wanted(text)))


def _demanded(where: Filter, items: Sequence[Data], matches: bool) -> Iterator[Data]:
    for item in items:
        verdict = where.verdict(item)
        if verdict.demanded and verdict.matches == matches:
            yield item


def equal(listed: Own, one: str, other: str, what: str) -> None:
    """Fail unless two filters that mean the same find the same."""
    listed.steady(lambda: same(listed, one, other, what))


def splits(listed: Own, where: str, opposite: str) -> None:
    """Fail unless each resource is found by exactly one of two opposite filters."""
    what = f"{listed.kind.plural} split by a condition and its opposite"
    listed.steady(lambda: complements(listed, where, opposite, listed.names, what))


def values_of(listed: Own, path: str) -> list[Any]:
    """What the resources hold there, each once; lists and maps by their elements and entries."""
    resolved = resolve(path, listed.kind.message)
    found: list[Any] = []
    for item in listed.items:
        state, value = look(item, resolved)
        if state == "present":
            found += value if isinstance(value, list) else [value]
    return list(dict.fromkeys(found))


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """A condition that is true for some of the resources and false for others, by any reading."""

    text: str
    names: Keys

    def __str__(self) -> str:
        return self.text


def leaves(listed: Own, *paths: str) -> list[Leaf]:
    """A condition for each value that some and not all resources have in fields of their own.

    Args:
        listed: the resources.
        paths: only these, else all that no resource can lack.
    """
    found = []
    for text in paths or comparable_paths(listed.kind, plain=True):
        path = resolve(text, listed.kind.message)
        values = [look(item, path)[1] for item in listed.items]
        for value in dict.fromkeys(value for value in values if value is not None):
            if path.leaf.type == "name" and not value:
                continue
            condition = f"{text} = {literal(value, path.leaf)}"
            names = listed.wanted(condition)
            if 0 < len(names) < len(listed.items):
                found.append(Leaf(text=condition, names=names))
    return found


def telling(
    listed: Own, number: int, differ: Callable[..., bool], *, most: int = 1
) -> list[tuple[Leaf, ...]]:
    """Conditions, so many at a time, whose sets of names satisfy `differ`, if there are any.

    One that is always true and one that never is are among them, but after all others.
    """
    known = list({leaf.names: leaf for leaf in reversed(leaves(listed))}.values())[:LEAVES]
    none = quoted(absent_name(listed.meta, listed.kind.plural, listed.population.parent))
    known.append(Leaf(text=f"name != {none}", names=listed.names))
    known.append(Leaf(text=f"name = {none}", names=frozenset()))
    fitting = [
        several
        for several in permutations(known, number)
        if differ(*(leaf.names for leaf in several))
    ]
    return fitting[:: max(1, len(fitting) // most)][:most]


def bad(call: Callable[[], Any], what: str) -> None:
    """Fail unless a call is refused for what it says, best as INVALID_ARGUMENT."""
    turned_down(call, what, also=UNIMPLEMENTED)
