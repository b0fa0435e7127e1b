from __future__ import annotations

import base64
import hashlib
import hmac

from loadtests.channels import Shared, metadata, options
from loadtests.target import Dispatch, Target, Tls

TARGET = Target(
    endpoint="a:1",
    metadata={"authorization": "Bearer T"},
    dispatch=Dispatch(auth_key="K", sign_secret="S"),
)


def test_a_call_is_signed_over_key_time_nonce_and_method() -> None:
    pairs = dict(metadata(TARGET, "ListMicrogridDispatches"))
    assert pairs["authorization"] == "Bearer T"
    text = f"{pairs['key']}{pairs['ts']}{pairs['nonce']}ListMicrogridDispatches"
    digest = hmac.new(b"S", text.encode(), hashlib.sha256).digest()
    assert pairs["sig"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert len(pairs["nonce"]) == 24


def test_no_nonce_is_used_twice() -> None:
    assert metadata(TARGET, "A") != metadata(TARGET, "A")


def test_without_credentials_nothing_is_sent() -> None:
    assert metadata(Target(endpoint="a:1"), "A") == ()


def test_channels_hide_no_failure_and_share_no_connection() -> None:
    chosen = dict(options(TARGET))
    assert chosen["grpc.enable_retries"] == 0
    assert chosen["grpc.use_local_subchannel_pool"] == 1
    assert not any("keepalive" in name for name in chosen)


def test_small_windows_and_another_server_name() -> None:
    chosen = dict(options(Target(endpoint="a:1", tls=Tls(server_name="b")), small_window=True))
    assert chosen["grpc.http2.bdp_probe"] == 0
    assert chosen["grpc.ssl_target_name_override"] == "b"


def test_a_channel_is_shared_by_so_many_streams() -> None:
    shared = Shared(object, streams=3)
    taken = [shared.take() for _ in range(7)]
    assert len(shared.channels) == 3
    assert taken[0] is taken[2]
    assert taken[2] is not taken[3]
