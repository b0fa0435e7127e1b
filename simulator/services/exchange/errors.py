"""What the exchange refuses, independent of any transport.

    ExchangeError    a refusal: error type, one sentence, and information where its kind has some
    └── (no more)    callers branch on `kind`, as they would on `errorType` on the wire

The kinds are those that AppSync and Timestream use where these are known, else our choice. What is
missing and what is forbidden are refused alike, so that nobody learns which ids exist.
"""

from collections.abc import Sequence
from typing import Any, Final

_LONGEST_TEXT: Final = 500
_NO_RIGHT: Final = "Not authorized to access this resource, or there is none of that id."


class ExchangeError(Exception):
    """A refused operation.

    Args:
        kind: the `errorType` of the answer.
        text: one sentence that names the value and the bound it breaks; cut after 500 characters.
        info: the `errorInfo` of the answer, a JSON value; None: it has none.
    """

    def __init__(self, kind: str, text: str, info: Any = None) -> None:
        self.kind = kind
        self.text = text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
        self.info = info
        super().__init__(self.text)


def unauthorized() -> ExchangeError:
    """Return the refusal of what is missing or forbidden: always the same words."""
    return ExchangeError("Unauthorized", _NO_RIGHT)


def invalid(text: str) -> ExchangeError:
    """Return the refusal of a malformed or impossible argument."""
    return ExchangeError("ValidationError", text)


def conflict(text: str) -> ExchangeError:
    """Return the refusal of what contradicts the present state."""
    return ExchangeError("ConflictException", text)


def bad_token(text: str) -> ExchangeError:
    """Return the refusal of a page token that is not one of ours, or not of this request."""
    return ExchangeError("InvalidPaginationToken", text)


def limit(text: str) -> ExchangeError:
    """Return the refusal of more than a bound allows."""
    return ExchangeError("LimitExceeded", text)


def bad_sql(text: str) -> ExchangeError:
    """Return the refusal of a query text; it names the construct."""
    return ExchangeError("ValidationException", text)


def timed_out(text: str) -> ExchangeError:
    """Return the end of a query that took too long."""
    return ExchangeError("QueryTimeout", text)


def rejected(records: Sequence[Any]) -> ExchangeError:
    """Return the refusal of some records of a publish; the others are stored.

    `records` holds a JSON object for each: RecordIndex, Reason, and ExistingVersion where a stored
    record stands against it (the form of Timestream).
    """
    text = "One or more records have been rejected. See RejectedRecords for details."
    return ExchangeError("RejectedRecordsException", text, {"RejectedRecords": list(records)})
