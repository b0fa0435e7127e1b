"""Resource names: their patterns by the document and by the published Go client, and references.

Seed 003 gives the pattern of each name and the ids of regions; for the other ids, and for what a
client can read at all, the name parsers of the published Go client count. The id `-` is a wildcard.

Codes of the violations:
    pattern    a name does not have the pattern of its kind
    region_id  a region id is wider than documented
    unreadable a name or reference that the published client cannot read
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from conformance.oracles.meta.fields import TABLES
from conformance.oracles.meta.model import KINDS, REGION, Data, Kind
from conformance.oracles.model import Violation

RULES: Mapping[str, str] = {
    "pattern": "META-NAM-001",
    "region_id": "META-NAM-003",
    "unreadable": "META-NAM-002",
}
"""Which requirement each code breaks."""

WILDCARD = "-"

Reader = Literal["doc", "sdk"]


def ids_of(kind: Kind, name: str) -> tuple[str, ...] | None:
    """The ids in a name, parent first; None unless it has the kind's collections and an id each."""
    parts = name.split("/")
    if len(parts) != 2 * len(kind.segments):
        return None
    if any(part != s.collection for part, s in zip(parts[::2], kind.segments, strict=True)):
        return None
    ids = tuple(parts[1::2])
    return ids if all(ids) else None


def is_readable(kind: Kind, name: str, *, by: Reader, wildcard: bool = False) -> bool:
    """Whether a name is one of this kind by the document or by the published client.

    With `wildcard` an id may be `-`; without it that is no id at all.
    """
    ids = ids_of(kind, name)
    if ids is None:
        return False
    for segment, id_ in zip(kind.segments, ids, strict=True):
        if id_ == WILDCARD:
            if not wildcard:
                return False
        elif not _regex(segment.doc if by == "doc" else segment.sdk).fullmatch(id_):
            return False
    return True


def has_wildcard(name: str) -> bool:
    """Whether one of the ids is the wildcard."""
    return WILDCARD in name.split("/")[1::2]


def fits(pattern: str, name: str) -> bool:
    """Whether a name is the one given, where a wildcard id in the pattern stands for any id."""
    wanted, got = pattern.split("/"), name.split("/")
    return len(wanted) == len(got) and all(
        w == g or (at % 2 == 1 and w == WILDCARD and g != "")
        for at, (w, g) in enumerate(zip(wanted, got, strict=True))
    )


def kind_of(name: str) -> Kind | None:
    """The kind whose collections a name has, or None."""
    return next((kind for kind in KINDS.values() if ids_of(kind, name) is not None), None)


def parent_of(name: str) -> str:
    """The name of the parent, "" at the top."""
    return "/".join(name.split("/")[:-2])


def id_of(name: str) -> str:
    """The last id."""
    return name.rpartition("/")[2]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """A name inside a resource that is not its own: the path, the plural of its kind, the name."""

    path: str
    kind: str
    name: str


def references(kind: Kind, data: Data) -> tuple[Reference, ...]:
    """The names of other resources that a resource holds, unset ones left out."""
    return tuple(_references(kind.message, data, ""))


def _references(message: str, data: Data, prefix: str) -> Iterator[Reference]:
    for field in TABLES[message].values():
        path = prefix + field.name
        value = data.get(field.name)
        if field.type == "name" and value and path != "name":
            yield Reference(path=path, kind=field.kind, name=value)
        elif field.type == "message" and value:
            for element in value if field.shape == "list" else [value]:
                yield from _references(field.message, element, path + ".")


def judge_names(kind: Kind, data: Data) -> list[Violation]:
    """What is wrong with the names in one resource that an endpoint showed."""
    found = []
    name = data["name"]
    ids = ids_of(kind, name)
    if ids is None or WILDCARD in ids:
        found.append(Violation(code="pattern", text=f"{name!r} is not {kind.pattern}"))
    elif kind.segments[0] is REGION and not _regex(REGION.doc).fullmatch(ids[0]):
        found.append(Violation(code="region_id", text=f"region id {ids[0]!r} of {name}"))
    named = [Reference(path="name", kind=kind.plural, name=name), *references(kind, data)]
    for reference in named:
        if not is_readable(KINDS[reference.kind], reference.name, by="sdk"):
            text = f"{reference.path} is {reference.name!r}, no name of {reference.kind}"
            found.append(Violation(code="unreadable", text=text))
    return found


@cache
def _regex(text: str) -> re.Pattern[str]:
    return re.compile(text, re.ASCII)
