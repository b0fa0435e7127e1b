"""How a correct endpoint reads: one plain function per decision, at the preferred readings.

Each is a default in `policy.Policy`, and each can be bent by a fault or a variant. Decisions about
watches stand in `following`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from conformance.mutants.meta import book as books
from conformance.mutants.meta import paging
from conformance.mutants.meta.book import Book, Code, Refuse, fits, invalid, parent_of
from conformance.mutants.meta.filters import Parser, Predicate
from conformance.mutants.meta.fixture import default
from conformance.mutants.meta.order import FULL, NAME, Key, compare, mask_path, project, resolve
from conformance.mutants.meta.paging import Cursor
from conformance.mutants.meta.query import Mask, Query
from conformance.oracles.meta.model import Data, Kind, Segment

DEFAULT_SIZE = 100
LARGEST_SIZE = 1000


def fixture() -> list[Data]:
    """What is there from the beginning."""
    return default()


def stamped(data: Data, before: Data | None, at_ns: int, revision: int) -> Data:
    """What is stored of a resource that is written."""
    return books.stamped(data, before, at_ns, revision)


def serves(service: str, method: str) -> bool:
    """Whether a method of the contract is there."""
    return True


def undocumented(path: str) -> Callable[[bytes], bytes] | None:
    """A method that the contract does not have: none."""
    return None


def admits(request: Any) -> None:
    """Refuse a request for what it is; unknown fields are no reason."""


def encoded(answer: bytes, method: str) -> bytes:
    """An answer as it goes over the wire."""
    return answer


def guard(book: Book, permission: str, metadata: Mapping[str, str]) -> None:
    """Refuse callers that are unknown or lack the permission."""
    if book.permissions is None:
        return
    granted = book.permissions.get(metadata.get("authorization", "").removeprefix("Bearer "))
    if granted is None:
        raise Refuse(Code.UNAUTHENTICATED, "no valid bearer token")
    if permission not in granted:
        raise Refuse(Code.PERMISSION_DENIED, f"needs {permission}")


def permission(kind: Kind, method: str) -> str:
    """The permission that a method asks for, by its short name."""
    verb = "watch" if method.startswith("watch") else method
    return f"services/meta.edgelq.com/permissions/{kind.plural}.{verb}"


def check_name(kind: Kind, name: str) -> None:
    """Refuse what cannot be the name of a resource of the kind; wildcards cannot."""
    parts = name.split("/")
    segments = kind.segments
    good = len(parts) == 2 * len(segments) and all(
        parts[2 * at] == segment.collection and _is_id(segment, parts[2 * at + 1])
        for at, segment in enumerate(segments)
    )
    if not good:
        raise invalid(f"name: {name!r} is not of the form {kind.pattern}")


def _is_id(segment: Segment, text: str) -> bool:
    return text != "-" and re.fullmatch(segment.sdk, text) is not None


def find(book: Book, kind: Kind, name: str) -> Data | None:
    """The resource of a name."""
    return book.objects.get(name)


def batch(book: Book, kind: Kind, names: Sequence[str]) -> tuple[list[Data], list[str]]:
    """Found resources and missing names of a batch, each once, in the order of the request."""
    for name in names:
        check_name(kind, name)
    asked = list(dict.fromkeys(names))
    found = [book.objects[name] for name in asked if name in book.objects]
    return found, [name for name in asked if name not in book.objects]


def children(book: Book, kind: Kind, parent: str) -> list[Data]:
    """The resources of a parent, which may hold wildcards."""
    if not kind.parent:
        return book.of(kind)
    if not re.fullmatch(rf"{kind.parent}/[^/]+", parent):
        raise invalid(f"parent: {parent!r} is not of the form {kind.parent}/*")
    return [data for data in book.of(kind) if fits(parent_of(data["name"]), parent)]


def lists(query: Query, data: Data) -> bool:
    """Whether a list holds a resource of its parent."""
    return query.test(data)


def read_filter(kind: Kind, text: str) -> Predicate:
    """What a filter asks of resources."""
    return Parser(kind, text).read()


def read_order(kind: Kind, text: str) -> list[Key]:
    """The keys of an order; the name breaks ties in the direction of the last key."""
    keys: list[Key] = []
    for part in text.split(",") if text else []:
        words = part.split()
        directions = [word.lower() for word in words[1:]]
        if not words or directions not in ([], ["asc"], ["desc"]):
            raise invalid(f"order_by: cannot read {part!r}")
        path, _ = resolve(kind, words[0], "order_by")
        keys.append((path, directions == ["desc"]))
    if ("name",) not in [path for path, _ in keys]:
        keys.append((("name",), keys[-1][1] if keys else False))
    return keys


def read_mask(kind: Kind, paths: Sequence[str]) -> Mask:
    """The paths of a field mask; one without paths is none."""
    return tuple(mask_path(kind, path) for path in paths) or None


def check_view(view: int) -> None:
    """Refuse views that cannot be shown; numbers that are not defined count as unspecified."""


def arrange(items: Sequence[Data], keys: Sequence[Key]) -> list[Data]:
    """The resources in order."""

    def before_or_after(left: Data, right: Data) -> int:
        return compare(left, right, keys)

    return sorted(items, key=functools.cmp_to_key(before_or_after))


def shown(kind: Kind, data: Data, mask: Mask, view: int, where: str) -> Data:
    """What a view and a mask show, in a get, batch, list, watch or watch_one."""
    if view == FULL or (view != NAME and mask is None):
        return data
    always = [(field,) for field in (kind.name_view if view == NAME else ("name",))]
    return project(kind.message, data, [*always, *(mask or ())])


def size(asked: int) -> int:
    """How many items a page holds."""
    if asked < 0:
        raise invalid("page_size is negative")
    return min(asked or DEFAULT_SIZE, LARGEST_SIZE)


def open_token(book: Book, kind: Kind, text: str) -> Cursor:
    """The cursor of a page token."""
    return paging.opened(book, kind, text)


def seal(book: Book, kind: Kind, cursor: Cursor, keys: Sequence[Key]) -> str:
    """The page token of a cursor."""
    return paging.sealed(book, kind, cursor, keys)


def continues(book: Book, query: Query, token: str) -> Query:
    """The query of a page that a token asks for: a token carries nothing but its place."""
    return query


def cut(items: Sequence[Data], query: Query) -> tuple[int, int]:
    """Begin and end of a page among all items."""
    return paging.cut(items, query.keys, query.cursor, query.size)


def page(items: Sequence[Data], query: Query, begin: int, end: int) -> list[Data]:
    """The items of a page in the order in which they are answered."""
    return list(items[begin:end])


def cursors(
    items: Sequence[Data], query: Query, begin: int, end: int
) -> tuple[Cursor | None, Cursor | None]:
    """The cursors of the pages before and after."""
    return paging.cursors(items, begin, end, query.cursor)


def counters(
    wanted: bool, items: Sequence[Data], everything: Sequence[Data], begin: int, end: int
) -> tuple[int, int]:
    """`current_offset` and `total_results_count`; `everything` was not filtered."""
    return (begin, len(items)) if wanted else (0, 0)


def reject(kind: Kind, request: Any, *, stateful: bool) -> None:
    """Refuse watches that ask for what their type does not have."""
    unwanted = ("resume_token",) if stateful else ("page_size", "page_token", "order_by")
    for name in unwanted:
        if getattr(request, name):
            raise invalid(f"{name} does not go with this type of watch")
    if stateful and request.HasField("starting_time"):
        raise invalid("starting_time does not go with a stateful watch")
    if request.resume_token and request.HasField("starting_time"):
        raise invalid("starting_time does not go with a resume_token")
