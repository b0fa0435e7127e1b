"""The certificates beside this file are good for localhost for a hundred years, and for tests."""

import ssl
from pathlib import Path

import grpc
import httpx
import pytest

from simulator.server.settings import SettingsError
from simulator.server.tls import read_tls

from .loopback import Client, refusal, serving

HERE = Path(__file__).with_name("certificates")
CA, CERT, KEY = HERE / "ca.pem", HERE / "server.pem", HERE / "server.key"


def credentials(*, client=False):
    pair = (
        ((HERE / "client.key").read_bytes(), (HERE / "client.pem").read_bytes())
        if client
        else (None, None)
    )
    return grpc.ssl_channel_credentials(CA.read_bytes(), *pair)


async def test_tls_is_served_and_plaintext_is_refused():
    async with serving(tls=read_tls(CERT, KEY, None)) as server:
        async with grpc.aio.secure_channel(server.address, credentials()) as channel:
            assert (await Client(channel).create()).HasField("metadata")
        async with grpc.aio.insecure_channel(server.address) as channel:
            code, _ = await refusal(Client(channel).create())
            assert code is grpc.StatusCode.UNAVAILABLE
        context = ssl.create_default_context(cafile=CA)
        async with httpx.AsyncClient(verify=context) as http:
            assert server.http.startswith("https://")
            assert (await http.get(f"{server.http}/healthz")).status_code == 200


async def test_clients_without_certificate_are_refused():
    async with serving(tls=read_tls(CERT, KEY, CA)) as server:
        async with grpc.aio.secure_channel(server.address, credentials(client=True)) as channel:
            assert (await Client(channel).create()).HasField("metadata")
        async with grpc.aio.secure_channel(server.address, credentials()) as channel:
            code, _ = await refusal(Client(channel).create())
            assert code is grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize(
    ("cert", "key", "client_ca", "expected"),
    [
        (HERE / "absent", KEY, None, r"--tls-cert .*absent: no such file"),
        (CERT, HERE / "absent", None, r"--tls-key .*absent: no such file"),
        (CERT, KEY, HERE / "absent", r"--client-ca .*absent: no such file"),
        (CERT, HERE / "client.key", None, "key values mismatch"),
        (Path(__file__), KEY, None, r"--tls-cert .*test_tls\.py"),
        (CERT, KEY, KEY, r"--client-ca .*server\.key"),
    ],
)
def test_unusable_files_are_named(cert, key, client_ca, expected):
    with pytest.raises(SettingsError, match=expected):
        read_tls(cert, key, client_ca)
