"""Resume tokens: which state of which history a client of a stateless watch has.

A token is a revision, signed together with the query and a mark of the history up to there, so that
it is good in any process whose registry went through the same states, and in no other. Tokens made
before they were declared expired, for all watches or for those with one tag, count as too old.
"""

from typing import Any, Final

from simulator.services.errors import invalid
from simulator.services.meta.lens import Lens
from simulator.store import BadToken, TokenSigner

_PURPOSE: Final = "resume"


class ResumeTokens:
    """Makes and reads resume tokens."""

    def __init__(self) -> None:
        self._epoch = 0
        self._expired: dict[str, int] = {}

    def mint(self, signer: TokenSigner, lens: Lens, revision: int) -> str:
        """Return the token of a client that knows what a query shows at the revision."""
        mark = lens.collection.mark(revision)
        return signer.sign(
            [_PURPOSE, lens.digest, revision, mark.hex() if mark is not None else "", self._epoch]
        )

    def read(self, signer: TokenSigner, token: str, lens: Lens, tag: str) -> int | None:
        """Return the revision of a token, None if no watch can continue from there any more.

        Raises:
            ServiceError: INVALID_ARGUMENT; it is altered, or was made for another query.
        """
        try:
            payload: Any = signer.open(token)
        except BadToken:
            raise invalid("resume_token: is not a token of this server") from None
        match payload:
            case [str(purpose), str(digest), int(revision), str(mark), int(epoch)]:
                pass
            case _:
                raise invalid("resume_token: is not a resume token")
        if purpose != _PURPOSE:
            raise invalid("resume_token: is not a resume token")
        if digest != lens.digest:
            raise invalid("resume_token: belongs to a watch with another parent, filter or view")
        if epoch < max(self._expired.get("", 0), self._expired.get(tag, 0)):
            return None
        known = lens.collection.mark(revision)
        return revision if known is not None and known.hex() == mark else None

    def expire(self, tag: str) -> None:
        """Let all tokens made so far be too old for the watches with a tag; empty: for all."""
        self._epoch += 1
        self._expired[tag] = self._epoch
