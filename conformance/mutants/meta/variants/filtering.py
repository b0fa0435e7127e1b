"""Legal variants in filters."""
# ruff: noqa: D102 - what overridden methods do is said in `filters`, how they differ by the class

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from conformance.mutants.meta.filters import ABSENT, Parser, Path, Predicate
from conformance.mutants.meta.making import reading, variant
from conformance.oracles.meta.model import Data


class NoLike(Parser):
    """LIKE is refused."""

    like_allowed = False


class Aliases(Parser):
    """CONTAIN and HAVE mean CONTAINS."""

    keywords = Parser.keywords | {"CONTAIN", "HAVE"}
    aliases = {**Parser.aliases, "CONTAIN": "CONTAINS", "HAVE": "CONTAINS"}  # noqa: RUF012


class _OfMaps(Parser):
    """CONTAINS on a map looks into it."""

    def inside(self, held: dict[str, Any]) -> Sequence[Any]:
        return list(held)

    def value(self, path: Path) -> Any:
        if path[1] is not None and path[1].shape == "map":
            return super().value((path[0], None))
        return super().value(path)

    def contains(self, path: Path, values: Sequence[Any], *, every: bool) -> Predicate:
        if path[1] is None or path[1].shape != "map":
            return super().contains(path, values, every=every)
        join: Callable[[Any], bool] = all if every else any

        def test(data: Data) -> bool:
            held = self.lookup(data, path)
            return held is not ABSENT and join(v in self.inside(held) for v in values)

        return test


class OfMapValues(_OfMaps):
    """CONTAINS on a map looks for values."""

    def inside(self, held: dict[str, Any]) -> Sequence[Any]:
        return list(held.values())


class ZeroIsNull(Parser):
    """A scalar that is not set is NULL."""

    def null(self, path: Path, wanted: bool) -> Predicate:
        return lambda data: (self.lookup(data, path) in (ABSENT, [], {}, "", 0)) == wanted


class PublishedTimes(Parser):
    """Times are ordered as the published client does: never, but absent ones are less."""

    def compares(self, path: Path, sign: str, wanted: Any) -> Predicate:
        if path[1] is None or path[1].type != "timestamp" or sign in ("=", "==", "!="):
            return super().compares(path, sign, wanted)
        return lambda data: self.lookup(data, path) is ABSENT and sign in ("<", "<=")


class AbsentNeverDiffers(Parser):
    """What is absent is neither equal nor unequal, as in SQL."""

    def compares(self, path: Path, sign: str, wanted: Any) -> Predicate:
        test = super().compares(path, sign, wanted)
        return lambda data: self.lookup(data, path) is not ABSENT and test(data)

    def not_among(self, path: Path, values: Sequence[Any]) -> Predicate:
        test = super().not_among(path, values)
        return lambda data: self.lookup(data, path) is not ABSENT and test(data)


class NamesOrdered(Parser):
    """Names are ordered bytewise."""

    def compares(self, path: Path, sign: str, wanted: Any) -> Predicate:
        if path[0] != ("name",) or sign in ("=", "==", "!="):
            return super().compares(path, sign, wanted)
        compare = self.ordering(sign)
        return lambda data: compare(data["name"].encode(), wanted.encode())


class NamesUnordered(Parser):
    """Names have no order."""

    def compares(self, path: Path, sign: str, wanted: Any) -> Predicate:
        if path[0] == ("name",) and sign not in ("=", "==", "!="):
            raise self.wrong("names have no order")
        return super().compares(path, sign, wanted)


VARIANTS = (
    variant(
        "like-refused", "LIKE is refused.", "M13", reading(NoLike), "META-FLT-012", "META-FLT-018"
    ),
    variant(
        "contain-alias",
        "CONTAIN and HAVE mean CONTAINS.",
        "M13a",
        reading(Aliases),
        "META-FLT-011",
        "META-FLT-018",
    ),
    variant(
        "map-keys",
        "CONTAINS on a map looks for keys.",
        "M13b",
        reading(_OfMaps),
        "META-FLT-015",
        "META-FLT-019",
    ),
    variant(
        "map-values",
        "CONTAINS on a map looks for values.",
        "M13b",
        reading(OfMapValues),
        "META-FLT-015",
        "META-FLT-019",
    ),
    variant(
        "zero-is-null",
        "An unset scalar is NULL.",
        "M14",
        reading(ZeroIsNull),
        "META-FLT-008",
        "META-FLT-025",
        "META-FLT-026",
    ),
    variant(
        "times-published",
        "Times are ordered as the published client does.",
        "M15",
        reading(PublishedTimes),
        "META-FLT-016",
        "META-FLT-017",
    ),
    variant(
        "absent-never-differs",
        "What is absent is not unequal.",
        "M39",
        reading(AbsentNeverDiffers),
        "META-FLT-001",
        "META-FLT-004",
        "META-FLT-007",
        "META-FLT-026",
    ),
    variant(
        "names-ordered",
        "Names are ordered bytewise.",
        "M40",
        reading(NamesOrdered),
        "META-FLT-001",
        "META-FLT-002",
    ),
    variant(
        "names-unordered",
        "Names have no order.",
        "M40",
        reading(NamesUnordered),
        "META-FLT-002",
        "META-FLT-019",
    ),
)
