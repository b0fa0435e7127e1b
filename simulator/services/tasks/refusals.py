"""What the tasks API refuses, with the details of google.rpc that its readers branch on.

Seed 001's vendor documents the richer error model; which kind of detail a code carries follows
AIP-193, the reasons are our choice. A request is refused for all that is wrong with it at once.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2 as rpc

from simulator.services.errors import Code, ServiceError, shown
from simulator.services.tasks.wire import PACKAGE

MOST_VIOLATIONS: Final = 16
MOST_BYTES: Final = 4096
"""Details travel in trailers, which peers limit to 8 KiB; the first few violations say enough."""
_LONGEST: Final = 120
_RETRY_S: Final = 1

_REASONS: Final = {
    Code.INVALID_ARGUMENT: "FIELD_INVALID",
    Code.UNAUTHENTICATED: "CREDENTIALS_MISSING",
    Code.PERMISSION_DENIED: "TENANT_FORBIDDEN",
    Code.NOT_FOUND: "RESOURCE_NOT_FOUND",
    Code.ALREADY_EXISTS: "RESOURCE_EXISTS",
    Code.ABORTED: "CONFLICT",
    Code.RESOURCE_EXHAUSTED: "RATE_LIMITED",
}
"""The reason of a refusal that names none itself."""
_RETRIED: Final = (Code.UNAVAILABLE, Code.RESOURCE_EXHAUSTED)


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One thing that is wrong with a request."""

    field: str
    """Path in the request, such as `type.links[0].uri_template`."""
    text: str
    reason: str = "FIELD_INVALID"


@dataclass(kw_only=True)
class Violations:
    """All that is wrong with a request, as it is found."""

    found: list[Violation] = field(default_factory=list)

    def add(self, field: str, text: str, reason: str = "FIELD_INVALID") -> None:
        """Note one thing."""
        self.found.append(Violation(field=field, text=text, reason=reason))

    def missing(self, field: str) -> None:
        """Note that a required field is not set."""
        self.add(field, "is required", "FIELD_REQUIRED")


@contextmanager
def collected() -> Iterator[Violations]:
    """Collect violations, and refuse the request if there are any in the end.

    Raises:
        ServiceError: INVALID_ARGUMENT; all of them in one BadRequest.
    """
    violations = Violations()
    yield violations
    if violations.found:
        raise bad_request(violations.found)


def bad_request(violations: Sequence[Violation]) -> ServiceError:
    """Return the refusal of a request for one or more violations; the first one is its reason."""
    first = violations[0]
    more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
    detail = rpc.BadRequest(field_violations=_fitting(violations))
    text = f"{_short(first.field)}: {_short(first.text)}{more}"
    return ServiceError(Code.INVALID_ARGUMENT, text, [_info(first.reason), detail])


def not_found(kind: str, name: str, field: str, code: Code = Code.NOT_FOUND) -> ServiceError:
    """Return the refusal of a well-formed name of nothing; `kind` such as `Task`."""
    if code is Code.INVALID_ARGUMENT:
        return bad_request([Violation(field=field, text=f"there is no {shown(name, 160)}")])
    text = f"{field}: there is no {shown(name, 160)}"
    if code is Code.FAILED_PRECONDITION:
        return precondition("RESOURCE_NOT_FOUND", name, text)
    return ServiceError(code, text, [_info("RESOURCE_NOT_FOUND"), _resource(kind, name, text)])


def exists(kind: str, name: str) -> ServiceError:
    """Return the refusal of a name that is taken."""
    text = f"{shown(name, 160)} exists already"
    detail = _resource(kind, name, text)
    return ServiceError(Code.ALREADY_EXISTS, text, [_info("RESOURCE_EXISTS"), detail])


def precondition(reason: str, subject: str, text: str) -> ServiceError:
    """Return the refusal of a call whose subject, a resource's name, is not fit for it."""
    detail = rpc.PreconditionFailure(
        violations=[
            rpc.PreconditionFailure.Violation(
                type=reason, subject=subject, description=_short(text, 400)
            )
        ]
    )
    return ServiceError(Code.FAILED_PRECONDITION, text, [_info(reason), detail])


def explain(error: ServiceError) -> ServiceError:
    """Return a refusal with the details that every one of this API has."""
    names = {detail.DESCRIPTOR.full_name for detail in error.details}
    details = list(error.details)
    if rpc.ErrorInfo.DESCRIPTOR.full_name not in names:
        details.insert(0, _info(_REASONS.get(error.code, error.code.name)))
    if error.code in _RETRIED and rpc.RetryInfo.DESCRIPTOR.full_name not in names:
        details.append(rpc.RetryInfo(retry_delay=Duration(seconds=_RETRY_S)))
    return ServiceError(error.code, error.text, details)


def bare(error: ServiceError) -> ServiceError:
    """Return a refusal without any details."""
    return ServiceError(error.code, error.text)


def _fitting(violations: Sequence[Violation]) -> list[rpc.BadRequest.FieldViolation]:
    kept: list[rpc.BadRequest.FieldViolation] = []
    left = MOST_BYTES
    for each in violations[:MOST_VIOLATIONS]:
        kept.append(
            rpc.BadRequest.FieldViolation(field=_short(each.field), description=_short(each.text))
        )
        left -= kept[-1].ByteSize()
        if left < 0:
            return kept[:-1]
    return kept


def _info(reason: str) -> rpc.ErrorInfo:
    return rpc.ErrorInfo(reason=reason, domain=PACKAGE)


def _resource(kind: str, name: str, text: str) -> rpc.ResourceInfo:
    return rpc.ResourceInfo(
        resource_type=f"{PACKAGE}.{kind}", resource_name=name, description=_short(text)
    )


def _short(text: str, longest: int = _LONGEST) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
