import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from fixtures.contracts import load
from fixtures.terminal import Exit
from simulator.commands.fetching import SERVICE, fetch_schedule
from simulator.commands.fetching_endpoint import (
    Endpoint,
    FetchError,
    endpoint_of,
    parse_metadata,
)
from simulator.microgrid.dispatch import Ids
from simulator.server.auth import Access, Gate, Key

METHOD = load("dispatch", generation="1.1").methods(SERVICE)["ListMicrogridDispatches"]


def dispatch(number: int, start_s: int = 1_800_000_000) -> Any:
    response: Any = METHOD.response()
    message = response.dispatches.add()
    message.metadata.dispatch_id = number
    message.data.type = "set_power"
    message.data.is_active = True
    message.data.start_time.seconds = start_s
    message.data.duration = 60
    message.data.target.component_ids.ids.append(4)
    message.data.payload["power_w"] = 1500
    return message


class Peer:
    """A dispatch endpoint that knows one microgrid and answers two dispatches a page."""

    def __init__(self) -> None:
        self.rows = [dispatch(number) for number in (5, 3, 9, 1, 7)]
        self.calls: list[tuple[Any, dict[str, str | bytes]]] = []
        self.token_of = str
        self.abort: tuple[grpc.StatusCode, str] | None = None
        self.release = threading.Event()
        self.release.set()

    def answer(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.release.wait(5)
        self.calls.append((request, dict(context.invocation_metadata())))
        if self.abort is not None:
            context.abort(*self.abort)
        first = int(request.pagination_params.page_token or 0)
        rows = self.rows if request.microgrid_id == 42 else []
        reply: Any = METHOD.response(dispatches=rows[first : first + 2])
        if first + 2 < len(rows):
            reply.pagination_info.next_page_token = self.token_of(first + 2)
        return reply


PEM = Path(__file__).parents[1] / "server" / "certificates"


@contextmanager
def serving(peer: Peer, credentials: Any = None) -> Iterator[str]:
    handler = grpc.unary_unary_rpc_method_handler(
        peer.answer,
        request_deserializer=METHOD.request.FromString,
        response_serializer=METHOD.response.SerializeToString,
    )
    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler(SERVICE, {"ListMicrogridDispatches": handler})]
    )
    if credentials is None:
        port = server.add_insecure_port("127.0.0.1:0")
    else:
        port = server.add_secure_port("127.0.0.1:0", credentials)
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        peer.release.set()
        server.stop(None).wait()


@pytest.fixture
def peer() -> Peer:
    return Peer()


def test_all_pages_are_fetched_and_sorted_by_id(peer):
    with serving(peer) as target:
        found = fetch_schedule(Endpoint(target=target, metadata=(("key", "K"),)), 42)
    assert [each.id for each in found] == [1, 3, 5, 7, 9]
    assert found[0].target == Ids(ids=(4,))
    assert found[0].payload == {"power_w": 1500}
    assert found[0].start_us == 1_800_000_000_000_000
    requests = [request for request, _ in peer.calls]
    assert [request.pagination_params.WhichOneof("params") for request in requests] == [
        "page_size",
        "page_token",
        "page_token",
    ]
    assert all(metadata["key"] == "K" for _, metadata in peer.calls)


def test_unknown_microgrid_has_an_empty_schedule(peer):
    with serving(peer) as target:
        assert fetch_schedule(Endpoint(target=target), 1) == ()


def test_token_that_repeats_does_not_loop_for_ever(peer):
    peer.token_of = lambda place: "2"
    with serving(peer) as target, pytest.raises(FetchError, match="same page token") as caught:
        fetch_schedule(Endpoint(target=target), 42)
    assert caught.value.code is Exit.USAGE


def test_endpoint_that_refuses_connections_is_unreachable():
    with pytest.raises(FetchError, match=r"^127\.0\.0\.1:1 cannot be reached: ") as caught:
        fetch_schedule(Endpoint(target="127.0.0.1:1", timeout_s=5), 42)
    assert caught.value.code is Exit.UNREACHABLE


def test_silent_endpoint_is_unreachable_after_the_deadline(peer):
    peer.release.clear()
    with serving(peer) as target, pytest.raises(FetchError, match=r"no answer within 0\.2 s") as e:
        fetch_schedule(Endpoint(target=target, timeout_s=0.2), 42)
    assert e.value.code is Exit.UNREACHABLE


def test_refusal_is_repeated_and_bad_usage(peer):
    peer.abort = (grpc.StatusCode.UNAUTHENTICATED, "no key")
    with serving(peer) as target, pytest.raises(FetchError, match="UNAUTHENTICATED: no key") as e:
        fetch_schedule(Endpoint(target=target), 42)
    assert e.value.code is Exit.USAGE


def test_endpoint_without_the_service_is_told():
    server = grpc.server(ThreadPoolExecutor(1))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with pytest.raises(FetchError, match="does not serve frequenz"):
            fetch_schedule(Endpoint(target=f"127.0.0.1:{port}"), 42)
    finally:
        server.stop(None).wait()


