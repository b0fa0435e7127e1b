"""Cuts a changeset into the messages that carry it, by count and by bytes."""

from collections.abc import Iterable, Iterator
from typing import Final

DEFAULT: Final = 100
"""Changes of one message where the request leaves it open, and the most it may ask for."""
MOST_BYTES: Final = 3 * 1024 * 1024
"""Where a message is cut short, so that it stays below the 4 MiB that clients receive."""


def cut(
    frames: Iterable[bytes], most: int | None = DEFAULT, most_bytes: int = MOST_BYTES
) -> Iterator[tuple[list[bytes], bool]]:
    """Yield the frames in lists of at most `most`, each with whether it is the last one.

    There is always a last one, if need be an empty one. A frame larger than `most_bytes` gets a
    message of its own.
    """
    chunk: list[bytes] = []
    size = 0
    for frame in frames:
        if chunk and (len(chunk) == most or size + len(frame) > most_bytes):
            yield chunk, False
            chunk, size = [], 0
        chunk.append(frame)
        size += len(frame)
    yield chunk, True
