"""How a correct endpoint lists: filter, order, pages and tokens, one plain function each.

Defaults of hooks in `policy.Policy`. A page token names the place behind the last item shown, and
a digest of parent, filter and order, signed by the endpoint.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.mutants.tasks.book import Book, Collection, invalid, tenant_of
from conformance.mutants.tasks.filters import FIELDS, Parser, Predicate
from conformance.mutants.tasks.literals import ABSENT
from conformance.oracles.tasks.model import STATES, Task, Type
from conformance.oracles.tasks.values import kind_of

DEFAULT_SIZE, MAX_SIZE = 50, 1000
SECRET = b"signs the page tokens of one endpoint"
RANKS = {"null": 1, "bool": 2, "number": 3, "string": 4}
ALIASES = {"created_time": "create_time", "updated_time": "update_time"}

Key = tuple[tuple[str, ...], bool]
"""The path of a field, and whether it sorts downward."""


@dataclass(frozen=True, kw_only=True)
class Query:
    """What a list is asked for.

    Attributes:
        method: that was called.
        test: of the filter.
        keys: of the order, the name last.
        digest: of parent, filter and order.
        after: sort key and name of the last item shown; None at the start.
    """

    collection: Collection
    method: str
    parent: str
    test: Predicate
    keys: Sequence[Key]
    size: int
    digest: str
    after: Any = None


def read_filter(collection: Collection, text: str) -> Predicate:
    """What a filter asks of items."""
    return Parser(collection, text).read()


def read_order(collection: Collection, text: str) -> list[Key]:
    """The keys of an order; the name breaks ties."""
    keys: list[Key] = []
    for part in text.split(",") if text.strip() else []:
        found = re.fullmatch(r"\s*(-?)([A-Za-z_][\w.]*)(?:\s+(asc|desc))?\s*", part)
        if found is None or (found[1] and found[3]):
            raise invalid("order_by", f"cannot read {part!r}", "ORDER_BY_INVALID")
        path = tuple(ALIASES.get(name, name) for name in found[2].split("."))
        kind = FIELDS[collection].get(path[0], ("", ""))[0]
        if kind in ("", "links") or (len(path) > 1) != (kind == "struct"):
            raise invalid("order_by", f"cannot sort by {found[2]!r}", "ORDER_BY_INVALID")
        if path in [known for known, _ in keys]:
            raise invalid("order_by", f"{found[2]} appears twice", "ORDER_BY_INVALID")
        keys.append((path, bool(found[1]) or found[3] == "desc"))
    keys = keys or [(("create_time",), False)]
    return keys if (("name",) in [path for path, _ in keys]) else [*keys, (("name",), False)]


def sort_value(collection: Collection, item: Any, path: tuple[str, ...]) -> Any:
    """A value that sorts as the field does."""
    kind, name = FIELDS[collection][path[0]]
    value = getattr(item, name)
    if kind == "state":
        return (1, STATES[value])
    for key in path[1:]:
        value = value.get(key, ABSENT) if isinstance(value, Mapping) else ABSENT
        if value is ABSENT:
            return (0,)
    if kind == "struct":
        rank = RANKS.get(kind_of(value), 5)
        return (rank, value) if 1 < rank < 5 else (rank,)
    return (0,) if value is None else (1, value)


def arrange(query: Query, items: Sequence[Any]) -> list[Any]:
    """The items in order."""
    return sorted(items, key=functools.cmp_to_key(lambda a, b: compared(query, a, b)))


def compared(query: Query, one: Any, other: Any) -> int:
    """Which of two items comes first: negative, zero or positive."""
    for path, down in query.keys:
        left = sort_value(query.collection, one, path)
        right = sort_value(query.collection, other, path)
        if left != right:
            return -1 if (left < right) != down else 1
    return 0


def size(asked: int) -> int:
    """How many items a page holds."""
    if asked < 0:
        raise invalid("page_size", "is negative")
    return min(asked or DEFAULT_SIZE, MAX_SIZE)


def children(book: Book, query: Query) -> list[Any]:
    """The items of a parent."""
    tenant = tenant_of(query.parent)
    return [item for name, item in book.of(query.collection).items() if tenant_of(name) == tenant]


def cut(query: Query, items: Sequence[Any]) -> tuple[int, int]:
    """Begin and end of a page among all items."""
    begin = 0
    if query.after is not None:
        last = [tuple(part) for part in query.after]
        behind = (n for n, item in enumerate(items) if _behind(query, _place(query, item), last))
        begin = next(behind, len(items))
    return begin, min(begin + query.size, len(items))


def _place(query: Query, item: Any) -> tuple[Any, ...]:
    return tuple(sort_value(query.collection, item, path) for path, _ in query.keys)


def _behind(query: Query, place: Any, last: Any) -> bool:
    for (_, down), here, there in zip(query.keys, place, last, strict=True):
        if here != there:
            return bool((here > there) != down)
    return False


def next_token(query: Query, items: Sequence[Any], end: int) -> str:
    """The token of the next page; "" if there is none."""
    if end >= len(items):
        return ""
    return seal(query, _place(query, items[end - 1]) if end else ())


def seal(query: Query, place: Any) -> str:
    """A signed token."""
    body = json.dumps([query.method, query.digest, place]).encode()
    signed = hmac.new(SECRET, body, hashlib.sha256).digest()[:12] + body
    return base64.urlsafe_b64encode(signed).decode().rstrip("=")


def open_token(query: Query, token: str) -> Any:
    """The place that a token names."""
    problem = invalid("page_token", "was not issued for this list", "PAGE_TOKEN_INVALID")
    try:
        if not re.fullmatch(r"[\w-]+", token, re.ASCII):
            raise problem
        data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        if base64.urlsafe_b64encode(data).decode().rstrip("=") != token:
            raise problem
        mark, body = data[:12], data[12:]
        if not hmac.compare_digest(mark, hmac.new(SECRET, body, hashlib.sha256).digest()[:12]):
            raise problem
        method, digest, place = json.loads(body)
    except ValueError:
        raise problem from None
    if (method, digest) != (query.method, query.digest):
        raise problem
    return place


def digest(parent: str, filter_: str, order: str) -> str:
    """What a token remembers of its list."""
    return hashlib.sha256(json.dumps([parent, filter_, order]).encode()).hexdigest()[:16]


def total(query: Query, matching: Sequence[Any], everything: Sequence[Any]) -> int:
    """The number of items that match."""
    return len(matching)


def page(query: Query, items: Sequence[Any], begin: int, end: int) -> list[Any]:
    """The items of a page."""
    return list(items[begin:end])


def listed(query: Query, item: Task | Type) -> Task | Type:
    """An item as a list shows it."""
    return item
