"""Open watches of the meta API, over either transport."""

from __future__ import annotations

import time

from conformance.oracles.meta.model import Change, Message
from conformance.targets.reading import Call, Reading

__all__ = ["Call", "Reading", "SingleStream", "WatchStream", "closes"]


class WatchStream(Reading[Message]):
    """A watch of a collection."""

    def changeset(self, timeout_s: float) -> list[Message]:
        """Messages up to one that closes them: is_current, a reset or a size check.

        Gives what came, perhaps nothing, if the time is over or the stream ends first.
        """
        deadline = time.monotonic() + timeout_s
        found: list[Message] = []
        while not (found and closes(found[-1])):
            message = self.next(max(0.0, deadline - time.monotonic()))
            if message is None:
                break
            found.append(message)
        return found

    def snapshot(self, timeout_s: float) -> list[Message]:
        """The first changeset, which has to come and to be complete.

        Raises:
            Refused: the stream ends with a status other than OK.
            Nonconformance: it ends well, or is not complete in time.
        """
        deadline = time.monotonic() + timeout_s
        found: list[Message] = []
        while not (found and closes(found[-1])):
            found.append(self.first(max(0.0, deadline - time.monotonic())))
        return found


class SingleStream(Reading[Change]):
    """A watch of one resource."""


def closes(message: Message) -> bool:
    """Whether a message ends what came before it."""
    return (
        message.is_current
        or message.soft_reset
        or message.hard_reset
        or (message.snapshot_size >= 0 and not message.changes)
    )
