"""What a view and a mask show of a resource (seed 003, View and field_mask; published projection).

Three readings are accepted of a mask without a view (trait M5), two of the NAME view of services
(M7) and a few of BASIC and DETAIL (M6). A check compares what an endpoint shows with each, and
demands the same reading from Get, BatchGet, List and Watch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from conformance.oracles.meta.fields import TABLES, complete
from conformance.oracles.meta.model import Data, Kind
from conformance.oracles.meta.paths import Path, PathError, resolve

VIEWS: Mapping[str, int] = {"UNSPECIFIED": 0, "NAME": 1, "BASIC": 2, "DETAIL": 3, "FULL": 4}
"""Numbers of the views on the wire."""


def view_number(view: str | int | None) -> int:
    """The number of a view given by name or number; None is UNSPECIFIED."""
    if view is None:
        return 0
    return VIEWS[view] if isinstance(view, str) else view


def mask_paths(mask: Iterable[str], kind: Kind) -> tuple[Path, ...]:
    """The paths of a mask, resolved.

    Raises:
        PathError: a path is unknown, an asterisk, or leads below a key of a map.
    """
    return tuple(resolve(path, kind.message) for path in mask)


def project(data: Data, paths: Iterable[Path], message: str) -> Data:
    """A resource of which only these paths are left, everything else as if unset.

    A path and one below it give the outer one; a message of which nothing selected is there stays
    as an empty one; a path into a list of messages cuts each element.
    """
    return complete(message, _selected(data, [path for path in paths], 0))


def _selected(data: Data, paths: Sequence[Path], depth: int) -> Data:
    chosen: Data = {}
    for name in dict.fromkeys(path.fields[depth].name for path in paths):
        if name not in data:
            continue
        value = data[name]
        below = [path for path in paths if path.fields[depth].name == name]
        whole = [path for path in below if len(path.fields) == depth + 1 and path.key is None]
        if whole:
            chosen[name] = value
        elif below[0].fields[depth].shape == "list":
            chosen[name] = [_selected(element, below, depth + 1) for element in value]
        elif below[0].fields[depth].shape == "map":
            keys = {path.key for path in below}
            chosen[name] = {key: held for key, held in value.items() if key in keys}
        else:
            chosen[name] = _selected(value, below, depth + 1)
    return chosen


def projections(
    data: Data,
    kind: Kind,
    *,
    view: str | int | None = None,
    mask: Sequence[str] | None = None,
) -> dict[str, Data]:
    """What may be shown of a complete resource, by reading, the preferred one first.

    The readings are those of the traits M5 (a mask without a view), M6 (BASIC, DETAIL) and M7
    (NAME); where no point is open there is one reading, `""`.

    Raises:
        PathError: the mask has a path that the kind has not.
    """
    number = view_number(view)
    paths = mask_paths(mask or (), kind)
    full = complete(kind.message, data)

    def showing(*names: str) -> Data:
        return project(full, [*mask_paths(names, kind), *paths], kind.message)

    if number == VIEWS["FULL"]:
        return {"": full}
    if number == VIEWS["NAME"]:
        if len(kind.name_view) == 1:
            return {"": showing("name")}
        return {"with display name": showing(*kind.name_view), "name only": showing("name")}
    by_mask = {"mask and name": showing("name"), "mask": showing(), "full": full}
    if number == VIEWS["UNSPECIFIED"]:
        return by_mask if paths else {"": full}
    return {
        "as unspecified": by_mask["mask and name"] if paths else full,
        "as name": showing(*kind.name_view),
        "as full": full,
    }


def readings_of(
    shown: Data,
    data: Data,
    kind: Kind,
    *,
    view: str | int | None = None,
    mask: Sequence[str] | None = None,
) -> tuple[str, ...]:
    """The accepted readings under which exactly this is shown of a resource; empty if it is wrong.

    Beside these, BASIC and DETAIL may show anything between NAME and FULL (`between`).
    """
    wanted = projections(data, kind, view=view, mask=mask)
    found = tuple(reading for reading, projection in wanted.items() if projection == shown)
    if found or view_number(view) not in (VIEWS["BASIC"], VIEWS["DETAIL"]):
        return found
    least = project(complete(kind.message, data), mask_paths(("name",), kind), kind.message)
    between = covers(shown, least) and covers(complete(kind.message, data), shown)
    return ("between",) if between else ()


def covers(more: Any, less: Any) -> bool:
    """Whether one value shows everything that another shows; what is unset shows nothing."""
    if isinstance(less, Mapping):
        return isinstance(more, Mapping) and all(
            covers(more.get(key), value) for key, value in less.items() if _is_set(value)
        )
    if isinstance(less, list) and less and isinstance(less[0], Mapping):
        return isinstance(more, list) and len(more) == len(less) and all(map(covers, more, less))
    return not _is_set(less) or bool(more == less)


def _is_set(value: Any) -> bool:
    return value is not None and value not in (0, "", False, [])


def spellings(path: str, kind: Kind) -> tuple[str, ...]:
    """A path in snake, lower camel and kebab case; keys of maps stay as they are."""
    resolved = resolve(path, kind.message)
    spelled = []
    for style in range(3):
        parts = [_styled(field.name, style) for field in resolved.fields]
        spelled.append(".".join(parts if resolved.key is None else [*parts, resolved.key]))
    return tuple(dict.fromkeys(spelled))


def _styled(name: str, style: int) -> str:
    head, *rest = name.split("_")
    if style == 1:
        return head + "".join(part.capitalize() for part in rest)
    return "-".join([head, *rest]) if style == 2 else name


def all_paths(kind: Kind) -> tuple[str, ...]:
    """Every path of a kind in snake case that ends in a field, messages and lists included."""
    return tuple(_paths(kind.message, ""))


def _paths(message: str, prefix: str) -> list[str]:
    found = []
    for field in TABLES[message].values():
        found.append(prefix + field.name)
        if field.type == "message":
            found += _paths(field.message, f"{prefix}{field.name}.")
    return found


__all__ = [
    "VIEWS",
    "PathError",
    "all_paths",
    "covers",
    "mask_paths",
    "project",
    "projections",
    "readings_of",
    "spellings",
    "view_number",
]
