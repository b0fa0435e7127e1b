"""Legal variants of names, ids and read masks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conformance.mutants.services import straight
from conformance.mutants.services.book import Book, Code, Collection, Refuse, State
from conformance.mutants.services.making import variant

Mask = frozenset[str] | None


def unimplemented_name(book: Book, name: str) -> Collection:
    """A name without services is called unimplemented, as the published router does."""
    try:
        return straight.resolve(book, name)
    except Refuse:
        raise Refuse(Code.UNIMPLEMENTED, "service not implemented for device") from None


def default_name(book: Book, name: str) -> Collection:
    """An empty name is the first collection."""
    return straight.resolve(book, name or book.collections[0].name)


def lenient_mask(paths: Sequence[str] | None, known: Iterable[str]) -> Mask:
    """Unknown paths are ignored, `*` is everything, no paths are everything."""
    return None if not paths or "*" in paths else frozenset(paths)


def nothing_left(paths: Sequence[str] | None, known: Iterable[str]) -> Mask:
    """A mask without paths leaves nothing, `*` is no field, as the published service has it."""
    return None if paths is None else frozenset(paths)


def kept_type(state: State) -> State:
    """Delete answers without the type, as the published service does."""
    return {**state, "type": ""}


VARIANTS = (
    variant("straight", "The endpoint as it is.", "SVC-GET-001", {}, "SVC-GET-001"),
    variant(
        "name-unimplemented",
        "An unknown collection name is unimplemented.",
        "SVC-NAM-001",
        {"resolve": unimplemented_name},
        "SVC-NAM-001",
        "SVC-NAM-002",
        "SVC-PKG-001",
    ),
    variant(
        "name-default",
        "An empty collection name is a default collection.",
        "S1",
        {"resolve": default_name},
        "SVC-NAM-003",
    ),
    variant(
        "mask-lenient",
        "Unknown paths of a mask are ignored, and `*` is everything.",
        "S3",
        {"read_mask": lenient_mask},
        "SVC-GET-006",
        "SVC-GET-007",
    ),
    variant(
        "delete-without-type",
        "Delete answers without the type.",
        "SVC-DEL-005",
        {"deleted": kept_type},
        "SVC-DEL-005",
    ),
    variant(
        "mask-empty-nothing",
        "A mask without paths leaves nothing, and so does `*`.",
        "S2",
        {"read_mask": nothing_left},
        "SVC-GET-005",
        "SVC-GET-007",
    ),
    variant(
        "only-v0",
        "Only the older name of the service answers.",
        "S25",
        {"serves": lambda generation, method: generation == "v0"},
        "SVC-PKG-001",
        "SVC-PKG-002",
    ),
)
