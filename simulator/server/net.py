"""Addresses to listen on: taken exclusively, so that two servers never share a port."""

import socket

from simulator.server.settings import SettingsError


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 picks a free one.

    Raises:
        SettingsError: the address is in use, or not one of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
        try:
            # Only lets go of connections of a server that has ended; never shares a live port.
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
            bound.listen(128)
        except OSError:
            bound.close()
            raise
    except (OSError, OverflowError) as error:
        raise SettingsError(unusable(host, port, error)) from None
    bound.setblocking(False)
    return bound


def unusable(host: str, port: int, error: Exception) -> str:
    """Return the sentence for an address that cannot be listened on."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"cannot listen on {at(host, port)}: {reason.lower()}"


def at(host: str, port: int) -> str:
    """Return `host:port`, with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
