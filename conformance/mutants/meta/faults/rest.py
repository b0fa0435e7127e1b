"""Faults in REST: routes, parameters, JSON, errors, streams."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from google.protobuf import json_format

from conformance.mutants.meta import speech
from conformance.mutants.meta.book import Code, Refuse, invalid
from conformance.mutants.meta.making import fault
from conformance.oracles.meta.fields import camel
from conformance.oracles.meta.model import Kind

Parameters = Sequence[tuple[str, str]]


def no_batches(method: str, kind: Kind) -> bool:
    """Batches of resources have no route."""
    return (method, kind.plural) != ("batchGet", "resources")


def numbers(message: Any) -> str:
    """64-bit numbers are JSON numbers."""

    def plain(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {k: plain(v, "generation" if key == "shards" else k) for k, v in value.items()}
        if isinstance(value, list):
            return [plain(v) for v in value]
        return int(value) if key in ("generation", "snapshotSize") else value

    return json.dumps(plain(json_format.MessageToDict(message)))


def snake(message: Any) -> str:
    """Names are snake case."""
    return json.dumps(json_format.MessageToDict(message, preserving_proto_field_name=True))


def enum_numbers(message: Any) -> str:
    """Enums are numbers."""
    return json.dumps(json_format.MessageToDict(message, use_integers_for_enums=True))


def times_in_seconds(message: Any) -> str:
    """Times are told in a format of the server's own."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: _seconds(v) if k.endswith("Time") else plain(v) for k, v in value.items()}
        return [plain(v) for v in value] if isinstance(value, list) else value

    return json.dumps(plain(json_format.MessageToDict(message)))


def _seconds(text: str) -> str:
    return text.replace("T", " ").removesuffix("Z")


def first_of_names(request: Any, parameters: Parameters) -> None:
    """A parameter that repeats counts once."""
    speech.rest_bind(request, list(dict(reversed(parameters)).items()))


def enums_ignored(request: Any, parameters: Parameters) -> None:
    """Enums are not bound."""
    speech.rest_bind(request, [(k, v) for k, v in parameters if k not in ("view", "type")])


def masks_ignored(request: Any, parameters: Parameters) -> None:
    """Masks are not bound."""
    speech.rest_bind(
        request, [(k, v) for k, v in parameters if k not in ("fieldMask", "field_mask")]
    )


def camel_only(request: Any, parameters: Parameters) -> None:
    """Parameters are known in lower camel case only."""
    for spelling, _ in parameters:
        if spelling != camel(spelling):
            raise invalid(f"no parameter {spelling!r}")
    speech.rest_bind(request, parameters)


def unknown_crashes(request: Any, parameters: Parameters) -> None:
    """An unknown parameter is an internal error."""
    try:
        speech.rest_bind(request, parameters)
    except Refuse as refusal:
        if str(refusal).startswith("no parameter"):
            raise _CRASH from None
        raise


_CRASH = Refuse(Code.INTERNAL, "AttributeError")


def undotted(path: str) -> str:
    """What follows a dot is an extension."""
    parts = speech.rest_path(path).split("/")
    return "/".join(part.partition(".")[0] for part in parts)


def always_500(refusal: Refuse) -> tuple[int, str]:
    """Every error is the server's."""
    return 500, speech.rest_error(refusal)[1]


def plain_text(refusal: Refuse) -> tuple[int, str]:
    """The body of an error is text."""
    return speech.rest_error(refusal)[0], str(refusal)


def refuses_bodies(request: Any, body: bytes) -> None:
    """A body is an internal error."""
    if body:
        raise _CRASH


def unknown_is_empty(verb: str, path: str) -> tuple[int, str]:
    """What has no route is an empty answer."""
    return 200, "{}"


def not_decoded(text: str) -> list[tuple[str, str]]:
    """Escapes in parameters stay."""
    return [
        (key, value) for key, _, value in (part.partition("=") for part in text.split("&")) if key
    ]


