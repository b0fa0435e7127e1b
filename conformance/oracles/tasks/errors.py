"""Details of a refusal: read from the trailer, and judged by the rules for errors (AIP-193).

The trailer `grpc-status-details-bin` holds a `google.rpc.Status`, whose messages are well known
and the same for every vendor, so they are read with the common classes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

from conformance.oracles.model import Violation

TRAILER = "grpc-status-details-bin"

REASON = re.compile(r"[A-Z][A-Z0-9_]*[A-Z0-9]")
"""Form of a reason (AIP-193)."""

LEAKS = re.compile(
    r"Traceback \(most recent|File \"[^\"]+\", line \d+|\bat [\w.$]+\([\w.]+:\d+\)|goroutine \d+"
    r"|\.go:\d+ \+0x|panic: |Exception in thread|Bearer [\w.-]{6,}|BEGIN [A-Z ]*PRIVATE KEY"
)
"""What a message to a client never holds: stack traces of common languages, and credentials."""

_Code = grpc.StatusCode

EXPECTED: Mapping[grpc.StatusCode, frozenset[str]] = {
    _Code.INVALID_ARGUMENT: frozenset({"BadRequest"}),
    _Code.NOT_FOUND: frozenset({"ResourceInfo"}),
    _Code.ALREADY_EXISTS: frozenset({"ResourceInfo"}),
    _Code.FAILED_PRECONDITION: frozenset({"PreconditionFailure", "ErrorInfo"}),
}
"""Kinds of details of which one has to come with a status."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Details:
    """What a refusal says besides its status.

    Attributes:
        present: whether the trailer was there and could be read.
        code, message: of the Status in the trailer.
        kinds: short names of all details, in order, repeated ones too.
        reason, domain: of ErrorInfo.
        violations: field and description of BadRequest.
        resources: type and name of ResourceInfo.
        preconditions: type, subject and description of PreconditionFailure.
    """

    present: bool = False
    code: int | None = None
    message: str = ""
    kinds: tuple[str, ...] = ()
    reason: str = ""
    domain: str = ""
    violations: tuple[tuple[str, str], ...] = ()
    resources: tuple[tuple[str, str], ...] = ()
    preconditions: tuple[tuple[str, str, str], ...] = ()
    broken: str = field(default="", repr=False)

    @property
    def fields(self) -> tuple[str, ...]:
        """Paths that BadRequest names."""
        return tuple(path for path, _ in self.violations)


NOTHING = Details()
"""A refusal without details."""


def read_details(trailers: Iterable[tuple[str, str | bytes]]) -> Details:
    """The details in the trailers of a call.

    Without any, or with unreadable ones, `present` is False; `broken` says why.
    """
    found = [value for key, value in trailers if key == TRAILER]
    if not found:
        return NOTHING
    data = found[0] if isinstance(found[0], bytes) else found[0].encode("latin-1")
    try:
        status = status_pb2.Status.FromString(data)
    except DecodeError:
        return Details(broken=f"{TRAILER} holds no google.rpc.Status")
    return _details(status)


def _details(status: status_pb2.Status) -> Details:
    kinds, reason, domain = [], "", ""
    violations: list[tuple[str, str]] = []
    resources: list[tuple[str, str]] = []
    preconditions: list[tuple[str, str, str]] = []
    for packed in status.details:
        kind = packed.type_url.rpartition(".")[2]
        kinds.append(kind)
        known = getattr(error_details_pb2, kind, None)
        message = known() if known else None
        if message is None or not packed.Unpack(message):
            continue
        if kind == "ErrorInfo":
            reason, domain = message.reason, message.domain
        elif kind == "BadRequest":
            violations += [(v.field, v.description) for v in message.field_violations]
        elif kind == "ResourceInfo":
            resources.append((message.resource_type, message.resource_name))
        elif kind == "PreconditionFailure":
            preconditions += [(v.type, v.subject, v.description) for v in message.violations]
    return Details(
        present=True,
        code=status.code,
        message=status.message,
        kinds=tuple(kinds),
        reason=reason,
        domain=domain,
        violations=tuple(violations),
        resources=tuple(resources),
        preconditions=tuple(preconditions),
    )


def judge_details(code: grpc.StatusCode, details: Details) -> list[Violation]:
    """What is wrong with the details of a refusal.

    Codes: `absent` no details; `broken` cannot be read; `code` the Status says another code;
    `info` no ErrorInfo, or one without a proper reason; `twice` a kind more than once;
    `kind` what belongs to the status is missing.
    """
    return list(_wrong(code, details))


def _wrong(code: grpc.StatusCode, details: Details) -> Iterator[Violation]:
    if not details.present:
        yield Violation(
            code="broken" if details.broken else "absent",
            text=details.broken or f"no {TRAILER} in the trailers",
        )
        return
    if details.code != code.value[0]:
        yield Violation(code="code", text=f"status {code.name}, but {details.code} in the details")
    for kind in sorted(set(details.kinds)):
        if (times := details.kinds.count(kind)) > 1:
            yield Violation(code="twice", text=f"{kind} {times} times")
    if "ErrorInfo" not in details.kinds:
        yield Violation(code="info", text=f"no ErrorInfo among {list(details.kinds)}")
    elif not REASON.fullmatch(details.reason):
        yield Violation(code="info", text=f"reason {details.reason!r} is not UPPER_SNAKE_CASE")
    wanted = EXPECTED.get(code, frozenset())
    if wanted and not wanted & set(details.kinds):
        yield Violation(code="kind", text=f"none of {sorted(wanted)} among {list(details.kinds)}")


def fields_of_request(paths: Collection[str], known: Collection[str]) -> list[str]:
    """Those paths of violations whose first name is no field of the request.

    Args:
        paths: as BadRequest names them.
        known: field names of the request, in either spelling.
    """
    plain = {name.replace("_", "").lower() for name in known}
    heads = {path: re.split(r"[.\[]", path)[0].replace("_", "").lower() for path in paths}
    return [path for path, head in heads.items() if head not in plain]


def leaks(text: str, secrets: Collection[str] = ()) -> str | None:
    """What a text to a client gives away: a stack trace, a credential; None if nothing."""
    found = LEAKS.search(text)
    if found:
        return found.group()
    return next(("a credential" for secret in secrets if secret and secret in text), None)
