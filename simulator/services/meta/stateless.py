"""The stateless watch of a collection: a snapshot at one revision, then the log after it.

Seed 003, WatchType STATELESS. Increments hold whole batches, up to the newest change, each resource
at most once. A place in the log is all that is kept between two changesets; where the log does not
reach back to it, the client is told to start over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from simulator.services.meta.changesets import Message
from simulator.services.meta.chunks import DEFAULT, cut
from simulator.services.meta.lens import Lens
from simulator.services.meta.source import Source
from simulator.store import FellBehind


class Stateless(Source):
    """What a stateless watch sends.

    Args:
        lens: what it shows.
        compose: makes a response.
        mint: makes a resume token for a revision.
        chunk: changes of a message; 0: the default.
        after: revision after which changes are told, and nothing else; None: begin with a snapshot.
        restarts: whether the client must be told first that what it has is worth nothing.
    """

    def __init__(
        self,
        lens: Lens,
        compose: Callable[..., Message],
        mint: Callable[[int], str],
        *,
        chunk: int = 0,
        after: int | None = None,
        restarts: bool = False,
    ) -> None:
        self._lens = lens
        self._compose = compose
        self._mint = mint
        self._chunk = chunk or DEFAULT
        self._most = self._chunk
        self._cursor = after
        self._began = lens.collection.revision
        # A client that resumes may know more than its token says (an older token of its stream).
        self._thorough = after is not None
        self._greets = after is not None
        self._open: Iterator[Message] | None = None
        self._notice: Message | None = None
        if restarts:
            self._notice = self.hard_reset()

    @property
    def position(self) -> int:
        """Revision up to which everything was told; before the newest one while more is due."""
        told = self._began if self._cursor is None else self._cursor
        at_rest = self._cursor is not None and not (self._open or self._notice or self._greets)
        return told if at_rest else told - 1

    def next(self) -> Message | None:
        """Return the next chunk, or what must be told before it."""
        if self._notice is not None:
            notice, self._notice = self._notice, None
            return notice
        if self._open is None:
            try:
                self._open = self._changeset()
            except FellBehind:
                return self.hard_reset()
        return None if self._open is None else next(self._open)

    def soft_reset(self) -> Message | None:
        """Take back an unfinished changeset; a snapshot begins anew, at the newest revision."""
        if self._open is not None:
            self._open = None
            # Nothing that was shown may be left out because it has gone meanwhile.
            self._thorough = self._cursor is not None
        return self._compose(soft_reset=True)

    def hard_reset(self) -> Message | None:
        """Take back everything, to begin with a snapshot."""
        self._open = self._notice = self._cursor = None
        self._thorough = self._greets = False
        self._began = self._lens.collection.revision
        return self._compose(hard_reset=True)

    def size_check(self, count: int | None) -> Message | None:
        """Tell how many resources the client holds, which is up to date when this is called."""
        return self._compose(snapshot_size=len(self._lens.survey()) if count is None else count)

    def split(self, most: int) -> None:
        """Let messages of the next changeset hold no more than `most` changes."""
        self._most = min(most, self._chunk)

    def let_go(self) -> bool:
        """Release an unfinished changeset; whoever reads on is told by a reset."""
        if self._open is not None:
            self._notice = self.soft_reset()
        return True

    def _changeset(self) -> Iterator[Message] | None:
        """Begin what is due: a snapshot, or the changes since the last changeset, if any show."""
        if self._cursor is None:
            survey = self._lens.survey()
            return self._messages(survey.frames(), survey.revision)
        revision = self._lens.collection.revision
        frames = self._lens.changes(self._cursor, thorough=self._thorough)
        if frames or self._greets:
            return self._messages(frames, revision)
        self._cursor = revision
        return None

    def _messages(self, frames: Iterable[bytes], revision: int) -> Iterator[Message]:
        """Yield a changeset; with its last message it counts as told."""
        most, self._most = self._most, self._chunk
        for chunk, is_last in cut(frames, most):
            if not is_last:
                yield self._compose(chunk)
                continue
            self._cursor, self._open = revision, None
            self._thorough = self._greets = False
            yield self._compose(chunk, is_current=True, resume_token=self._mint(revision))
