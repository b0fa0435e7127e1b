"""Subscriptions of the exchange API, and the exports whose completion they tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from conformance.oracles.exchange.exports import Points
from conformance.oracles.exchange.model import ExportFile
from conformance.recorder import Recorder
from conformance.targets.exchange_calls import OTHER_HEADERS, Caller
from conformance.targets.exchange_series import Assets, Series
from conformance.targets.exchange_session import HEADER, ExchangeSession
from conformance.targets.exchange_socket import PROTOCOL, Socket, header_of
from conformance.targets.exchange_subscription import Subscription

_GIVEN = object()


class Listening(Series):
    """What comes by itself: events on sockets, which `hang_up` closes."""

    def __init__(self, session: ExchangeSession, caller: Caller) -> None:
        super().__init__(session, caller)
        self._sockets: list[Socket] = []

    @property
    def recorder(self) -> Recorder:
        """What this check says and hears."""
        return self.caller.recorder

    def points(
        self,
        database: str,
        assets: Assets,
        start: int | str,
        end: int | str,
        *,
        max_rows: int | None = None,
        file_format: str = "JSON",
    ) -> Points:
        """The points that a structured query finds: all pages, an export, and what is in it."""
        pages = self.query_pages(database, assets, start, end, max_rows=max_rows)
        return self.points_of(self.export(database, pages[0].query_id, file_format))

    def export(self, database: str, query_id: str, file_format: str = "CSV") -> ExportFile:
        """Subscribe, ask for an export, and wait for its event.

        What comes first may be the event of an earlier export, told to whoever subscribes late:
        it is not taken if it is of the other format.

        Raises:
            GraphRefused: either is refused.
            Nonconformance: the event does not come in time.
        """
        name = "onNotifyTimeSeriesQueryExportComplete"
        with self.subscribe(name, queryId=query_id) as subscription:
            self.request_export(database, query_id, file_format)
            within_s = self.session.profile.settle
            found: ExportFile = subscription.next(within_s=within_s)
            if found.file_type != file_format:
                found = subscription.next(within_s=within_s)
        return found

    def socket(
        self,
        *,
        header: Mapping[str, str] | object | None = _GIVEN,
        protocol: str | None = PROTOCOL,
        reads: bool = True,
    ) -> Socket:
        """A connection for subscriptions, on which nothing was said yet; a context manager.

        Args:
            header: of the handshake, instead of what the published SDK sends; None sends none.
            protocol: offered subprotocol.
            reads: see `Socket`.

        Raises:
            GraphRefused: the handshake is refused.
            TargetLost: nobody answers.
        """
        said: Any = header_of(self.session, self.token) if header is _GIVEN else header
        caller = self.caller.speaker if header is _GIVEN else OTHER_HEADERS
        socket = Socket(
            self.session, self.recorder, said, protocol=protocol, reads=reads, caller=caller
        )
        self._sockets.append(socket)
        return socket

    @contextmanager
    def subscribe(self, name: str, **arguments: Any) -> Iterator[Subscription]:
        """A subscription on a connection of its own, acknowledged.

        Raises:
            GraphRefused: connection or subscription are refused.
        """
        with self.socket() as socket:
            socket.initiate()
            yield socket.subscribe(self.document(name, **arguments))

    @property
    def token(self) -> str | None:
        """The token that this view sends."""
        return dict(self.caller.client.headers()).get(HEADER)

    def hang_up(self) -> None:
        """Close every connection of this check."""
        for socket in self._sockets:
            socket.close()