def plus_is_blank(text: str) -> list[tuple[str, str]]:
    """Escapes are resolved twice, so a plus sign becomes a blank."""
    return [(k, v.replace("+", " ")) for k, v in speech.rest_query(text)]


def without_size(message: Any) -> str:
    """The snapshot size is left out, whatever it is."""
    content = json_format.MessageToDict(message)
    content.pop("snapshotSize", None)
    return json.dumps(content)


def one_item_lost(messages: Iterator[str]) -> Iterator[str]:
    """The first message of a stream is lost."""
    next(messages, None)
    yield from speech.rest_frames(messages)


def run_together(messages: Iterator[str]) -> Iterator[str]:
    """The messages of a stream are not told from each other."""
    for text in speech.rest_frames(messages):
        yield text.rstrip("\n").removeprefix('{"result":')


MUTANTS = (
    fault(
        "rest-route-missing",
        "The route of resources:batchGet is missing.",
        {"rest_serves": no_batches},
        "META-REST-001",
    ),
    fault(
        "rest-int64-numbers",
        "64-bit numbers are JSON numbers.",
        {"rest_json": numbers},
        "META-REST-002",
        "META-REST-012",
    ),
    fault("rest-snake-names", "JSON has snake case names.", {"rest_json": snake}, "META-REST-002"),
    fault(
        "rest-enum-numbers",
        "Enums are numbers in JSON.",
        {"rest_json": enum_numbers},
        "META-REST-002",
    ),
    fault(
        "rest-times", "Times are not RFC 3339.", {"rest_json": times_in_seconds}, "META-REST-002"
    ),
    fault(
        "rest-names-once",
        "Repeated parameters count once.",
        {"rest_bind": first_of_names},
        "META-REST-003",
    ),
    fault(
        "rest-enums-ignored",
        "Enums in parameters are ignored.",
        {"rest_bind": enums_ignored},
        "META-REST-003",
    ),
    fault(
        "rest-masks-ignored",
        "Masks in parameters are ignored.",
        {"rest_bind": masks_ignored},
        "META-REST-003",
    ),
    fault(
        "rest-camel-only",
        "Parameters are lower camel case only.",
        {"rest_bind": camel_only},
        "META-REST-004",
    ),
    fault("rest-dots", "Ids end at their first dot.", {"rest_path": undotted}, "META-REST-005"),
    fault(
        "rest-errors-500",
        "Every error has status 500.",
        {"rest_error": always_500},
        "META-REST-006",
    ),
    fault(
        "rest-errors-text", "Errors are plain text.", {"rest_error": plain_text}, "META-REST-006"
    ),
    fault(
        "rest-stream-loses",
        "A stream loses its first message.",
        {"rest_frames": one_item_lost},
        "META-REST-007",
    ),
    fault(
        "rest-stream-unframed",
        "Messages of a stream run together.",
        {"rest_frames": run_together},
        "META-REST-007",
    ),
    fault(
        "rest-body-crashes",
        "A body is an internal error.",
        {"rest_body": refuses_bodies},
        "META-REST-008",
    ),
    fault(
        "rest-unknown-empty",
        "Unknown routes answer 200.",
        {"rest_unknown": unknown_is_empty},
        "META-REST-009",
    ),
    fault(
        "rest-not-decoded",
        "Escapes in parameters stay.",
        {"rest_query": not_decoded},
        "META-REST-010",
    ),
    fault(
        "rest-plus-is-blank",
        "A plus sign in a parameter is a blank.",
        {"rest_query": plus_is_blank},
        "META-REST-010",
    ),
    fault(
        "rest-unknown-crashes",
        "An unknown parameter is an internal error.",
        {"rest_bind": unknown_crashes},
        "META-REST-011",
    ),
    fault(
        "rest-size-left-out",
        "JSON leaves the snapshot size out.",
        {"rest_json": without_size},
        "META-REST-012",
    ),
)
