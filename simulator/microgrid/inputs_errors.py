"""What can go wrong with a profile.

InputError            the profile cannot be built; the message is one sentence for people
    MissingExtra      an optional package is absent; names the extra to install
    UnknownCalendar   no such country or subdivision in the package `holidays`
"""

from typing import Self


class InputError(ValueError):
    """A profile cannot be built from its input."""

    def of(self, name: str) -> Self:
        """Return the same error with the name of the input in front."""
        return type(self)(f"input {name}: {self}")


class MissingExtra(InputError):
    """An optional package is needed and absent."""


def missing_extra(need: str, package: str, extra: str) -> MissingExtra:
    """Return the error that says what needs which package, and how to get it."""
    return MissingExtra(f"{need} needs {package}: pip install gridproof[{extra}]")


class UnknownCalendar(InputError):
    """The holiday calendar does not exist."""
