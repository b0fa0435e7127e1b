"""The messages of watches, joined out of encoded resources: the one place that frames them.

All kinds number the fields of their changes and responses alike (seed 003), so this is written
once, on bytes. An item is an encoded resource as field 1 of what carries it; a frame is one change,
ready to stand in a response of a collection watch.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from simulator.services.wire import delimited, uint, varint

UNCOUNTED: Final = -1
"""The snapshot_size of everything that is no size check; published clients take 0 for a count."""

_CHANGES, _TOKENS, _CURRENT, _RESUME, _SIZE, _SOFT, _HARD = range(2, 9)
_ONE_CHANGE: Final = 1
_ADDED, _MODIFIED, _REMOVED, _STANDING = range(1, 5)
_AS_FIELD_2: Final = b"\x12"


class Message(NamedTuple):
    """A message of a stream, ready to be sent."""

    data: bytes
    changes: int = 0
    """How many changes it holds."""


class PageTokens(NamedTuple):
    """Tokens of the pages before and after a window; empty where there is none."""

    previous: str = ""
    next: str = ""


def message(
    frames: Iterable[bytes] = (),
    *,
    is_current: bool = False,
    page_tokens: PageTokens | None = None,
    resume_token: str = "",
    snapshot_size: int = UNCOUNTED,
    soft_reset: bool = False,
    hard_reset: bool = False,
) -> Message:
    """Return a response of a collection watch, with `frames` as its changes."""
    parts = list(frames)
    changes = len(parts)
    if page_tokens is not None:
        parts.append(delimited(_TOKENS, _text(1, page_tokens[0]) + _text(2, page_tokens[1])))
    parts.append(uint(_CURRENT, is_current))
    parts.append(_text(_RESUME, resume_token))
    parts.append(uint(_SIZE, snapshot_size))
    parts.append(uint(_SOFT, soft_reset))
    parts.append(uint(_HARD, hard_reset))
    return Message(b"".join(parts), changes)


def single(frame: bytes) -> Message:
    """Return a response of a watch of one resource, with the change that `frame` holds."""
    # A frame is a one-byte tag and a change; the tag is another one here.
    return Message(varint(_ONE_CHANGE << 3 | 2) + frame[1:], 1)


def standing(item: bytes) -> bytes:
    """Frame a resource as Current: it is so, whatever was before."""
    return _head(_STANDING, len(item)) + item


def added(item: bytes, index: int = 0) -> bytes:
    """Frame a resource that comes in at `index`."""
    content = item + _place(2, index)
    return _head(_ADDED, len(content)) + content


def modified(name: str, item: bytes, previous: int = 0, index: int = 0) -> bytes:
    """Frame a new state of a resource, and its move to `index` of the list without it."""
    # An item is the resource as field 1, where everyone but this change has it.
    content = b"".join(
        (_text(1, name), _AS_FIELD_2, item[1:], _place(4, previous), _place(5, index))
    )
    return _head(_MODIFIED, len(content)) + content


def removed(name: str, index: int = 0) -> bytes:
    """Frame that a resource is gone, deleted or out of sight."""
    content = _text(1, name) + _place(2, index)
    return _head(_REMOVED, len(content)) + content


@lru_cache(maxsize=4096)
def _head(kind: int, size: int) -> bytes:
    """Return what stands before the content of a change: the same for all of one length."""
    change = varint(kind << 3 | 2) + varint(size)
    return varint(_CHANGES << 3 | 2) + varint(len(change) + size) + change


@lru_cache(maxsize=4096)
def _place(field: int, index: int) -> bytes:
    return uint(field, index)


def _text(field: int, text: str) -> bytes:
    return delimited(field, text.encode()) if text else b""
