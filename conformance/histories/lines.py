"""One line of a history: read strictly, with what is wrong said in one sentence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, get_args

VERSION = 1
"""Of the format; stands in the first line."""

MARK = "gridproof_history"
"""Key by which the line that tells about the file is known."""

Kind = Literal["call", "open", "send", "event", "end", "hook"]
KINDS: tuple[Kind, ...] = get_args(Kind)
ON_STREAM = frozenset({"open", "send", "event", "end"})

Json = Mapping[str, Any]


class LineError(ValueError):
    """Not a line of a history; the text says what was expected."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line.

    Attributes:
        number: of the line in the file, from 1.
        method: as written; "" where a line of a stream leaves it to the line that opened it.
        at_us: microseconds since 1970; None where a line of a stream has no time.
        mono_us: the same on a monotonic clock, None if it has none.
        took_us: until the answer was there, None if that is not known.
        code: "" where nothing failed.
        trailer: base64 of `grpc-status-details-bin`.
    """

    number: int
    api: str
    kind: Kind
    method: str
    at_us: int | None
    mono_us: int | None
    took_us: int | None
    stream: str
    caller: str
    request: Any
    reply: Any
    code: str
    details: str
    trailer: str
    raw: Json = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """What a file says of itself: parts of a target profile, and whether others wrote."""

    services: Mapping[str, Any] = field(default_factory=dict)
    sole_writer: bool = False


def read_about(record: Json) -> About:
    """The line that tells about the file.

    Raises:
        LineError: of a later version, or a key has another kind of value.
    """
    if record[MARK] != VERSION:
        raise LineError(f"{MARK} is {record[MARK]!r}; this release reads version {VERSION}")
    services = _typed(record, "services", dict, {})
    if any(block is not None and not isinstance(block, dict) for block in services.values()):
        raise LineError("services: expected an object for each API")
    return About(services=services, sole_writer=_typed(record, "sole_writer", bool, False))


def parse(text: str) -> Json:
    """The JSON object on a line.

    Raises:
        LineError: there is none.
    """
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LineError(f"no JSON ({error})") from None
    if not isinstance(record, dict):
        raise LineError("no JSON object")
    return record


def read(record: Json, number: int, apis: Mapping[str, str]) -> Line:
    """The line that a JSON object is.

    Args:
        record: the object.
        number: of the line.
        apis: names of APIs by the packages or services that begin the paths of their methods.

    Raises:
        LineError: it is none.
    """
    kind = _typed(record, "kind", str, "call")
    if kind not in KINDS:
        raise LineError(f"kind is {kind!r}, expected one of {', '.join(KINDS)}")
    method = _typed(record, "method", str, "")
    if not method and kind in ("call", "open", "hook"):
        raise LineError(f"no method, which a line of kind {kind} needs")
    if kind in ON_STREAM and "stream" not in record:
        raise LineError(f"no stream, which a line of kind {kind} needs")
    status = _typed(record, "status", dict, {})
    code = _typed(status, "code", str, "")
    at_us = _time(record)
    if at_us is None and kind in ("call", "open"):
        raise LineError(f"neither at nor at_us, one of which a line of kind {kind} needs")
    took_ms = _typed(record, "took_ms", (int, float), None)
    return Line(
        number=number,
        api=_api(record, method, apis),
        kind=kind,
        method=method.rpartition("/")[2] if method.startswith("/") else method,
        at_us=at_us,
        mono_us=_typed(record, "mono_us", int, None),
        took_us=None if took_ms is None or took_ms < 0 else round(took_ms * 1000),
        stream=str(record.get("stream", "")),
        caller=_typed(record, "caller", str, ""),
        request=record.get("request"),
        reply=record.get("reply"),
        code="" if code == "OK" else code,
        details=_typed(status, "details", str, ""),
        trailer=_typed(status, "trailer", str, ""),
        raw=record,
    )


def _api(record: Json, method: str, apis: Mapping[str, str]) -> str:
    given: str = _typed(record, "api", str, "")
    if given or not method.startswith("/"):
        return given
    service = method.split("/")[1]
    return next((api for prefix, api in apis.items() if service.startswith(prefix)), service)


def _time(record: Json) -> int | None:
    if "at_us" in record:
        us: int | None = _typed(record, "at_us", int, None)
        return us
    text: str | None = _typed(record, "at", str, None)
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise LineError(f"at is {text!r}, expected a time as 2026-11-22T10:00:00Z") from None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return round(at.timestamp() * 1_000_000)


def _typed(record: Json, key: str, kind: Any, default: Any) -> Any:
    value = record.get(key, default)
    if value is default or value is None:
        return default
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        names = " or ".join(k.__name__ for k in (kind if isinstance(kind, tuple) else (kind,)))
        raise LineError(f"{key} is {value!r}, expected {names}")
    return value
