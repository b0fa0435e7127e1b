"""The law of filters: which items a filtered list holds, whatever language its filters speak.

An adapter says what is found of the items that a check has made; other people's items never
matter. Filters are values of the API's own; the laws only combine and send them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from typing import Literal, Protocol, TypeVar

import grpc

from conformance.judging import Refused, attempt, expect

F = TypeVar("F")
F_contra = TypeVar("F_contra", contravariant=True)
Keys = frozenset[Hashable]
Bounds = Callable[[int | None, int | None], F]
"""Makes a filter of an interval from a lower and an upper bound; None leaves a side open."""


class Filtered(Protocol[F_contra]):
    """A list that takes filters."""

    def found(self, where: F_contra | None, /) -> Keys:
        """Keys of the check's own items over all pages; None sends no filter; raises Refused."""


class Counted(Protocol):
    """A page that says how many items there are over all pages."""

    @property
    def total(self) -> int:
        """The number stated."""


def finds(
    api: Filtered[F],
    where: F | None,
    *,
    wanted: Mapping[Hashable, str],
    unwanted: Mapping[Hashable, str],
    what: str,
) -> None:
    """Fail unless the list holds all of `wanted` and none of `unwanted`; both give names."""
    found = api.found(where)
    missing = [name for key, name in wanted.items() if key not in found]
    expect(not missing, what, got=f"without {_listed(missing)}", wanted="listed")
    surplus = [name for key, name in unwanted.items() if key in found]
    expect(not surplus, what, got=f"with {_listed(surplus)}", wanted="left out")


def within_bounds(
    api: Filtered[F],
    bounds: Bounds[F],
    values: Mapping[Hashable, int],
    low: int | None,
    high: int | None,
    what: str,
    *,
    includes_high: bool = False,
    show: Callable[[int | None], str] = str,
) -> None:
    """Fail unless the items between two bounds are found, the lower one included.

    Args:
        api: the list.
        bounds: makes the filter.
        values: what the interval is about, by item.
        low: lower bound.
        high: upper bound, excluded unless `includes_high`.
        what: the filter in words.
        includes_high: the reading in which the upper bound counts.
        show: a value for people.
    """
    found = api.found(bounds(low, high)) & values.keys()
    wanted = {
        key
        for key, value in values.items()
        if (low is None or value >= low)
        and (high is None or value < high or (includes_high and value == high))
    }
    expect(
        found == wanted,
        f"{what} from {show(low) if low is not None else 'ever'} "
        f"to {show(high) if high is not None else 'ever'}",
        got=sorted(show(values[key]) for key in found),
        wanted=sorted(show(values[key]) for key in wanted),
    )


def upper_bound(
    api: Filtered[F],
    bounds: Bounds[F],
    values: Mapping[Hashable, int],
    at: int,
    what: str,
    *,
    show: Callable[[int | None], str] = str,
) -> Literal["excluded", "included"]:
    """Whether an upper bound on a value that items have leaves them out or not.

    Smaller values have to be found, larger ones must not, equal ones all or none.
    """
    found = api.found(bounds(None, at)) & values.keys()
    below = {key for key, value in values.items() if value < at}
    equal = {key for key, value in values.items() if value == at}
    expect(
        found - equal == below and (equal <= found or not equal & found),
        f"{what} up to {show(at)}",
        got=sorted(show(values[key]) for key in found),
        wanted=sorted(show(values[key]) for key in below),
    )
    return "included" if equal & found else "excluded"


def restrict_together(
    api: Filtered[F], parts: Mapping[str, F], joined: F, known: dict[str, Keys]
) -> None:
    """Fail unless a filter of several fields finds what each of its fields alone finds.

    Args:
        api: the list.
        parts: the filter's fields, each as a filter of its own.
        joined: all of them at once.
        known: what was found before, by the text of a filter; filled.
    """
    alone = {}
    for name, part in parts.items():
        if repr(part) not in known:
            known[repr(part)] = api.found(part)
        alone[name] = known[repr(part)]
    wanted = frozenset.intersection(*alone.values())
    found = api.found(joined)
    reasons = []
    for key in sorted(found - wanted, key=repr):
        against = [name for name, keys in alone.items() if key not in keys]
        reasons.append(f"{key!r} is left out by {' and by '.join(against)}")
    for key in sorted(wanted - found, key=repr):
        reasons.append(f"each field alone finds {key!r}")
    expect(
        found == wanted,
        f"list filtered by {', '.join(parts)} together",
        got=sorted(found, key=repr),
        wanted=f"{sorted(wanted, key=repr)}: {'; '.join(reasons)}",
    )


def any_is_enough(
    api: Filtered[F], alternatives: Sequence[tuple[F, Collection[Hashable]]], joined: F, what: str
) -> None:
    """Fail unless alternatives find their own items each, and all of these in one filter."""
    for alone, wanted in alternatives:
        found = api.found(alone)
        expect(
            found == frozenset(wanted),
            f"{what}, one alone",
            got=sorted(found, key=repr),
            wanted=sorted(wanted, key=repr),
        )
    every = frozenset(key for _, wanted in alternatives for key in wanted)
    found = api.found(joined)
    expect(
        found == every,
        f"{what}, {len(alternatives)} at once",
        got=sorted(found, key=repr),
        wanted=sorted(every, key=repr),
    )


def same(api: Filtered[F], one: F, other: F, what: str) -> None:
    """Fail unless two filters that mean the same find the same."""
    found, again = api.found(one), api.found(other)
    expect(
        found == again,
        what,
        got=f"{sorted(found, key=repr)} by {one}, {sorted(again, key=repr)} by {other}",
        wanted="the same",
    )


def complements(api: Filtered[F], where: F, opposite: F, everything: Keys, what: str) -> None:
    """Fail unless each of the items is found by exactly one of two opposite filters."""
    found, others = api.found(where), api.found(opposite)
    both = sorted(found & others, key=repr)
    expect(not both, what, got=f"{both} by both {where} and {opposite}", wanted="one of them")
    neither = sorted(everything - found - others, key=repr)
    expect(not neither, what, got=f"{neither} by neither {where} nor {opposite}", wanted="one")


def states_total(pages: Sequence[Counted], wanted: int, what: str) -> None:
    """Fail unless every page of a walk states how many items match over all pages."""
    for number, page in enumerate(pages, start=1):
        expect(
            page.total == wanted,
            f"total on page {number} of {len(pages)} of {what}",
            got=page.total,
            wanted=wanted,
        )


def nothing_or_refused(
    api: Filtered[F],
    where: F,
    names: Mapping[Hashable, str],
    codes: Collection[grpc.StatusCode],
    what: str,
) -> Literal["nothing", "refused"]:
    """Fail unless a filter that nothing can match finds nothing, or is refused."""
    found = attempt(lambda: api.found(where))
    if isinstance(found, Refused):
        said = f"{found.code.name}: {found.details}"
        expect(found.code in codes, what, got=said, wanted=frozenset(codes))
        return "refused"
    surplus = [name for key, name in names.items() if key in found]
    expect(not surplus, what, got=f"finds {_listed(surplus)}", wanted="finds nothing")
    return "nothing"


def _listed(names: Collection[str]) -> str:
    return ", ".join(names) or "nothing"
