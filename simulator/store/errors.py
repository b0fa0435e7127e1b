"""What the store refuses, as types, so that a dialect can give each its own status code.

    StoreError
    ├── BadCursor    a position that does not belong to the query it came with
    ├── BadMask      a field mask path that names nothing, or nothing that a mask may name
    ├── BadToken     a token that was not signed here, for this purpose, exactly as it stands
    └── FellBehind   the change log does not hold what follows the asked revision

Wrong use by our own code (a size of 0, an unknown order) is a ValueError, an absent key a KeyError.
"""


class StoreError(Exception):
    """Base of everything that a caller of an API can bring about in the store."""


class BadCursor(StoreError):
    """The cursor was made for another order, or holds values that this order cannot compare."""


class BadMask(StoreError):
    """A path of a field mask is unknown; the text names the path and its nearest neighbour."""


class BadToken(StoreError):
    """The token is forged, altered, truncated, oversized, or was made for another purpose."""


class FellBehind(StoreError):
    """The changes after `revision` are not in the log: dropped already, or not made by this log.

    The only way on is a fresh snapshot: a hard reset, or an end of the stream, as the API has it.
    """

    def __init__(self, revision: int, *, oldest: int, newest: int) -> None:
        super().__init__(
            f"cannot continue after revision {revision}: the log reaches from {oldest} to {newest}"
        )
        self.revision = revision
        """The revision that the reader has seen last, by its own account."""
        self.oldest = oldest
        """The oldest revision after which reading can continue."""
        self.newest = newest
        """The newest revision of the log."""
