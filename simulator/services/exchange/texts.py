"""Texts that callers choose, and instants as texts.

Seed 002 sets no bounds; these are our choice. Names never become paths or keys, so a name such as
`..` is only that: a name.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from simulator.services.errors import shown
from simulator.services.exchange.errors import invalid

LONGEST_NAME: Final = 255
"""Bytes of a name in UTF-8, a file's extension and its dot included."""
LONGEST_TEXT: Final = 10_000
"""Characters of a description."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def iso(t_us: int) -> str:
    """Return an instant in ISO 8601, UTC, to the millisecond: `2027-01-15T08:00:00.000Z`."""
    moment = _EPOCH + timedelta(microseconds=t_us)
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def check_name(field: str, name: str) -> str:
    """Return the name of a store, directory, token and so on.

    Raises:
        ExchangeError: ValidationError; empty, too long, a slash, or a control character.
    """
    if not name:
        raise invalid(f"{field}: is empty")
    return _plain(field, name)


def check_file_name(name: str, file_extension: str) -> None:
    """Let a file's name pass; one of the two parts may be empty, as in `README` and `.env`.

    Raises:
        ExchangeError: ValidationError, as for names; the whole counts, with the dot.
    """
    if not name and not file_extension:
        raise invalid("name: is empty, and so is fileExtension")
    _plain("name and fileExtension", f"{name}.{file_extension}" if file_extension else name)


def check_description(description: str | None) -> str | None:
    """Return a description: any text, also of several lines.

    Raises:
        ExchangeError: ValidationError; too long, or not encodable.
    """
    if description is not None:
        if len(description) > LONGEST_TEXT:
            raise invalid(f"description: has {len(description)} characters, not {LONGEST_TEXT}")
        _bytes("description", description)
    return description


def _plain(field: str, text: str) -> str:
    if _CONTROL.search(text) or "/" in text:
        raise invalid(f"{field}: {shown(text)} has a slash or a control character")
    if (size := _bytes(field, text)) > LONGEST_NAME:
        raise invalid(f"{field}: has {size} bytes, at most {LONGEST_NAME} are allowed")
    return text


def _bytes(field: str, text: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise invalid(f"{field}: holds half of a surrogate pair, which is no character") from None
