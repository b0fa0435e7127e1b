"""What a handshake that fails says: what came back, and which key holds the address."""

import grpc
import pytest

from conformance.failures import TargetLost
from conformance.targets.exchange import GraphRefused
from conformance.targets.exchange_session import websocket_setting
from conformance.tests.targets.exchange_target import another, described, target

NAMED = "the address is services.exchange.websocket_url in the target file"


@pytest.mark.parametrize(
    ("status", "version", "code", "said"),
    [
        (404, "HTTP/1.1", grpc.StatusCode.FAILED_PRECONDITION, "HTTP 404"),
        (403, "HTTP/1.1", grpc.StatusCode.UNAUTHENTICATED, "HTTP 403"),
        (404, "HTTP/1.0", grpc.StatusCode.FAILED_PRECONDITION, "HTTP/1.0 404 Not Found"),
    ],
)
def test_a_refused_handshake_names_the_key_of_its_address(tmp_path, status, version, code, said):
    with another(status, b"{}", version=version) as address:
        url = f"ws://{address}/graphql"
        with (
            target(tmp_path, websocket_url=url) as exchange,
            pytest.raises(GraphRefused) as refused,
        ):
            exchange.socket()
    assert refused.value.code is code
    assert refused.value.got.startswith(f"{code.name}: {url}: ")
    assert said in refused.value.got
    assert refused.value.got.endswith(f"({NAMED})")
    assert refused.value.wanted == "HTTP 101 Switching Protocols"
    assert "header=" not in str(refused.value)


def test_an_address_where_nobody_is_names_its_key(tmp_path):
    with (
        target(tmp_path, websocket_url="ws://127.0.0.1:1/graphql") as exchange,
        pytest.raises(TargetLost, match=f"ws://127.0.0.1:1/graphql does not .*; {NAMED}"),
    ):
        exchange.socket()


def test_an_address_that_was_derived_says_how_to_name_another():
    assert websocket_setting(described("http://a.test/graphql")) == (
        "the address is derived from the URL of GraphQL; "
        "services.exchange.websocket_url in the target file is taken first"
    )
