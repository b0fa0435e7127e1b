"""Faults in views and masks."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.mutants.meta import straight
from conformance.mutants.meta.book import Refuse, invalid
from conformance.mutants.meta.making import fault, showing
from conformance.mutants.meta.order import FULL, NAME, project
from conformance.mutants.meta.query import Mask
from conformance.oracles.meta.model import Data, Kind


def full_masked(kind: Kind, data: Data, right: Data, mask: Mask, view: int, where: str) -> Data:
    """The FULL view honours the mask."""
    if view != FULL or mask is None:
        return right
    return project(kind.message, data, [("name",), *mask])


def name_leaks(kind: Kind, data: Data, right: Data, mask: Mask, view: int, where: str) -> Data:
    """The NAME view shows the metadata, too."""
    held = {"metadata": data["metadata"]} if "metadata" in data else {}
    texts = ("title", "fqn", "current_version", "service")
    more: Data = {name: data[name] for name in texts if name in data}
    return {**right, **held, **more} if view == NAME else right


def name_only(kind: Kind, data: Data, right: Data, mask: Mask, view: int, where: str) -> Data:
    """The NAME view forgets the mask."""
    if view != NAME:
        return right
    return project(kind.message, data, [(field,) for field in kind.name_view])


def names_by_default(
    kind: Kind, data: Data, right: Data, mask: Mask, view: int, where: str
) -> Data:
    """Without a view only names are shown."""
    return project(kind.message, data, [("name",)]) if view == 0 and mask is None else right


def mask_forgotten(kind: Kind, data: Data, right: Data, mask: Mask, view: int, where: str) -> Data:
    """A mask without a view shows the name."""
    if view != 0 or mask is None:
        return right
    return project(kind.message, data, [("name",)])


def top_level(kind: Kind, data: Data, right: Data, mask: Mask, view: int, where: str) -> Data:
    """A nested path of a mask shows all of what it is nested in."""
    short = tuple(path[:1] for path in mask) if mask else None
    return straight.shown(kind, data, short, view, where)


def watch_unmasked(kind: Kind, data: Data, right: Data, mask: Mask, view: int, where: str) -> Data:
    """Collection watches show everything."""
    return data if where == "watch" else right


def absent_filled(kind: Kind, data: Data, right: Data, mask: Mask, view: int, where: str) -> Data:
    """DETAIL shows a title that nobody set."""
    if view == 3 and "title" in data:
        return {**right, "title": f"{data['title']} (detail)"}
    return right


def unknown_ignored(kind: Kind, paths: Sequence[str]) -> Mask:
    """Unknown paths of a mask have no effect."""
    known = []
    for path in paths:
        try:
            straight.read_mask(kind, [path])
        except Refuse:
            continue
        known.append(path)
    return straight.read_mask(kind, known)


def snake_only(kind: Kind, paths: Sequence[str]) -> Mask:
    """Masks know only snake case."""
    if any(path != path.lower() for path in paths):
        raise invalid("field_mask: unknown path")
    return straight.read_mask(kind, paths)


MUTANTS = (
    fault("full-masked", "FULL honours the mask.", showing(full_masked), "META-VMK-001"),
    fault("name-view-leaks", "NAME shows more than names.", showing(name_leaks), "META-VMK-002"),
    fault("name-view-forgets-mask", "NAME forgets the mask.", showing(name_only), "META-VMK-003"),
    fault(
        "names-by-default",
        "Without view and mask only names are shown.",
        showing(names_by_default),
        "META-VMK-004",
    ),
    fault(
        "mask-forgotten",
        "A mask without a view shows names only.",
        showing(mask_forgotten),
        "META-VMK-005",
    ),
    fault(
        "view-invents", "DETAIL shows what is not there.", showing(absent_filled), "META-VMK-006"
    ),
    fault(
        "mask-unknown-ignored",
        "Unknown paths of a mask are ignored.",
        {"read_mask": unknown_ignored},
        "META-VMK-007",
        "META-CHK-027",
    ),
    fault("mask-top-level", "Nested paths show too much.", showing(top_level), "META-VMK-008"),
    fault(
        "mask-snake-only", "Masks know only snake case.", {"read_mask": snake_only}, "META-VMK-009"
    ),
    fault(
        "watch-unmasked",
        "Watches ignore mask and view.",
        showing(watch_unmasked),
        "META-VMK-010",
        "META-CHK-017",
    ),
)
