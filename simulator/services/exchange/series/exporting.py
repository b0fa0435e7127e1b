"""Exports under way: files that are written while their callers wait for a notice."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from simulator.services.exchange.notices import Notices
from simulator.services.exchange.series.answers import ExportFile, FileType
from simulator.services.exchange.series.exports import written
from simulator.services.exchange.series.queries import Query
from simulator.services.exchange.series.reading import first

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from simulator.services.exchange.ids import Ids
    from simulator.services.exchange.objects.storage import ObjectStorage
    from simulator.services.exchange.series.policy import SeriesPolicy
    from simulator.services.timers import Timers

_log: Final = logging.getLogger(__name__)


def topic(query_id: str) -> tuple[str, str]:
    """Return the topic at which the end of a query's export is told."""
    return ("export", query_id)


class Exporter:
    """Writes exports, one for each order, and tells when they are there.

    Args:
        timers: for exports that take a while.
        objects: where the files go.
        notices: who is told.
    """

    def __init__(self, timers: Timers, objects: ObjectStorage, notices: Notices) -> None:
        self._timers = timers
        self._objects = objects
        self._notices = notices
        self._tasks: set[asyncio.Task[None]] = set()
        self._epoch = 0

    def order(self, query: Query, type: FileType, policy: SeriesPolicy, ids: Ids) -> None:
        """Begin an export; an earlier one of the query counts no more."""
        self._notices.withdraw(topic(query.query_id))
        query.exports += 1
        number, key, epoch = query.exports, ids.new("export"), self._epoch

        def begin(due_us: int = 0) -> None:
            if epoch == self._epoch:
                self._spawn(self._write(query, number, key, type, policy.export_url_s))

        if policy.export_delay_s > 0:
            self._timers.after(round(policy.export_delay_s * 1e6), begin)
        else:
            begin()

    def drop(self, query: Query) -> None:
        """Let nothing of a query's exports remain."""
        query.exports += 1
        self._notices.withdraw(topic(query.query_id))
        self._discard(query)

    def clear(self) -> None:
        """Give up all exports under way, and those that are still to begin."""
        self._epoch += 1
        for task in self._tasks:
            task.cancel()

    async def _write(
        self, query: Query, number: int, key: str, type: FileType, lifetime_s: int
    ) -> None:
        points = first(query.points, query.rows_read) if query.cancelled else query.points
        info = await self._objects.put(key, written(points, type))
        if query.exports != number:
            await self._objects.delete(key)
            return
        self._discard(query)
        query.export_key = key
        file = ExportFile(
            query_id=query.query_id,
            file_type=type,
            file_size_bytes=info.size_bytes,
            url=self._objects.presign("GET", key, lifetime_s),
        )
        self._notices.publish(topic(query.query_id), file, keep=True)

    def _discard(self, query: Query) -> None:
        if query.export_key is not None:
            self._spawn(self._objects.delete(query.export_key))
            query.export_key = None

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        # Nobody awaits it: a full disk or an unreachable bucket is told here or nowhere.
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.warning("an export was not written, or not removed: %s", error)
