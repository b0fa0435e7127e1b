"""Details of refusals: read from trailers, and judged."""

import grpc
import pytest

from conformance.mutants.tasks import wire
from conformance.mutants.tasks.book import absent, invalid
from conformance.oracles.tasks.errors import (
    TRAILER,
    fields_of_request,
    judge_details,
    leaks,
    read_details,
)

CODE = grpc.StatusCode


def details_of(refusal, messages=None):
    found = wire.details(refusal) if messages is None else messages
    return read_details([("x", "y"), (TRAILER, wire.trailer(refusal, found))])


def test_details_are_read_by_their_kinds():
    found = details_of(invalid("task.type", "is required", "FIELD_REQUIRED"))
    assert (found.present, found.code, found.reason) == (True, 3, "FIELD_REQUIRED")
    assert found.kinds == ("ErrorInfo", "BadRequest")
    assert found.violations == (("task.type", "is required"),)
    assert judge_details(CODE.INVALID_ARGUMENT, found) == []
    missing = details_of(absent("tenants/t1/tasks/a"))
    assert missing.resources == (("", "tenants/t1/tasks/a"),)
    assert judge_details(CODE.NOT_FOUND, missing) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda m: [*m, m[0]], "twice"),
        (lambda m: m[1:], "info"),
        (lambda m: m[:1], "kind"),
    ],
)
def test_wrong_details_are_told(change, code):
    refusal = invalid("name", "is wrong")
    found = details_of(refusal, change(wire.details(refusal)))
    assert [v.code for v in judge_details(CODE.INVALID_ARGUMENT, found)] == [code]


def test_missing_and_broken_trailers_are_told():
    assert [v.code for v in judge_details(CODE.NOT_FOUND, read_details([]))] == ["absent"]
    broken = read_details([(TRAILER, b"\xff\xff")])
    assert [v.code for v in judge_details(CODE.NOT_FOUND, broken)] == ["broken"]
    other = details_of(absent("x"))
    assert "code" in {v.code for v in judge_details(CODE.INVALID_ARGUMENT, other)}


def test_fields_are_those_of_the_request():
    known = ("parent", "task", "task_id")
    assert fields_of_request(["task.type", "taskId", "task[0].x", "links"], known) == ["links"]


def test_leaks_are_found():
    assert leaks("no such task") is None
    assert leaks('Traceback (most recent call last):\n  File "a.py", line 1')
    assert leaks("goroutine 7 [running]")
    assert leaks("token s3cret is wrong", ["s3cret"]) == "a credential"
