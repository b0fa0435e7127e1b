"""Refusals: their details, each kind once, and small enough for trailers."""

import pytest
from google.rpc import error_details_pb2 as rpc
from google.rpc.status_pb2 import Status

from simulator.services.errors import Code, ServiceError
from simulator.services.tasks import refusals
from simulator.services.tasks.refusals import Violation, bad_request, bare, collected, explain
from simulator.tests.services.tasks.api import Refusal


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (Code.UNAUTHENTICATED, "CREDENTIALS_MISSING"),
        (Code.PERMISSION_DENIED, "TENANT_FORBIDDEN"),
        (Code.ABORTED, "CONFLICT"),
        (Code.RESOURCE_EXHAUSTED, "RATE_LIMITED"),
        (Code.INTERNAL, "INTERNAL"),
        (Code.OUT_OF_RANGE, "OUT_OF_RANGE"),
    ],
)
def test_every_refusal_has_a_reason(code: Code, reason: str) -> None:
    refusal = Refusal(explain(ServiceError(code, "why")))
    assert (refusal.code, refusal.text, refusal.reason) == (code, "why", reason)


def test_what_may_be_tried_again_says_when() -> None:
    for code in (Code.UNAVAILABLE, Code.RESOURCE_EXHAUSTED):
        assert Refusal(explain(ServiceError(code, "x"))).details["RetryInfo"].retry_delay.seconds
    assert "RetryInfo" not in Refusal(explain(ServiceError(Code.INTERNAL, "x"))).details


def test_a_reason_that_is_there_stays() -> None:
    refusal = Refusal(explain(explain(refusals.precondition("TASK_STATE", "tenants/a", "why"))))
    assert refusal.reason == "TASK_STATE"
    assert set(refusal.details) == {"ErrorInfo", "PreconditionFailure"}


def test_the_first_violation_gives_the_reason() -> None:
    def check() -> None:
        with collected() as violations:
            violations.missing("a")
            violations.add("b", "is bad", "FILTER_INVALID")

    with pytest.raises(ServiceError) as raised:
        check()
    refusal = Refusal(raised.value)
    assert (refusal.reason, refusal.fields) == ("FIELD_REQUIRED", ["a", "b"])
    assert refusal.text == "a: is required (and 1 more)"


def test_nothing_wrong_is_no_refusal() -> None:
    with collected() as violations:
        assert violations.found == []


def test_many_long_violations_still_fit_into_trailers() -> None:
    error = bad_request([Violation(field="f" * 5000, text="ä" * 5000)] * 500)
    status = Status(code=error.code, message=error.text)
    for detail in error.details:
        status.details.add().Pack(detail)
    assert status.ByteSize() < 5120
    assert "499 more" in error.text


def test_details_can_be_left_out() -> None:
    error = bare(bad_request([Violation(field="a", text="b")]))
    assert (error.code, error.text, error.details) == (Code.INVALID_ARGUMENT, "a: b", ())


def test_resources_are_named_by_their_full_kind() -> None:
    error = Refusal(refusals.exists("Task", "tenants/t1/tasks/a"))
    info = error.details["ResourceInfo"]
    assert isinstance(info, rpc.ResourceInfo)
    assert info.resource_type == "enpowerx.tasks.v3.Task"
