"""One subscription: the notices of a topic, each as the answer that the client's document asks for.

What a client subscribes to is the only field of its operation. Notices are kept by topic and not by
subscriber (`notices`), so one that is too slow is told so and keeps nobody else waiting.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from simulator.services.errors import Code, ServiceError
from simulator.services.exchange.errors import ExchangeError
from simulator.services.exchange.graphql.errors import wire_error
from simulator.services.exchange.graphql.run import Run
from simulator.store import FellBehind

if TYPE_CHECKING:
    from simulator.services.exchange.faults import Fault
    from simulator.services.exchange.graphql.shapes import Fields
    from simulator.services.exchange.notices import Listener
    from simulator.services.exchange.people import User
    from simulator.services.exchange.service import ExchangeService

TOPICS: Final[Mapping[str, Callable[..., Listener]]] = {
    "onNotifyTimeSeriesQueryExportComplete": (
        lambda service, caller, query_id: service.series.watch_export(caller, query_id)
    ),
    "onNotifyUploadComplete": (
        lambda service, caller, upload_id: service.storage.listen_upload(caller, upload_id)
    ),
    "onTimeSeriesDbPublish": (
        lambda service, caller, time_series_db_id, asset_id: service.series.watch_publishes(
            caller, time_series_db_id, asset_id
        )
    ),
}
"""By field of the contract, who listens to it; each takes service, caller and arguments."""

FIELDS: Final = {
    "export": "onNotifyTimeSeriesQueryExportComplete",
    "upload": "onNotifyUploadComplete",
    "publish": "onTimeSeriesDbPublish",
}
"""Fields of the contract by the first word of the topics that they listen to."""


class EventFeed:
    """What a server hands to one subscriber; a `Feed`.

    Args:
        listener: yields the notices.
        plan: makes an answer of each.
        run: returns the state of one more execution.
        late: returns what holds up an event that is about to be handed out, if anything does.
    """

    def __init__(
        self,
        listener: Listener,
        plan: Fields,
        run: Callable[[], Run],
        late: Callable[[], Fault | None],
    ) -> None:
        self._listener = listener
        self._plan = plan
        self._run = run
        self._late = late
        self.position = 0

    @property
    def newest(self) -> int:
        """How many notices there were, with those that were not taken yet."""
        return self.position + self._listener.lag

    async def take(self) -> Sequence[bytes]:
        """Return the next answer, once there is one; nothing if there will be none.

        Raises:
            ServiceError: RESOURCE_EXHAUSTED, the subscriber has missed some; PERMISSION_DENIED, it
                may not see any more of them.
        """
        try:
            notice = await anext(self._listener)
        except StopAsyncIteration:
            return ()
        except FellBehind:
            text = "the subscriber was too slow and has missed events"
            raise ServiceError(Code.RESOURCE_EXHAUSTED, text) from None
        except ExchangeError as error:
            raise ServiceError(Code.PERMISSION_DENIED, error.text) from None
        self.position += 1
        if (fault := self._late()) is not None:
            await asyncio.sleep(fault.seconds)
        run = self._run()
        answer: dict[str, Any] = {"data": await self._plan.answer(run, notice)}
        if run.errors:
            answer["errors"] = [wire_error(each) for each in run.errors]
        return (json.dumps(answer, separators=(",", ":")).encode(),)

    def stop(self) -> None:
        """Let `take` return nothing, now and from now on."""
        self._listener.close()


def listen(
    service: ExchangeService, caller: User, name: str, arguments: Mapping[str, Any]
) -> Listener:
    """Return the listener of a field of the subscription type.

    Raises:
        ExchangeError: the caller may not listen to that.
    """
    return TOPICS[name](service, caller, **arguments)
