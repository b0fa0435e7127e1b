"""Who may call: API keys with rights, and signatures that prove knowledge of a shared secret.

Metadata `key` carries the API key, or `authorization` carries it after `Bearer`; over HTTP these
are headers. With a sign secret, clients of the APIs that are signed also send `ts`, `nonce` and
`sig`: Unix seconds, a random text and the unpadded URL-safe base64 of HMAC-SHA256(secret, key + ts
+ nonce + method name). The request's body is not covered. These are the headers that the published
dispatch clients send; window and replay protection are our choice. Checked before anything of a
request is read.
"""

from base64 import urlsafe_b64encode
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import sha256
from hmac import compare_digest, digest
from typing import Final

from simulator.services.errors import Code, ServiceError, shown
from simulator.services.rpc import Metadata, Right, Scope

DEFAULT_WINDOW_S: Final = 300.0
_LONGEST_NONCE: Final = 128


@dataclass(frozen=True, kw_only=True)
class Key:
    """An API key and what its bearer may do."""

    key: str
    rights: frozenset[Right] = frozenset(Right)
    microgrids: frozenset[int] | None = None
    """Ids of the microgrids that it is good for; None: all."""
    tenants: frozenset[str] | None = None
    """Ids of the tenants that it is good for; None: all."""
    permissions: tuple[str, ...] | None = None
    """Patterns of the permissions that it carries, with `*` and `?`; None: all."""

    def check_right(self, right: Right) -> None:
        """Raise PERMISSION_DENIED unless the key carries the right."""
        if right not in self.rights:
            raise ServiceError(Code.PERMISSION_DENIED, f"this key may not {right.value}")

    def check_permission(self, permission: str) -> None:
        """Raise PERMISSION_DENIED unless the key carries the permission; empty: none is needed."""
        if self.permissions is None or not permission:
            return
        if not any(fnmatchcase(permission, pattern) for pattern in self.permissions):
            raise ServiceError(
                Code.PERMISSION_DENIED, f"this key lacks the permission {permission}"
            )

    def check_scope(self, scope: Scope) -> None:
        """Raise PERMISSION_DENIED unless the key is good for a microgrid or tenant.

        A key that is good for some of either only is not good for what belongs to nobody.
        """
        good: Collection[Scope] | None
        if isinstance(scope, int):
            good, text = self.microgrids, f"microgrid {scope}"
        elif isinstance(scope, str):
            good, text = self.tenants, f"tenant {shown(scope)}"
        else:
            good = self.tenants if self.microgrids is None else self.microgrids
            text = "what belongs to no microgrid or tenant"
        if good is not None and scope not in good:
            raise ServiceError(Code.PERMISSION_DENIED, f"this key is not good for {text}")


@dataclass(frozen=True, kw_only=True)
class Access:
    """Who is let in: the content of an auth file."""

    keys: tuple[Key, ...]
    sign_secret: str | None = None
    """With a secret every call to an API that is signed must be signed with it."""
    window_s: float = DEFAULT_WINDOW_S
    """How far a signature's time may be from ours, either way."""


ANYONE: Final = Key(key="")
"""The bearer of no key, where none is needed."""


class Gate:
    """Checks the metadata of calls.

    Args:
        access: who is let in; None: anyone.
        now_s: the wall clock, Unix seconds. Signers use theirs, whatever the world's clock shows.
    """

    def __init__(self, access: Access | None, now_s: Callable[[], float]) -> None:
        self._access = access
        self._now_s = now_s
        self._keys = {key.key.encode(): key for key in access.keys} if access else {}
        self._nonces: set[tuple[bytes, bytes]] = set()
        self._expiry: deque[tuple[float, tuple[bytes, bytes]]] = deque()

    def admit(self, metadata: Metadata, method: str, *, signed: bool) -> Key:
        """Return the caller's key; `method` is the bare name, as it is signed.

        Args:
            metadata: what came with the call.
            method: what is called.
            signed: whether calls of this API must be signed, if there is a secret.

        Raises:
            ServiceError: UNAUTHENTICATED.
        """
        if self._access is None:
            return ANYONE
        name, given = _presented(metadata)
        key = self._known(name, given)
        if signed and self._access.sign_secret is not None:
            self._check_signature(metadata, given, method, self._access.sign_secret.encode())
        return key

    def _known(self, name: str, given: bytes) -> Key:
        # Compared with every key, so that the time taken tells nothing about any of them.
        found = [key for text, key in self._keys.items() if compare_digest(text, given)]
        if not found:
            raise ServiceError(
                Code.UNAUTHENTICATED, f"metadata {name}: is not a key of this server"
            )
        return found[0]

    def _check_signature(self, metadata: Metadata, key: bytes, method: str, secret: bytes) -> None:
        window_s = self._access.window_s if self._access else DEFAULT_WINDOW_S
        ts, nonce = _needed(metadata, "ts"), _needed(metadata, "nonce")
        signed = digest(secret, key + ts + nonce + method.encode(), sha256)
        expected = urlsafe_b64encode(signed).rstrip(b"=")
        if not compare_digest(expected, _needed(metadata, "sig")):
            raise ServiceError(Code.UNAUTHENTICATED, f"metadata sig: does not fit {method}")
        if not (ts.isdigit() and len(ts) <= 12) or len(nonce) > _LONGEST_NONCE:
            raise ServiceError(Code.UNAUTHENTICATED, "metadata ts, nonce: Unix seconds, a token")
        now_s = self._now_s()
        if abs(age_s := now_s - int(ts)) > window_s:
            text = f"metadata ts: is {age_s:.0f} s old, at most {window_s:.0f} s are allowed"
            raise ServiceError(Code.UNAUTHENTICATED, text)
        self._remember((key, nonce), now_s, int(ts) + window_s)

    def _remember(self, nonce: tuple[bytes, bytes], now_s: float, until_s: float) -> None:
        """Refuse a nonce that was used already, and keep it for as long as its time is good."""
        while self._expiry and self._expiry[0][0] < now_s:
            self._nonces.discard(self._expiry.popleft()[1])
        if nonce in self._nonces:
            raise ServiceError(Code.UNAUTHENTICATED, "metadata nonce: was used before")
        self._nonces.add(nonce)
        # A time from the future keeps those behind it a little longer, never shorter.
        self._expiry.append((until_s, nonce))


def _presented(metadata: Metadata) -> tuple[str, bytes]:
    """Return where a caller's key stands, and the key."""
    if "key" in metadata or "authorization" not in metadata:
        return "key", _needed(metadata, "key")
    scheme, _, token = metadata["authorization"].partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise ServiceError(Code.UNAUTHENTICATED, "metadata authorization: is not Bearer and a key")
    return "authorization", token.strip().encode()


def _needed(metadata: Metadata, name: str) -> bytes:
    if not metadata.get(name):
        raise ServiceError(Code.UNAUTHENTICATED, f"metadata {name}: is missing")
    return metadata[name].encode()
