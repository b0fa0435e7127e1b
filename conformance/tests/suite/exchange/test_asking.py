"""What counts as taken, wrong and denied, and which refusals look alike."""

import json
from typing import Any

import grpc
import pytest

from conformance.failures import Nonconformance, Refused
from conformance.suite.exchange import asking
from conformance.targets.exchange_documents import inlined
from conformance.targets.exchange_errors import GraphRefused, Reply
from conformance.tests.checking import running

STORE = "storage_getDataStore"


def reply(document, status=200):
    body = json.dumps(document).encode()
    return Reply(status=status, headers={}, body=body, document=document)


def error(kind="Unauthorized", message="No.", **more):
    return {"message": message, "errorType": kind, **more}


class View:
    """Answers every call with one reply."""

    def __init__(self, answer):
        self.answer = answer

    def post(self, body):
        return self.answer


def denied(answer, **how):
    document = inlined(STORE, {"dataStoreId": "dataStore-1"})
    target: Any = View(answer)
    with running() as check:
        asking.denied(target, document, "a store", **how)
    return [seen.reading for seen in check.observations]


def test_data_and_errors_are_not_taken():
    assert asking.taken(reply({"data": {"a": 1}}), "call") == {"a": 1}
    for bad in (
        reply({"data": {"a": 1}, "errors": [error()]}),
        reply({"data": None}),
        reply({"data": {"a": 1}}, status=500),
    ):
        with pytest.raises(Nonconformance, match="call"):
            asking.taken(bad, "call")


def test_what_is_wrong_is_refused_without_data_and_without_a_crash():
    asking.wrong(reply({"errors": [error("ValidationError")]}, status=400), "document")
    for bad in (
        reply({"data": {"a": 1}}),
        reply({"data": {"a": 1}, "errors": [error("ValidationError")]}),
        reply({"errors": [error("ValidationError")]}, status=500),
        reply({"errors": [error("InternalFailure")]}),
    ):
        with pytest.raises(Nonconformance, match="document"):
            asking.wrong(bad, "document")


def test_null_without_an_error_is_a_reading():
    assert denied(reply({"data": {STORE: None}, "errors": [error()]})) == []
    assert denied(reply({"data": {STORE: None}})) == ["null without an error"]


@pytest.mark.parametrize(
    "answer",
    [
        reply({"data": {STORE: {"name": "x"}}, "errors": [error()]}),
        reply({"data": {STORE: []}}),
        reply({"data": None, "errors": [error("UnauthorizedException")]}, status=401),
        reply({"data": None, "errors": [error("InternalFailure")]}),
    ],
)
def test_data_and_other_errors_are_no_denial(answer):
    with pytest.raises(Nonconformance, match="a store"):
        denied(answer)


def test_a_denial_that_tells_the_name_is_none():
    told = reply({"errors": [error(message="Reports of Olive are not yours.")]})
    assert denied(told, hidden=("Secrets",)) == []
    with pytest.raises(Nonconformance, match="text of the answer"):
        denied(told, hidden=("Reports of Olive",))


def test_refusals_look_alike_but_for_ids():
    one = reply({"errors": [error(message="no dataStore-0123abcd-4567", requestId="1")]})
    other = reply({"errors": [error(message="no dataStore-9999ffff-0000", requestId="2")]})
    assert asking.form_of(one) == asking.form_of(other)
    for different in (
        reply({"errors": [error("NotFound", "no dataStore-0123abcd-4567")]}),
        reply({"errors": [error(message="not yours")]}),
        reply({"errors": [error(message="no dataStore-0123abcd-4567")]}, status=403),
        reply({"data": {STORE: None}}),
    ):
        assert asking.form_of(one) != asking.form_of(different)


@pytest.mark.parametrize(
    "id_", ["dataStore-00000000-0000-4000-8000-000000000000", "dataStore-naive-owner"]
)
def test_another_id_has_the_same_form(id_):
    other = asking.elsewhere(id_)
    assert other != id_
    assert len(other) == len(id_)
    assert other[:-12] == id_[:-12]
    assert [c.isdigit() for c in other] == [c.isdigit() for c in id_]


def test_lasting_data_has_no_time_of_the_last_call():
    data = {"user": {"lastActive": "now", "id": "1"}, "list": [{"lastActive": None}, "x"]}
    assert asking.lasting(data) == {"user": {"id": "1"}, "list": [{}, "x"]}


class Settling:
    """Looks three times."""

    def settled(self, look, *, what):
        for _ in range(3):
            if found := look():
                return found
        raise Nonconformance(what)


def test_what_is_reached_may_be_refused_for_a_while():
    answers = iter([GraphRefused("x", grpc.StatusCode.NOT_FOUND, ""), "store"])

    def call():
        answer = next(answers)
        if isinstance(answer, Refused):
            raise answer
        return answer

    target: Any = Settling()
    assert asking.reached(target, call, "a store") == "store"
