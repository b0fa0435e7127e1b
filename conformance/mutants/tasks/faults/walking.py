"""Faults in lists that show only beyond the first page, in one collection, or in one spelling."""

from __future__ import annotations

import base64
import json
import random
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from conformance.mutants.tasks import listing
from conformance.mutants.tasks.book import Book, Code, Refuse, invalid
from conformance.mutants.tasks.listing import Key, Query
from conformance.mutants.tasks.making import fault
from conformance.oracles.tasks.model import Task

Items = Sequence[Any]


def all_types(book: Book, query: Query) -> list[Any]:
    """Types of all tenants, tasks of one."""
    if query.collection == "types":
        return list(book.types.values())
    return listing.children(book, query)


def open_ones(book: Book, query: Query) -> list[Any]:
    """What is completed is not listed."""
    return [item for item in listing.children(book, query) if _state(item) != "COMPLETED"]


def as_new(query: Query, item: Any) -> Any:
    """Lists show tasks in the state in which they were made."""
    return replace(item, state="NEW", completion_ns=None) if isinstance(item, Task) else item


def without_links(query: Query, item: Any) -> Any:
    """Lists leave links out."""
    return replace(item, links=())


def types_named(query: Query, item: Any) -> Any:
    """Lists show types by their first update only."""
    return item if isinstance(item, Task) else replace(item, update_ns=item.create_ns)


def two_at_least(asked: int) -> int:
    """A page holds two items at least."""
    return max(2, listing.size(asked))


def larger_later(query: Query, items: Items) -> tuple[int, int]:
    """Further pages are one item larger."""
    grown = replace(query, size=query.size + (query.after is not None))
    return listing.cut(grown, items)


def sized_token(query: Query, items: Items, end: int) -> str:
    """A token keeps the size of its page."""
    if end >= len(items):
        return ""
    return listing.seal(query, [query.size, *_place(query, items[end - 1])])


def by_token_size(query: Query, items: Items) -> tuple[int, int]:
    """A page has the size of the first one."""
    if query.after is None:
        return listing.cut(query, items)
    first, *place = query.after
    return listing.cut(replace(query, after=place, size=first), items)


def shuffled(query: Query, items: Items) -> list[Any]:
    """Items that sort alike come in any order."""
    keys = [key for key in query.keys if key[0] != ("name",)]
    mixed = random.sample(list(items), len(items))
    return listing.arrange(replace(query, keys=keys), mixed)


def numbered_token(query: Query, items: Items, end: int) -> str:
    """The token of the next page counts what was shown."""
    return "" if end >= len(items) else listing.seal(query, [[end]])


def numbered_cut(query: Query, items: Items) -> tuple[int, int]:
    """A page begins after so many items."""
    begin = 0 if query.after is None else int(query.after[0][0])
    return min(begin, len(items)), min(begin + query.size, len(items))


def unsealed(query: Query, items: Items, end: int) -> str:
    """A token is readable, and nothing protects it."""
    if end >= len(items):
        return ""
    body = json.dumps([query.method, query.digest, _place(query, items[end - 1])])
    return base64.urlsafe_b64encode(body.encode()).decode().rstrip("=")


def unsealing(query: Query, token: str) -> Any:
    """Reads what it can of such a token."""
    data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)) if token.isascii() else b""
    try:
        return json.loads(data)[2]
    except ValueError:
        found = re.search(rb"\[\[1, .*\]\]", data)
        if found is None:
            raise invalid("page_token", "is none", "PAGE_TOKEN_INVALID") from None
        return json.loads(found[0])


def prefixed(query: Query, token: str) -> Any:
    """What follows a token does not matter."""
    for end in range(len(token), 0, -1):
        try:
            return listing.open_token(query, token[:end])
        except Refuse:
            continue
    raise invalid("page_token", "is none", "PAGE_TOKEN_INVALID")


def any_method(query: Query, token: str) -> Any:
    """A token goes with both lists."""
    for method in ("ListTasks", "ListTypes"):
        try:
            return listing.open_token(replace(query, method=method), token)
        except Refuse:
            continue
    raise invalid("page_token", "is none", "PAGE_TOKEN_INVALID")


def token_absent(query: Query, token: str) -> Any:
    """What is no token is NOT_FOUND."""
    try:
        return listing.open_token(query, token)
    except Refuse as refusal:
        refusal.code = Code.NOT_FOUND
        raise


def remaining(query: Query, matching: Items, everything: Items) -> int:
    """The total counts what is still to come."""
    begin, _ = listing.cut(query, listing.arrange(query, matching))
    return len(matching) - begin


def first_total(query: Query, matching: Items, everything: Items) -> int:
    """Only the first page has a total."""
    return len(matching) if query.after is None else 0


