"""The Range header: which bytes of an object a reader asks for (RFC 9110, section 14).

One range of bytes is served. Several at once, other units and malformed text are as if they were
not there, as the RFC allows: the answer is the whole object.
"""

import re
from dataclasses import dataclass
from typing import Final

from simulator.services.exchange.objects.errors import bad_range

_ONE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class AskedRange:
    """A range as it was asked for, before the size of the object is known."""

    first: int | None
    """First byte; None: the last `last` bytes."""
    last: int | None
    """Last byte; None: to the end."""

    def within(self, size_bytes: int) -> tuple[int, int]:
        """Return first byte and the byte behind the last one, of an object of that size.

        Raises:
            ObjectError: InvalidRange; the object has none of these bytes.
        """
        if self.first is None:
            start, stop = max(size_bytes - (self.last or 0), 0), size_bytes
        else:
            stop = size_bytes if self.last is None else min(self.last + 1, size_bytes)
            start = self.first
        if start >= stop:
            raise bad_range(size_bytes)
        return start, stop


def read_range(header: str | None) -> AskedRange | None:
    """Return what a Range header asks for; None: the whole object."""
    found = _ONE.fullmatch(header.strip()) if header else None
    if found is None or found.group(1, 2) == ("", ""):
        return None
    first, last = (int(text) if text else None for text in found.group(1, 2))
    if first is not None and last is not None and last < first:
        return None
    return AskedRange(first=first, last=last)
