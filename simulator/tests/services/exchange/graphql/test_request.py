"""What is a request, and what is none."""

import json

import pytest

from simulator.services.exchange.graphql.request import (
    MalformedRequest,
    Request,
    read_request,
    request_of,
)


def test_all_keys_are_read_and_others_ignored():
    body = {"query": "q", "variables": {"a": 1}, "operationName": "n", "extensions": {}}
    expected = Request(query="q", variables={"a": 1}, operation_name="n")
    assert read_request(json.dumps(body)) == request_of(body) == expected
    assert request_of({"query": "q", "variables": None, "operationName": ""}) == Request(query="q")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"{}"',
        b"{",
        b"{}",
        b'{"query": null}',
        b'{"query": 5}',
        b'{"query": "q", "variables": []}',
        b'{"query": "q", "variables": "{}"}',
        b'{"query": "q", "operationName": 5}',
        b'{"query": "q", "variables": {"a": NaN}}',
        b'{"query": "q", "variables": {"a": -Infinity}}',
        b'{"query": "\xff"}',
        b'{"query": "q", "variables": {"a": "\\ud800"}}',
        b"[" * 100_000,
        b'{"query": "q", "variables": {"a": ' + b"9" * 5000 + b"}}",
    ],
)
def test_what_is_no_request(body):
    with pytest.raises(MalformedRequest):
        read_request(body)


@pytest.mark.parametrize("text", ["\U0001f600", "ü", "\\u0000", '\\"', "\\\\ud800"])
def test_texts_that_are_texts(text):
    assert read_request(f'{{"query": "{text}"}}'.encode()).query == json.loads(f'"{text}"')
