import json

import grpc
import pytest

from conformance.failures import Nonconformance
from conformance.judging import NEVER
from conformance.targets.exchange_errors import (
    ANY_ERROR,
    GraphRefused,
    Reply,
    malformed,
    null,
    refusal,
)

CODE = grpc.StatusCode


def reply(status, document):
    body = json.dumps(document).encode()
    return Reply(status=status, headers={}, body=body, document=document)


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (401, "UnauthorizedException", CODE.UNAUTHENTICATED),
        (401, "Whatever", CODE.UNAUTHENTICATED),
        (200, "Unauthorized", CODE.NOT_FOUND),
        (200, "ValidationError", CODE.INVALID_ARGUMENT),
        (200, "NobodyKnowsThis", CODE.FAILED_PRECONDITION),
        (200, "InternalFailure", CODE.INTERNAL),
        (503, "Anything", CODE.INTERNAL),
    ],
)
def test_kinds_of_errors(status, kind, code):
    error = {"message": "m", "errorType": kind, "errorInfo": {"RejectedRecords": [{"a": 1}]}}
    found = refusal("op", reply(status, {"data": None, "errors": [error]}))
    assert (found.code, found.kind, found.http_status) == (code, kind, status)
    assert found.rejected_records == ({"a": 1},)
    assert str(found) == f"answer of op: got {kind}: m, expected data and no errors"
    assert isinstance(found, Nonconformance)


def test_answers_without_errors():
    assert refusal("op", reply(500, {})).code is CODE.INTERNAL
    assert refusal("op", reply(404, {})).code is CODE.UNIMPLEMENTED
    silent = null("op", reply(200, {"data": {"op": None}}))
    assert (silent.code, silent.silent, silent.rejected_records) == (CODE.NOT_FOUND, True, ())


def test_a_refusal_of_any_kind_is_no_breakdown():
    assert not ANY_ERROR & NEVER
    assert CODE.OK not in ANY_ERROR
    assert GraphRefused("op", CODE.NOT_FOUND, "").got == "NOT_FOUND"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ({"message": "m", "errorType": "t"}, None),
        ({"message": "m"}, "no errorType"),
        ({"errorType": "t", "message": ""}, "no message"),
        ("text", "no object"),
    ],
)
def test_what_every_error_has_to_have(error, told):
    assert malformed(error) is None if told is None else told in str(malformed(error))


def test_parts_of_an_answer():
    found = reply(200, {"data": {"a": None, "b": 1}, "errors": [{"errorType": "X"}, {}]})
    assert (found.has_data, found.kinds) == (True, ("X", ""))
    assert not reply(200, {"data": None}).has_data
    assert reply(200, {"errors": "text"}).errors == ()
