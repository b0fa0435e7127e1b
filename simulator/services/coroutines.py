"""Calls of services that may wait in general, made by someone who cannot."""

from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Unfinished(RuntimeError):
    """A call that would have had to wait; it was given up."""


def at_once(call: Coroutine[Any, Any, T]) -> T:
    """Return the result of a call that has to be over at once.

    Raises:
        Unfinished: it is not.
    """
    try:
        call.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    call.close()
    raise Unfinished
