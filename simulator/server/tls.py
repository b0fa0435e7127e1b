"""Reads certificates, and finds out before anyone connects whether they can be used."""

import ssl
from pathlib import Path

from simulator.server.settings import SettingsError, Tls


def read_tls(cert: Path, key: Path, client_ca: Path | None) -> Tls:
    """Return the certificates of a server.

    Raises:
        SettingsError: a file cannot be read, is no PEM, or the key does not fit the certificate.
    """
    content = Tls(
        cert=_read(cert, "--tls-cert"),
        key=_read(key, "--tls-key"),
        client_ca=None if client_ca is None else _read(client_ca, "--client-ca"),
        cert_file=cert,
        key_file=key,
        client_ca_file=client_ca,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(cert, key)
    except (ssl.SSLError, ValueError) as error:
        raise SettingsError(f"--tls-cert {cert}, --tls-key {key}: {_reason(error)}") from None
    if client_ca is not None:
        try:
            context.load_verify_locations(client_ca)
        except (ssl.SSLError, ValueError) as error:
            raise SettingsError(f"--client-ca {client_ca}: {_reason(error)}") from None
    return content


def _read(path: Path, option: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{option} {path}: {(error.strerror or str(error)).lower()}") from None


def _reason(error: Exception) -> str:
    reason = getattr(error, "reason", None)
    return (reason or "is not PEM").replace("_", " ").lower()
