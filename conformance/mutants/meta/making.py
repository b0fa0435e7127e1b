"""Short ways to write meta faults and variants down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.mutants.change import Changes, Mutant, Profile, Variant
from conformance.mutants.meta import straight
from conformance.mutants.meta.filters import Parser, Predicate
from conformance.mutants.meta.query import Mask
from conformance.oracles.meta.model import Data, Kind


def fault(id_: str, sentence: str, changes: Changes, *kills: str, auth: bool = False) -> Mutant:
    """A fault of the meta endpoint."""
    return Mutant(
        id=id_,
        sentence=sentence,
        changes=changes,
        kills=kills,
        credentials="bearer" if auth else "none",
        api="meta",
    )


def variant(
    id_: str,
    sentence: str,
    trait: str,
    changes: Changes,
    *near: str,
    profile: Profile = "doc",
    auth: bool = False,
) -> Variant:
    """A legal variant of the meta endpoint; `trait` is a reading's ambiguity or a requirement."""
    return Variant(
        id=id_,
        sentence=sentence,
        trait=trait,
        changes=changes,
        near=near,
        credentials="bearer" if auth else "none",
        api="meta",
        profile=profile,
    )


def reading(parser: type[Parser]) -> Changes:
    """Filters read in another way."""

    def read_filter(kind: Kind, text: str) -> Predicate:
        return parser(kind, text).read()

    return {"read_filter": read_filter}


def showing(change: Callable[[Kind, Data, Data, Mask, int, str], Data]) -> Changes:
    """Another projection: `change` gets the kind, the resource, what would be shown, and how."""

    def shown(kind: Kind, data: Data, mask: Mask, view: int, where: str) -> Data:
        right = straight.shown(kind, data, mask, view, where)
        return change(kind, data, right, mask, view, where)

    return {"shown": shown}


def holding(change: Callable[[list[Data]], Any]) -> Changes:
    """Another registry to begin with: `change` edits the list of its resources."""

    def fixture() -> list[Data]:
        data = straight.fixture()
        change(data)
        return data

    return {"fixture": fixture}


def item(resources: list[Data], kind: str, number: int = 0) -> Data:
    """The resource of a kind (plural) in a list, by its position among them."""
    return [d for d in resources if d["name"].split("/")[-2] == kind][number]
