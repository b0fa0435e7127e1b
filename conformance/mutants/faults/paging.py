"""Faults in pages and page tokens."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.mutants import straight
from conformance.mutants.book import Book, Refuse
from conformance.mutants.change import Changes, Mutant

Content = Mapping[str, Any]
Keys = Sequence[tuple[int, int]]
Cursor = Sequence[int] | None
Cut = tuple[int, int, bool]


def skips_one(keys: Keys, descending: bool, cursor: Cursor, most: int) -> Cut:
    """Each further page leaves out its first item."""
    begin, _, _ = straight.cut(keys, descending, cursor, most)
    begin += cursor is not None
    return begin, min(begin + most, len(keys)), begin + most < len(keys)


def repeats_one(keys: Keys, descending: bool, cursor: Cursor, most: int) -> Cut:
    """Each further page begins with the last item of the one before."""
    begin, end, more = straight.cut(keys, descending, cursor, most)
    return (begin if cursor is None else max(0, begin - 1)), end, more


def one_too_many(keys: Keys, descending: bool, cursor: Cursor, most: int) -> Cut:
    """A page holds one item more than asked for."""
    return straight.cut(keys, descending, cursor, most + 1)


def last_item_lost(keys: Keys, descending: bool, cursor: Cursor, most: int) -> Cut:
    """A page that would hold just one item is not announced."""
    begin, end, _ = straight.cut(keys, descending, cursor, most)
    return begin, end, end < len(keys) - 1


def by_anchor(keys: Keys, descending: bool, cursor: Cursor, most: int) -> Cut:
    """The next page is found by the last item shown, and is page one when that is gone."""
    begin = 0 if cursor is None or tuple(cursor) not in keys else keys.index((*cursor,)) + 1
    return begin, min(begin + most, len(keys)), begin + most < len(keys)


def by_offset(keys: Keys, descending: bool, cursor: Cursor, most: int) -> Cut:
    """The next page begins after so many items, wherever they are now."""
    begin = 0 if cursor is None else cursor[0]
    return begin, min(begin + most, len(keys)), begin + most < len(keys)


def token_of_offset(book: Book, content: Content, more: bool) -> str | None:
    """A token that knows how many items were shown."""
    return straight.next_token(book, {**content, "after": [content["shown"]]}, more)


def always_a_token(book: Book, content: Content, more: bool) -> str | None:
    """The last page has a token too, which leads to page one."""
    return straight.seal(book, content if more else {**content, "after": None})


def token_for_nothing(book: Book, content: Content, more: bool) -> str | None:
    """An empty result has a token."""
    return straight.next_token(book, content, more or content["after"] is None)


def sizeless_token(book: Book, content: Content, more: bool) -> str | None:
    """The token forgets the page size."""
    return straight.next_token(book, {**content, "size": straight.DEFAULT_SIZE}, more)


def starts_over(book: Book, token: str) -> Content:
    """A token leads to page one."""
    return {**straight.open_token(book, token), "after": None}


def used_once(book: Book, token: str) -> Content:
    """A token works once."""
    used: set[str] = book.scratch.setdefault("tokens", set())
    if token in used:
        raise Refuse("invalid", "page_token was used before")
    used.add(token)
    return straight.open_token(book, token)


def garbage_is_page_one(book: Book, token: str) -> Content:
    """A token that is not one of ours leads to page one of everything."""
    try:
        return straight.open_token(book, token)
    except Refuse:
        return {"microgrid": None, "filter": "", "sort": "", "after": None, "size": 100}


def garbage_continues(content: Content, asked: Content) -> Content:
    """The query of the request, where the token has none."""
    if content["microgrid"] is None:
        return {**content, **asked}
    return straight.continues(content, asked)


def unsigned(book: Book, token: str) -> Content:
    """Tokens are not checked for alterations."""
    coded, _, _ = token.partition(".")
    try:
        content: Content = json.loads(base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)))
        return {name: content[name] for name in ("microgrid", "filter", "sort", "after", "size")}
    except (ValueError, KeyError, TypeError):
        raise Refuse("invalid", "page_token is not one of ours") from None


def any_microgrid(content: Content, asked: Content) -> Content:
    """A token shows its microgrid to the callers of others."""
    return straight.continues(content, {**asked, "microgrid": content["microgrid"]})


def filter_forgotten(content: Content, asked: Content) -> Content:
    """From page two on nothing is filtered or sorted."""
    return {**straight.continues(content, asked), "filter": "", "sort": ""}


def three_without_size(asked: int | None) -> int:
    """Without a page size three items are listed."""
    return 3 if asked is None else straight.size(asked)


def no_token_for_three(book: Book, content: Content, more: bool) -> str | None:
    """Pages of three are the only ones."""
    return None if content["size"] == 3 else straight.next_token(book, content, more)


def huge_refused(asked: int | None) -> int:
    """Page sizes above the largest are refused."""
    if asked is not None and asked > straight.LARGEST_SIZE:
        raise Refuse("invalid", "page_size is too large")
    return straight.size(asked)


def no_empty_token(book: Book, request: Any) -> None:
    """An empty token is not one of ours."""
    params = getattr(request, "pagination_params", None)
    if params is not None and params.HasField("page_token") and not params.page_token:
        raise Refuse("invalid", "page_token is not one of ours")


def total_rises(found: Sequence[Any], shown: Sequence[Any], stored: int) -> int:
    """The total is counted as it is shown."""
    return len(found) if len(shown) == len(found) else len(found) - len(shown)


def _mutant(id_: str, sentence: str, changes: Changes, *kills: str) -> Mutant:
    return Mutant(id=id_, sentence=sentence, changes=changes, kills=kills)


MUTANTS = (
    _mutant(
        "page-size-ignored",
        "Pages are as large as the server likes.",
        {"size": lambda asked: straight.DEFAULT_SIZE},
        "DSP-PAG-001",
    ),
    _mutant(
        "page-holds-one-more",
        "A page holds one item more than asked for.",
        {"cut": one_too_many},
        "DSP-PAG-001",
    ),
    _mutant(
        "token-skips-one",
        "Each further page leaves out an item.",
        {"cut": skips_one},
        "DSP-PAG-002",
    ),
    _mutant(
        "token-repeats-one",
        "Each further page repeats an item.",
        {"cut": repeats_one},
        "DSP-PAG-002",
    ),
    _mutant(
        "last-item-lost",
        "A last page of one item is never shown.",
        {"cut": last_item_lost},
        "DSP-PAG-002",
    ),
    _mutant(
        "last-page-has-token",
        "The last page has a token, which leads to page one.",
        {"next_token": always_a_token},
        "DSP-PAG-003",
        "DSP-PAG-018",
    ),
    _mutant(
        "total-differs-by-page",
        "The total changes from page to page.",
        {"total": total_rises},
        "DSP-PAG-004",
    ),
    _mutant(
        "token-starts-over",
        "A token leads to page one.",
        {"open_token": starts_over},
        "DSP-PAG-005",
        "DSP-PAG-018",
    ),
    _mutant(
        "token-forgets-size",
        "Later pages have the default size.",
        {"next_token": sizeless_token},
        "DSP-PAG-006",
    ),
    _mutant(
        "token-forgets-query",
        "Later pages ignore filter and order, repeated or not.",
        {"continues": filter_forgotten},
        "DSP-PAG-007",
    ),
    _mutant(
        "token-works-once",
        "A token can be used once.",
        {"open_token": used_once},
        "DSP-PAG-009",
    ),
    _mutant(
        "token-needs-anchor",
        "When the last item shown is deleted its token leads to page one.",
        {"cut": by_anchor},
        "DSP-PAG-011",
    ),
    _mutant(
        "token-is-offset",
        "Pages are counted off, so changes meanwhile shift them.",
        {"cut": by_offset, "next_token": token_of_offset},
        "DSP-PAG-012",
    ),
    _mutant(
        "garbage-is-page-one",
        "A token that was never issued leads to page one.",
        {"open_token": garbage_is_page_one, "continues": garbage_continues},
        "DSP-PAG-013",
    ),
    _mutant(
        "token-alterable",
        "An altered token is followed wherever it leads.",
        {"open_token": unsigned},
        "DSP-PAG-013",
    ),
    _mutant(
        "token-leaks",
        "A token shows its microgrid to a caller who lists another.",
        {"continues": any_microgrid},
        "DSP-PAG-014",
    ),
    _mutant(
        "default-page-is-all",
        "Without a page size three items are listed and no token is given.",
        {"size": three_without_size, "next_token": no_token_for_three},
        "DSP-PAG-015",
    ),
    _mutant(
        "huge-size-refused",
        "A page size above the largest is refused.",
        {"size": huge_refused},
        "DSP-PAG-016",
    ),
    _mutant(
        "token-for-nothing",
        "An empty result has a token.",
        {"next_token": token_for_nothing},
        "DSP-PAG-017",
    ),
    _mutant(
        "empty-token-refused",
        "A page token that is present but empty is refused.",
        {"admits": no_empty_token},
        "DSP-PAG-020",
    ),
    _mutant(
        "answers-unbounded",
        "Answers become larger than what clients take.",
        {"answer_bytes": lambda book: 2**40, "size": lambda asked: 2**31},
        "DSP-GEN-005",
    ),
)
