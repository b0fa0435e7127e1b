"""What a watch has to say: its next message, whenever there is one.

A source is a plain state machine without waiting. Which orders have an effect on it differs by kind
of watch; by default they have none that can be seen.
"""

from abc import ABC, abstractmethod

from simulator.services.meta.changesets import Message


class Source(ABC):
    """The messages of one watch, made when they are asked for."""

    @property
    @abstractmethod
    def position(self) -> int:
        """Revision of the collection up to which everything was told, by whole changesets."""

    @abstractmethod
    def next(self) -> Message | None:
        """Return what is to be sent now, None while there is nothing."""

    def soft_reset(self) -> Message | None:
        """Take back what was sent since the last whole changeset."""
        return None

    def hard_reset(self) -> Message | None:
        """Take back everything."""
        return None

    def size_check(self, count: int | None) -> Message | None:
        """Tell how many resources the client holds, or another number; only between changesets."""
        return None

    def split(self, most: int) -> None:
        """Let messages of the next changeset hold no more than `most` changes."""
        return

    def let_go(self) -> bool:
        """Release what is kept for a reader that does not read, or tell that this cannot be."""
        return True