def test_what_cannot_be_simulated_is_named_by_its_id(peer):
    peer.rows[1].data.ClearField("start_time")
    peer.rows[2].data.recurrence.freq = 77
    with serving(peer) as target, pytest.raises(FetchError) as caught:
        fetch_schedule(Endpoint(target=target), 42)
    assert "dispatch 3: no start_time" in str(caught.value)
    assert "dispatch 9: " in str(caught.value)
    assert caught.value.code is Exit.USAGE


def test_absent_certificate_file_is_told(tmp_path):
    with pytest.raises(FetchError, match=r"--ca: cannot read .*none\.pem: No such file"):
        fetch_schedule(Endpoint(target="127.0.0.1:1", ca=tmp_path / "none.pem"), 42)


def test_file_without_a_certificate_is_told(tmp_path):
    (tmp_path / "a.pem").write_text("nothing")
    with pytest.raises(FetchError, match=r"--ca: .*a\.pem holds no certificate in PEM form"):
        fetch_schedule(Endpoint(target="127.0.0.1:1", ca=tmp_path / "a.pem"), 42)


def test_metadata_words():
    assert parse_metadata(["Key=a=b", "x-y=1"]) == (("key", "a=b"), ("x-y", "1"))
    for wrong in ("key", "=v", "k k=v", "sig-bin=v", "key=ä"):
        with pytest.raises(FetchError, match="expected key=value"):
            parse_metadata([wrong])


def test_refused_metadata_never_repeats_the_secret():
    with pytest.raises(FetchError) as caught:
        parse_metadata(["bad key=secret"])
    assert "secret" not in str(caught.value)


def test_key_and_signature_are_those_that_the_server_checks(peer):
    gate = Gate(Access(keys=(Key(key="K"),), sign_secret="S"), lambda: 1000.0)
    endpoint = Endpoint(target="x:1", auth_key="K", sign_secret="S")
    headers = endpoint.headers("ListMicrogridDispatches", now_s=1000.9, nonce="n" * 16)
    assert gate.admit(dict(headers), "ListMicrogridDispatches", signed=True).key == "K"
    with serving(peer) as target:
        fetch_schedule(Endpoint(target=target, auth_key="K", sign_secret="S"), 42)
    nonces = [metadata["nonce"] for _, metadata in peer.calls]
    assert len(set(nonces)) == len(nonces) == 3
    assert "K" not in repr(endpoint)
    assert "'S'" not in repr(endpoint)


def test_both_sides_show_certificates(peer):
    credentials = grpc.ssl_server_credentials(
        [((PEM / "server.key").read_bytes(), (PEM / "server.pem").read_bytes())],
        root_certificates=(PEM / "ca.pem").read_bytes(),
        require_client_auth=True,
    )
    ours = {"cert": PEM / "client.pem", "cert_key": PEM / "client.key"}
    with serving(peer, credentials) as target:
        secure = {"target": target, "ca": PEM / "ca.pem", "server_name": "localhost"}
        assert len(fetch_schedule(Endpoint(**secure, **ours), 42)) == 5
        with pytest.raises(FetchError, match="cannot be reached"):
            fetch_schedule(Endpoint(**secure, timeout_s=5), 42)
    with pytest.raises(FetchError, match="--cert and --cert-key: expected both"):
        fetch_schedule(Endpoint(target="x:1", cert=PEM / "client.pem"), 42)
    with pytest.raises(FetchError, match=r"--cert-key: .* holds no private key in PEM form"):
        fetch_schedule(Endpoint(target="x:1", **{**ours, "cert_key": PEM / "client.pem"}), 42)


def test_a_target_profile_says_where_and_as_whom(tmp_path, monkeypatch):
    monkeypatch.setenv("THE_KEY", "K")
    profile = tmp_path / "target.yaml"
    (tmp_path / "ca.pem").write_bytes((PEM / "ca.pem").read_bytes())
    profile.write_text(
        "endpoint: host:443\n"
        "tls: {ca: ca.pem, server_name: name}\n"
        "metadata: {x-a: '1'}\n"
        "metadata_command: 'echo X-B: 2'\n"
        "services: {dispatch: {auth_key: '${THE_KEY}', sign_secret: S, deadline: 3s}}\n"
    )
    assert endpoint_of(profile) == Endpoint(
        target="host:443",
        metadata=(("x-a", "1"), ("x-b", "2")),
        auth_key="K",
        sign_secret="S",
        tls=True,
        ca=tmp_path / "ca.pem",
        server_name="name",
        timeout_s=3.0,
    )
    assert endpoint_of(profile, "other:1").target == "other:1"


def test_mistakes_of_a_profile_are_told(tmp_path):
    profile = tmp_path / "target.yaml"
    for text, expected in (
        ("http: http://x\n", "endpoint: missing; expected HOST:PORT"),
        ("endpoint: 7\n", r"target\.yaml:1: endpoint"),
        ("endpoint: 'x:1'\nmetadata_command: 'exit 3'\n", "metadata_command ended with 3"),
    ):
        profile.write_text(text)
        with pytest.raises(FetchError, match=expected) as caught:
            endpoint_of(profile)
        assert caught.value.code is Exit.USAGE
