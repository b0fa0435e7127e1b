"""What the run is told when the address of the exchange is not that of GraphQL."""

import json

import pytest

from conformance.failures import UsageError
from conformance.targets.budget import Budget
from conformance.targets.exchange_api import Caretaker
from conformance.targets.profile import Target
from conformance.tests.targets.exchange_target import another, described

MISSING = {"detail": "Not Found"}


def told(target):
    with pytest.raises(UsageError) as refused:
        Caretaker(target, Budget()).require()
    return str(refused.value)


def test_a_wrong_url_is_told_with_the_answer_and_the_key():
    with another(404, json.dumps(MISSING).encode()) as address:
        assert told(described(f"http://{address}/api")) == (
            f"http://{address}/api is no GraphQL endpoint: it answers user_getUserSession with "
            'HTTP 404 {"detail": "Not Found"}, expected a JSON object with data or errors; it is '
            "services.exchange.url in the target file"
        )
        text = told(Target(http=f"http://{address}"))
    assert text.startswith(f"http://{address}/graphql is no GraphQL endpoint")
    assert "it is --http, or http in the target file, with /graphql behind it" in text


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b'{"errors": [{"status": "404", "title": "Not Found"}]}'),
        (405, b""),
        (301, b"<h1>moved</h1>"),
        (403, b'{"message": "Missing Authentication Token"}'),
        (200, b"<!doctype html>"),
        (200, b'{"detail": "welcome"}'),
        (200, b"[]"),
    ],
)
def test_other_answers_that_are_none_of_graphql(status, body):
    with another(status, body) as address:
        text = told(described(f"http://{address}"))
    assert f"HTTP {status} {body.decode()}".strip() + ", expected a JSON object" in text


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b'{"data": null}'),
        (400, b'{"errors": [{"message": "m", "errorType": "e"}]}'),
        (500, b"broken"),
        (429, b"later"),
    ],
)
def test_what_may_be_broken_or_busy_is_left_to_the_checks(status, body):
    with another(status, body) as address:
        Caretaker(described(f"http://{address}"), Budget()).require()


def test_an_answer_that_repeats_the_token_is_shown_without_it():
    said = json.dumps({"headers": {"Authorization": "hush-hush"}}).encode()
    with another(200, said) as address:
        text = told(described(f"http://{address}", tokens={"owner": "hush-hush"}))
    assert "hush" not in text
