"""Faults in what callers are asked for."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.mutants.meta import straight
from conformance.mutants.meta.book import Book, Code, Refuse
from conformance.mutants.meta.making import fault
from conformance.oracles.meta.model import Kind


def anyone(book: Book, permission: str, metadata: Mapping[str, str]) -> None:
    """Who brings no token may do everything."""
    if "authorization" in metadata:
        straight.guard(book, permission, metadata)


def known_callers(book: Book, permission: str, metadata: Mapping[str, str]) -> None:
    """Who is known may do everything."""
    try:
        straight.guard(book, permission, metadata)
    except Refuse as refusal:
        if refusal.code is not Code.PERMISSION_DENIED:
            raise


def unknown_denied(book: Book, permission: str, metadata: Mapping[str, str]) -> None:
    """Who brings no token gets an internal error."""
    try:
        straight.guard(book, permission, metadata)
    except Refuse as refusal:
        if refusal.code is Code.UNAUTHENTICATED:
            raise Refuse(Code.INTERNAL, "KeyError: authorization") from None
        raise


def watches_free(book: Book, permission: str, metadata: Mapping[str, str]) -> None:
    """Watches need no permission."""
    if permission.endswith(".watch"):
        permission = permission.removesuffix("watch")
        known_callers(book, permission, metadata)
    else:
        straight.guard(book, permission, metadata)


def watch_needs_get(kind: Kind, method: str) -> str:
    """A single watch needs the permission to get."""
    return straight.permission(kind, "get" if method == "watch_one" else method)


def watch_needs_list(kind: Kind, method: str) -> str:
    """A collection watch needs the permission to list."""
    return straight.permission(kind, "list" if method == "watch" else method)


MUTANTS = (
    fault(
        "auth-optional",
        "Who brings no token may do everything.",
        {"guard": anyone},
        "META-AUTH-001",
        auth=True,
    ),
    fault(
        "auth-internal",
        "A missing token is an internal error.",
        {"guard": unknown_denied},
        "META-AUTH-001",
        auth=True,
    ),
    fault(
        "permission-unchecked",
        "Permissions are not checked.",
        {"guard": known_callers},
        "META-AUTH-002",
        "META-AUTH-004",
        auth=True,
    ),
    fault(
        "permission-watch-free",
        "Watches need no permission.",
        {"guard": watches_free},
        "META-AUTH-004",
        "META-AUTH-002",
        auth=True,
    ),
    fault(
        "permission-single-needs-get",
        "A single watch needs get.",
        {"permission": watch_needs_get},
        "META-AUTH-003",
        auth=True,
    ),
    fault(
        "permission-watch-needs-list",
        "A watch needs list.",
        {"permission": watch_needs_list},
        "META-AUTH-003",
        auth=True,
    ),
)
