"""Legal variants in REST."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from google.protobuf import json_format

from conformance.mutants.meta import speech
from conformance.mutants.meta.book import Code, Refuse, invalid
from conformance.mutants.meta.making import variant
from conformance.oracles.meta.fields import camel


def bare(messages: Iterator[str]) -> Iterator[str]:
    """Messages stand on lines of their own, not wrapped."""
    try:
        for text in messages:
            yield f"{text}\n"
    except Refuse as refusal:
        yield f"{speech.rest_error(refusal)[1]}\n"


def array(messages: Iterator[str]) -> Iterator[str]:
    """A stream is one array."""
    yield "["
    separator = ""
    try:
        for text in messages:
            yield f"{separator}{text}"
            separator = ",\n"
    except Refuse as refusal:
        yield f"{separator}{speech.rest_error(refusal)[1]}"
    yield "]"


def body_read(request: Any, body: bytes) -> None:
    """A body holds fields of the request."""
    try:
        json_format.Parse(body or b"{}", request)
    except json_format.ParseError as error:
        raise invalid(f"body: {error}") from None


def body_refused(request: Any, body: bytes) -> None:
    """A body is refused."""
    if body:
        raise invalid("no body is expected")


def unknown_ignored(request: Any, parameters: Sequence[tuple[str, str]]) -> None:
    """Unknown parameters are ignored."""
    known = {f.name for f in request.DESCRIPTOR.fields}
    known |= {camel(name) for name in known}
    speech.rest_bind(request, [(k, v) for k, v in parameters if k in known])


def not_allowed(verb: str, path: str) -> tuple[int, str]:
    """Other verbs than GET and POST are not implemented."""
    if verb in ("GET", "POST"):
        return speech.rest_unknown(verb, path)
    return 405, speech.rest_error(Refuse(Code.UNIMPLEMENTED, f"{verb} is not allowed"))[1]


VARIANTS = (
    variant(
        "rest-bare",
        "Streams are lines of bare messages.",
        "M32",
        {"rest_frames": bare},
        "META-REST-007",
        "META-REST-012",
    ),
    variant(
        "rest-array",
        "A stream is one JSON array.",
        "M32",
        {"rest_frames": array},
        "META-REST-007",
        "META-REST-012",
    ),
    variant("rest-body-read", "A body is read.", "M32a", {"rest_body": body_read}, "META-REST-008"),
    variant(
        "rest-body-refused",
        "A body is refused.",
        "M32a",
        {"rest_body": body_refused},
        "META-REST-008",
    ),
    variant(
        "rest-unknown-ignored",
        "Unknown parameters are ignored.",
        "M43",
        {"rest_bind": unknown_ignored},
        "META-REST-003",
        "META-REST-011",
    ),
    variant(
        "rest-not-allowed",
        "Other verbs are not allowed.",
        "META-REST-009",
        {"rest_unknown": not_allowed},
        "META-REST-009",
    ),
)
