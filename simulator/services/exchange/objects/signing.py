"""Presigned URLs of our own: whoever has one may do one thing with one object for some time.

    {base}/{key}?expires={Unix seconds}&signature={HMAC-SHA256 of method, key and expiry, hex}

Real time counts, not the world's: a URL of an accelerated world must live long enough to be used.
"""

from collections.abc import Callable, Mapping
from hashlib import sha256
from hmac import compare_digest, digest
from typing import Final, Literal
from urllib.parse import quote

from simulator.services.exchange.objects.errors import bad_signature, expired

_LONGEST_EXPIRY: Final = 12
_LEAST_SECRET: Final = 16
_METHODS: Final = {"GET": "GET", "HEAD": "GET", "PUT": "PUT"}
"""By the method of a request, the method that its URL was made for."""


class UrlSigner:
    """Makes URLs and checks them.

    Args:
        secret: at least 16 bytes that nobody else can know.
        base_url: asked for each URL, because a server learns its port late; no slash at the end.
        now_s: the wall clock, Unix seconds.
    """

    def __init__(
        self, secret: bytes, base_url: Callable[[], str], now_s: Callable[[], float]
    ) -> None:
        if len(secret) < _LEAST_SECRET:
            raise ValueError(f"a secret has at least {_LEAST_SECRET} bytes, not {len(secret)}")
        self._secret = secret
        self._key = digest(secret, b"presigned URLs 0", sha256)
        self._generation = 0
        self._base_url = base_url
        self._now_s = now_s

    def url(self, method: Literal["GET", "PUT"], key: str, lifetime_s: int) -> str:
        """Return a URL that is good for one method and one key, for some seconds from now."""
        expires = str(int(self._now_s()) + lifetime_s)
        signature = self._signature(method, key, expires)
        return f"{self._base_url()}/{quote(key, safe='')}?expires={expires}&signature={signature}"

    def check(self, method: str, key: str, query: Mapping[str, str]) -> None:
        """Let a request pass whose URL was made here for its method and key.

        Args:
            method: of the request, in capitals; HEAD is as good as GET.
            key: decoded.
            query: the parameters of the URL, decoded.

        Raises:
            ObjectError: 403; altered, made for something else, or expired.
        """
        expires, given = query.get("expires", ""), query.get("signature", "")
        wanted = self._signature(_METHODS.get(method, ""), key, expires)
        fits = compare_digest(wanted.encode(), given.encode(errors="replace"))
        if not fits or method not in _METHODS:
            raise bad_signature()
        # Only what was signed here gets this far, so the text is a number of ours.
        if self._now_s() >= int(expires[:_LONGEST_EXPIRY]):
            raise expired()

    def renew(self) -> None:
        """Let no URL that was made so far be good any more."""
        self._generation += 1
        self._key = digest(self._secret, b"presigned URLs %d" % self._generation, sha256)

    def _signature(self, method: str, key: str, expires: str) -> str:
        # Neither method nor expiry can hold a line feed where the signature is to fit ours.
        text = f"{method}\n{expires}\n{key}".encode(errors="replace")
        return digest(self._key, text, sha256).hex()
