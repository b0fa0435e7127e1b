from __future__ import annotations

from pathlib import Path

import pytest

from loadtests import http_target, target
from loadtests.catalogue import find
from loadtests.errors import UsageError
from loadtests.http_target import Exchange
from loadtests.options import resolve
from loadtests.preflight import check_all
from loadtests.target import Target


def written(folder: Path, text: str) -> Path:
    path = folder / "target.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_profile_of_the_exchange_needs_no_grpc_endpoint(tmp_path: Path) -> None:
    found = target.read(
        written(
            tmp_path,
            "load_allowed: true\nservices: {exchange: {url: 'https://x.appsync-api.org/graphql', "
            "tokens: {owner: tiger}, time_series_db: db, sql: none, settle: 2s, "
            "headers: {a: b}, csv_columns: {value: v}, max_records: 7, clock: simulated}}\n",
        )
    )
    said = found.exchange
    assert found.endpoint == "x.appsync-api.org:443"
    assert said.websocket_url == "wss://x.appsync-realtime-api.org/graphql"
    assert (said.token, said.has_sql, said.settle_s, said.max_records) == ("tiger", False, 2.0, 7)
    assert (said.time_series_db, said.is_simulated) == ("db", True)
    assert not found.is_loopback
    assert "tiger" not in repr(found)
    assert Target.from_json(found.to_json()) == found


def test_without_a_url_of_its_own_it_is_at_that_of_the_target(tmp_path: Path) -> None:
    text = "http: http://127.0.0.1:8/\nservices: {exchange: {}}\n"
    found = target.read(written(tmp_path, text))
    assert found.exchange.url == "http://127.0.0.1:8/graphql"
    assert found.exchange.token == "owner"
    assert found.is_loopback


def test_an_address_may_be_a_url(tmp_path: Path) -> None:
    found = target.at("http://127.0.0.1:8090")
    assert (found.endpoint, found.exchange.url) == (
        "127.0.0.1:8090",
        "http://127.0.0.1:8090/graphql",
    )
    path = written(tmp_path, "services: {exchange: {url: 'http://a/graphql', settle: 1s}}\n")
    replaced = target.read(path, endpoint="https://[::1]/other")
    assert replaced.endpoint == "[::1]:443"
    assert replaced.exchange.url == "https://[::1]/other"
    assert replaced.exchange.websocket_url == "wss://[::1]/other"
    assert replaced.exchange.settle_s == 1


@pytest.mark.parametrize("text", ["http://", "http://:5/graphql", "https://a:x/", "http://a:0/"])
def test_a_wrong_url_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="expected http://HOST:PORT/graphql"):
        target.at(text)


@pytest.mark.parametrize(
    ("url", "websocket_url", "is_loopback"),
    [
        ("http://127.0.0.1:1/graphql", "ws://127.0.0.1:1/graphql", True),
        ("http://example.org/graphql", "ws://127.0.0.1:1/graphql", False),
        ("http://127.0.0.1:1/graphql", "wss://example.org/graphql", False),
    ],
)
def test_this_machine_is_where_everything_is(
    url: str, websocket_url: str, is_loopback: bool
) -> None:
    exchange = Exchange(url=url, websocket_url=websocket_url)
    assert Target(endpoint="127.0.0.1:1", exchange=exchange).is_loopback is is_loopback


def test_ports_follow_from_the_scheme() -> None:
    urls = ("http://a/x", "https://a/x", "ws://a/x", "wss://a/x", "http://a:5/x")
    assert [http_target.address_of(url) for url in urls] == [
        "a:80",
        "a:443",
        "a:80",
        "a:443",
        "a:5",
    ]


def test_a_grpc_api_is_not_at_a_url() -> None:
    options = resolve({"endpoint": "http://127.0.0.1:1"}, find("L-DSP-1"))
    with pytest.raises(UsageError, match=r"the dispatch API speaks gRPC: .*HOST:PORT"):
        check_all(options, find("L-DSP-1"))
