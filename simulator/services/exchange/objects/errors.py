"""What the object storage refuses, in the words of S3.

    ObjectError      a refusal with HTTP status, S3 error code and a sentence
    └── (no more)    the code tells them apart

Clients see only the status and an XML body; no text repeats a key, a signature or a path.
"""

from xml.sax.saxutils import escape


class ObjectError(Exception):
    """A refused access to an object."""

    def __init__(self, status: int, code: str, text: str, *, size_bytes: int | None = None) -> None:
        super().__init__(text)
        self.status = status
        """Of the HTTP answer."""
        self.code = code
        """Error code of S3."""
        self.text = text
        self.size_bytes = size_bytes
        """Size of the object, where a range is refused: for the Content-Range header."""

    @property
    def xml(self) -> bytes:
        """The body of the answer."""
        code, text = escape(self.code), escape(self.text)
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{code}</Code><Message>{text}</Message></Error>"
        ).encode()


def bad_signature() -> ObjectError:
    """Return the refusal of a URL that was not made here, for this method and key, as it stands."""
    return ObjectError(
        403, "SignatureDoesNotMatch", "The signature does not fit the method, key and expiry."
    )


def expired() -> ObjectError:
    """Return the refusal of a URL whose time is over."""
    return ObjectError(403, "AccessDenied", "Request has expired")


def no_such_key() -> ObjectError:
    """Return the refusal of a key that nothing is kept under."""
    return ObjectError(404, "NoSuchKey", "The specified key does not exist.")


def too_large(most_bytes: int) -> ObjectError:
    """Return the refusal of an upload beyond the limit."""
    return ObjectError(400, "EntityTooLarge", f"An object has at most {most_bytes} bytes.")


def incomplete(length: int) -> ObjectError:
    """Return the refusal of an upload that has not as many bytes as were announced."""
    return ObjectError(400, "IncompleteBody", f"{length} bytes were announced, and others came.")


def bad_range(size_bytes: int) -> ObjectError:
    """Return the refusal of a range that holds no byte of the object."""
    text = "The requested range is not satisfiable"
    return ObjectError(416, "InvalidRange", text, size_bytes=size_bytes)