def rounded(query: Query, matching: Items, everything: Items) -> int:
    """The total is rounded up to tens."""
    return -(-len(matching) // 10) * 10


def empty_absent(query: Query, matching: Items, everything: Items) -> int:
    """A list of nothing is NOT_FOUND."""
    if not matching:
        raise Refuse(Code.NOT_FOUND, "nothing", "RESOURCE_NOT_FOUND", resource=query.parent)
    return len(matching)


def one_of_none(query: Query, matching: Items, everything: Items) -> int:
    """The total of nothing is 1."""
    return max(1, len(matching))


def by_the_second(query: Query, items: Items) -> list[Any]:
    """Times are sorted by their seconds."""
    coarse = {item.name: item for item in items}
    whole = [replace(item, create_ns=item.create_ns // 10**9, update_ns=0) for item in items]
    return [coarse[item.name] for item in listing.arrange(query, whole)]


def minus_once(collection: Any, text: str) -> list[Key]:
    """Only the first key can sort downward."""
    keys = listing.read_order(collection, text)
    return [(path, down and at == 0) for at, (path, down) in enumerate(keys)]


def minus_for_all(collection: Any, text: str) -> list[Key]:
    """A minus turns all keys."""
    keys = listing.read_order(collection, text)
    return [(path, path != ("name",) and keys[0][1]) for path, _ in keys]


def first_key(collection: Any, text: str) -> list[Key]:
    """Only the first key counts, whatever follows it."""
    return listing.read_order(collection, text.partition(",")[0])


def loud_words(collection: Any, text: str) -> list[Key]:
    """DESC is written in capitals."""
    if re.search(r"\bdesc\b", text):
        raise invalid("order_by", "what is desc", "ORDER_BY_INVALID")
    return listing.read_order(collection, re.sub(r"\bDESC\b", "desc", text))


def generous(collection: Any, text: str) -> list[Key]:
    """Doubled signs and empty keys are passed over."""
    plain = re.sub(r"-+", "-", re.sub(r",\s*,", ",", text))
    if plain.startswith("-"):
        plain = plain.replace(" desc", "")
    return listing.read_order(collection, plain.replace(" up", ""))


def blanks_in_front(collection: Any, text: str) -> list[Key]:
    """Blanks behind a key are part of it."""
    if re.search(r"\s(,|$)", text):
        raise invalid("order_by", "no such field", "ORDER_BY_INVALID")
    return listing.read_order(collection, text)


def _state(item: Any) -> str:
    return str(getattr(item, "state", ""))


def _place(query: Query, item: Any) -> tuple[Any, ...]:
    return tuple(listing.sort_value(query.collection, item, path) for path, _ in query.keys)


def without_filter(parent: str, filter_: str, order: str) -> str:
    """A token does not remember its filter."""
    return listing.digest(parent, "", order)


def without_order(parent: str, filter_: str, order: str) -> str:
    """A token does not remember its order."""
    return listing.digest(parent, filter_, "")


def without_parent(parent: str, filter_: str, order: str) -> str:
    """A token does not remember its parent."""
    return listing.digest("", filter_, order)


def _fault(hook: str, change: Any, id_: str, sentence: str, *kills: str) -> Any:
    return fault(id_, sentence, {hook: change}, *kills)


MUTANTS = (
    _fault("children", all_types, "list-all-types", "Types of all tenants are listed.", "LST-001"),
    _fault("children", open_ones, "list-open", "What is completed is not listed.", "LST-001"),
    _fault("listed", as_new, "list-new", "Lists show every task as new.", "LST-013"),
    _fault("listed", without_links, "list-linkless", "Lists leave links out.", "LST-013"),
    _fault("listed", types_named, "list-types-old", "Lists show old times of types.", "TYP-001"),
    _fault("size", two_at_least, "page-of-two", "A page holds two at least.", "LST-005"),
    _fault("cut", larger_later, "page-grows", "Further pages are larger.", "LST-005", "LST-008"),
    fault("page-keeps-size", "All pages have the size of the first.",
          {"next_token": sized_token, "cut": by_token_size}, "LST-008"),
    _fault("arrange", shuffled, "order-ties-random", "Equal items come in any order.", "ORD-007"),
    fault("page-counts", "A page begins after so many items, in any order.",
          {"next_token": numbered_token, "cut": numbered_cut, "arrange": shuffled}, "ORD-007",
          "LST-014"),
    fault("token-readable", "Tokens are read as far as it goes.",
          {"next_token": unsealed, "open_token": unsealing}, "LST-010", "LST-009"),
    _fault("open_token", prefixed, "token-prefix", "What follows a token is ignored.", "LST-010"),
    _fault("open_token", any_method, "token-any-method", "A token goes with both lists.",
           "LST-010"),
    _fault("open_token", token_absent, "token-absent", "A wrong token is NOT_FOUND.", "LST-010",
           "ERR-001"),
    _fault("digest", without_filter, "token-any-filter", "A token has no filter.", "LST-009"),
    _fault("digest", without_order, "token-any-order", "A token has no order.", "LST-009"),
    _fault("digest", without_parent, "token-any-parent", "A token has no parent.", "LST-009"),
    _fault("total", remaining, "total-rest", "The total counts the rest.", "LST-012"),
    _fault("total", first_total, "total-first", "Only the first page has a total.", "LST-012"),
    _fault("total", rounded, "total-rounded", "The total is rounded.", "LST-012", "FLT-013"),
    _fault("total", empty_absent, "empty-absent", "A list of nothing is NOT_FOUND.", "LST-016"),
    _fault("total", one_of_none, "empty-one", "The total of nothing is 1.", "LST-016"),
    _fault("arrange", by_the_second, "order-seconds", "Times sort by the second.", "ORD-002"),
    _fault("read_order", minus_once, "order-minus-once", "One key sorts downward.", "ORD-004"),
    _fault("read_order", minus_for_all, "order-minus-all", "A minus turns all keys.", "ORD-004"),
    _fault("read_order", first_key, "order-first-key", "The first key counts.", "ORD-004",
           "ORD-005"),
    _fault("read_order", loud_words, "order-loud", "The word is DESC.", "ORD-003"),
    _fault("read_order", generous, "order-generous", "Doubled signs are fine.", "ORD-009"),
    _fault("read_order", blanks_in_front, "order-blank-behind", "A blank ends a list.", "ORD-006"),
)  # fmt: skip
