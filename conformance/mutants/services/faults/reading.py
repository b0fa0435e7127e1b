"""Faults in names, in reading one service and in read masks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conformance.mutants.services import straight
from conformance.mutants.services.book import (
    Book,
    Code,
    Collection,
    Record,
    Refuse,
    State,
)
from conformance.mutants.services.making import fault

Mask = frozenset[str] | None


def any_name(book: Book, name: str) -> Collection:
    """Every unknown name is a collection of its own."""
    try:
        return straight.resolve(book, name)
    except Refuse:
        made: dict[str, Collection] = book.scratch.setdefault("made", {})
        return made.setdefault(name, Collection(name=name, ids="required"))


def broken_name(book: Book, name: str) -> Collection:
    """An unknown name is an internal error."""
    try:
        return straight.resolve(book, name)
    except Refuse:
        raise Refuse(Code.INTERNAL, "nil pointer") from None


def absent_internal(collection: Collection, id_: str) -> Record:
    """What does not exist is an internal error."""
    if id_ and id_ not in collection.records:
        raise Refuse(Code.INTERNAL, "nil pointer")
    return straight.find(collection, id_)


def empty_not_found(collection: Collection, id_: str) -> Record:
    """A missing id is taken for one that does not exist."""
    if not id_:
        raise Refuse(Code.NOT_FOUND, "no service ''")
    return straight.find(collection, id_)


def first_found(collection: Collection, id_: str) -> Record:
    """The first service answers for every id that exists."""
    found = straight.find(collection, id_)
    return next(iter(collection.records.values()), found)


def unmasked(state: State, mask: Mask) -> State:
    """Masks are ignored."""
    return state


def keeps_id(state: State, mask: Mask) -> State:
    """The id is always shown."""
    shown = straight.masked(state, mask)
    return {**shown, "id": state["id"]}


def half_masked(paths: Sequence[str] | None, known: Iterable[str]) -> Mask:
    """A mask without paths leaves only the id."""
    return frozenset({"id"}) if paths == [] else straight.read_mask(paths, known)


def counted_reads(collection: Collection, id_: str) -> Record:
    """Each look moves a time."""
    record = straight.find(collection, id_)
    moved = (record.state["last_inactive_time"] or 0) + 1
    record.state = {**record.state, "last_inactive_time": moved}
    return record


def other_bytes(generation: str, method: str) -> bool:
    """The older name lacks GetService."""
    return not (generation == "v0" and method == "GetService")


def aliases_empty(book: Book, name: str) -> Collection:
    """The alias is a collection of its own."""
    for collection in book.collections:
        if name in collection.aliases:
            made: dict[str, Collection] = book.scratch.setdefault("made", {})
            return made.setdefault(name, Collection(name=name, ids=collection.ids))
    return straight.resolve(book, name)


MUTANTS = (
    fault(
        "name-any",
        "Unknown collection names exist.",
        {"resolve": any_name},
        "SVC-NAM-001",
        "SVC-NAM-002",
    ),
    fault(
        "name-internal",
        "An unknown collection name is an internal error.",
        {"resolve": broken_name},
        "SVC-NAM-001",
        "SVC-NAM-002",
    ),
    fault(
        "name-canonical",
        "Changes bear the name of the collection, not the caller's.",
        {"named": lambda name: name.removeprefix("site/")},
        "SVC-NAM-004",
    ),
    fault(
        "alias-apart",
        "An alias is a collection of its own.",
        {"resolve": aliases_empty},
        "SVC-NAM-005",
    ),
    fault("mute", "No name answers.", {"serves": lambda generation, method: False}, "SVC-PKG-001"),
    fault(
        "older-name-lacks-get", "The older name lacks Get.", {"serves": other_bytes}, "SVC-PKG-002"
    ),
    fault(
        "get-first", "Get shows the first service for any id.", {"find": first_found}, "SVC-GET-001"
    ),
    fault(
        "get-absent-internal",
        "An unknown id is an internal error.",
        {"find": absent_internal},
        "SVC-GET-002",
    ),
    fault(
        "get-empty-not-found",
        "A missing id is not found.",
        {"find": empty_not_found},
        "SVC-GET-003",
    ),
    fault("mask-ignored", "Read masks are ignored.", {"masked": unmasked}, "SVC-GET-004"),
    fault(
        "mask-keeps-id",
        "Read masks leave the id whatever they say.",
        {"masked": keeps_id},
        "SVC-GET-004",
    ),
    fault(
        "mask-empty-half",
        "A mask without paths leaves the id.",
        {"read_mask": half_masked},
        "SVC-GET-005",
    ),
    fault("reads-touch", "Reading moves a time.", {"find": counted_reads}, "SVC-GET-008"),
)
