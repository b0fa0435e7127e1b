"""Page sizes where paging breaks, and tokens that nobody has issued; for any API with pages."""

from __future__ import annotations

import base64
import string

from hypothesis import strategies as st

COUNTS = (0, 1, 2, 3, 5, 7, 11, 12)
"""Numbers of items to start from."""

ALPHABET = string.ascii_letters + string.digits + "-_=+/."


def page_sizes(count: int) -> st.SearchStrategy[int]:
    """Sizes 1, n-1, n, n+1, 2n+1 and a few between; never 0, which may be refused."""
    return st.one_of(st.sampled_from(directed_sizes(count)), st.integers(1, 2 * count + 2))


def directed_sizes(count: int) -> tuple[int, ...]:
    """The boundary sizes for so many items, ascending, without 0."""
    sizes = {1, 2, count // 2, count - 1, count, count + 1, 2 * count + 1}
    return tuple(sorted(size for size in sizes if size > 0))


def near_sizes(count: int) -> tuple[int, ...]:
    """The few of them that matter most: 1, n-1, n and n+1."""
    return tuple(sorted(size for size in {1, count - 1, count, count + 1} if size > 0))


GARBAGE = ("x", "0", "1", "null", "{}", "AAAA", "====", "ü", "\u0000", "a" * 10_000, "-1", " ")
"""Tokens that no endpoint has issued."""


def mutilations(token: str) -> tuple[str, ...]:
    """A real token cut short, lengthened, reversed, re-coded, and altered in single characters.

    None of them equals the token; every position near an end and some between are altered.
    """
    cuts = [token[: len(token) // 2], token[:-1], token[1:]]
    wraps = [token + "A", token + token, token[::-1], token.swapcase(), f" {token}"]
    coded = [base64.urlsafe_b64encode(token.encode()).decode()]
    step = max(1, len(token) // 8)
    spots = {0, 1, len(token) - 2, len(token) - 1, *range(0, len(token), step)}
    altered = [alter(token, at) for at in sorted(spots) if 0 <= at < len(token)]
    return tuple(dict.fromkeys(t for t in (*cuts, *wraps, *coded, *altered) if t and t != token))


def alter(token: str, at: int) -> str:
    """The token with the character at one place replaced by its neighbour in base64's alphabet."""
    place = ALPHABET.find(token[at])
    return token[:at] + ALPHABET[(place + 1) % len(ALPHABET)] + token[at + 1 :]


def mutilated(token: str) -> st.SearchStrategy[str]:
    """Garbage, or the token damaged in some way."""
    return st.sampled_from((*GARBAGE, *mutilations(token)))
