"""Faults in authentication, and in living with several generations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import grpc
from google.protobuf.unknown_fields import UnknownFieldSet

from conformance.mutants import straight
from conformance.mutants.book import Book, Refuse
from conformance.mutants.change import Changes, Credentials, Mutant

Metadata = Mapping[str, str]


def guarding(check: Callable[[Book, str, Metadata], None]) -> Changes:
    """Other callers are let in."""
    return {"guard": lambda book, method, metadata, request: check(book, method, metadata)}


def no_key_needed(book: Book, method: str, metadata: Metadata) -> None:
    """A call without key is let in."""
    if "key" in metadata:
        straight.guard(book, method, metadata, None)


def any_key(book: Book, method: str, metadata: Metadata) -> None:
    """Every key is let in."""
    if "key" not in metadata:
        raise Refuse("unauthenticated", "no key")


def open_streams(book: Book, method: str, metadata: Metadata) -> None:
    """Streams need no key."""
    if method != "StreamMicrogridDispatches":
        straight.guard(book, method, metadata, None)


def no_signature_needed(book: Book, method: str, metadata: Metadata) -> None:
    """An unsigned call is let in, a signed one checked."""
    straight.check_key(book, metadata)
    if "sig" in metadata:
        straight.guard(book, method, metadata, None)


def any_signature(book: Book, method: str, metadata: Metadata) -> None:
    """A signature has to be there, but is not checked."""
    straight.check_key(book, metadata)
    if not metadata.get("sig"):
        raise Refuse("unauthenticated", "no signature")


def streams_not_signed(book: Book, method: str, metadata: Metadata) -> None:
    """The signature of a stream is checked for another method."""
    stream = method == "StreamMicrogridDispatches"
    straight.guard(book, "Stream" if stream else method, metadata, None)


def replayable(book: Book, method: str, metadata: Metadata) -> None:
    """A nonce can be used again."""
    straight.check_key(book, metadata)
    straight.check_signature(book, method, metadata)
    straight.check_time(book, metadata)


def everlasting(book: Book, method: str, metadata: Metadata) -> None:
    """A signature never grows old."""
    straight.check_key(book, metadata)
    straight.check_signature(book, method, metadata)
    straight.check_nonce(book, metadata)


def any_method(book: Book, method: str, metadata: Metadata) -> None:
    """A signature made for listing is good for everything."""
    try:
        straight.guard(book, method, metadata, None)
    except Refuse:
        straight.guard(book, "ListMicrogridDispatches", metadata, None)


def existence_first(book: Book, method: str, metadata: Metadata, request: Any) -> None:
    """Callers without rights learn whether a dispatch exists."""
    dispatch_id = getattr(request, "dispatch_id", None)
    if dispatch_id is not None and dispatch_id not in book.of(request.microgrid_id):
        raise Refuse("not_found", f"no dispatch {dispatch_id}")
    straight.guard(book, method, metadata, request)


def internal_when_denied(refusal: Refuse) -> grpc.StatusCode:
    """Failed authentication is an internal error."""
    if refusal.kind == "unauthenticated":
        return grpc.StatusCode.INTERNAL
    return straight.status(refusal)


def no_unknown_fields(book: Book, request: Any) -> None:
    """A request with a field that is not known is refused."""
    if len(UnknownFieldSet(request)):
        raise Refuse("invalid", "the request has unknown fields")


def no_unknown_fields_of_updates(book: Book, request: Any) -> None:
    """An update with a field that is not known is refused."""
    if hasattr(request, "update_mask"):
        no_unknown_fields(book, request)


def no_selector(book: Book, request: Any) -> None:
    """The mask path of the older generation is not known."""
    mask = getattr(request, "update_mask", None)
    if mask is not None and "selector" in mask.paths:
        raise Refuse("invalid", "update_mask: no path selector")


def _mutant(
    id_: str,
    sentence: str,
    changes: Changes,
    credentials: Credentials,
    *kills: str,
) -> Mutant:
    return Mutant(id=id_, sentence=sentence, changes=changes, credentials=credentials, kills=kills)


MUTANTS = (
    _mutant(
        "key-optional",
        "A call without key is served.",
        guarding(no_key_needed),
        "key",
        "DSP-AUT-001",
    ),
    _mutant("any-key", "Every key is served.", guarding(any_key), "key", "DSP-AUT-002"),
    _mutant(
        "streams-open",
        "A stream needs no key.",
        guarding(open_streams),
        "key",
        "DSP-AUT-001",
    ),
    _mutant(
        "denied-is-internal",
        "Failed authentication is answered with INTERNAL.",
        {"status": internal_when_denied},
        "key",
        "DSP-AUT-001",
        "DSP-AUT-002",
    ),
    _mutant(
        "existence-before-key",
        "Callers without a key learn whether a dispatch exists.",
        {"guard": existence_first},
        "key",
        "DSP-AUT-009",
    ),
    _mutant(
        "signature-optional",
        "An unsigned call is served.",
        guarding(no_signature_needed),
        "sign",
        "DSP-AUT-003",
    ),
    _mutant(
        "streams-wrongly-signed",
        "A stream that is correctly signed is refused.",
        guarding(streams_not_signed),
        "sign",
        "DSP-AUT-004",
    ),
    _mutant(
        "signature-unchecked",
        "Signatures are not checked.",
        guarding(any_signature),
        "sign",
        "DSP-AUT-005",
        "DSP-AUT-006",
    ),
    _mutant(
        "nonce-reusable",
        "A call can be replayed.",
        guarding(replayable),
        "sign",
        "DSP-AUT-006",
    ),
    _mutant(
        "signature-everlasting",
        "A signature never grows old.",
        guarding(everlasting),
        "sign",
        "DSP-AUT-006",
    ),
    _mutant(
        "signature-for-any-method",
        "A signature made for listing is good for every method.",
        guarding(any_method),
        "sign",
        "DSP-AUT-007",
    ),
    _mutant(
        "unknown-field-refused",
        "A request with an unknown field is refused.",
        {"admits": no_unknown_fields},
        "none",
        "DSP-GEN-001",
    ),
    _mutant(
        "unknown-field-of-update-refused",
        "An update with an unknown field is refused.",
        {"admits": no_unknown_fields_of_updates},
        "none",
        "DSP-GEN-001",
    ),
    _mutant(
        "selector-refused",
        "The mask path selector of the older generation is refused.",
        {"admits": no_selector},
        "none",
        "DSP-GEN-002",
    ),
)
