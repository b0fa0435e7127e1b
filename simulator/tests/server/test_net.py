import pytest

from simulator.server.net import at, listen
from simulator.server.settings import SettingsError


def test_addresses_of_both_families():
    assert at("127.0.0.1", 5) == "127.0.0.1:5"
    assert at("::1", 5) == "[::1]:5"


def test_a_port_is_taken_exclusively():
    with listen("127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
        with pytest.raises(SettingsError, match="address already in use"):
            listen("127.0.0.1", port)
    listen("127.0.0.1", port).close()


@pytest.mark.parametrize("host", ["203.0.113.7", "no.such.host.invalid"])
def test_addresses_of_others_are_refused(host):
    with pytest.raises(SettingsError, match=f"cannot listen on {host}:0: "):
        listen(host, 0)
