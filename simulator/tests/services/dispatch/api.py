"""The dispatch core, called in-process: requests by keyword, replies parsed, time by hand."""

from typing import Any

from fixtures.contracts import load
from simulator.microgrid.clock import ManualClock
from simulator.services.dispatch import DispatchService, Policy
from simulator.services.dispatch.wire import CONTRACT, SERVICE
from simulator.services.structs import write_struct
from simulator.store import TokenSigner

NOW_S = 1_800_000_000
NOW_US = NOW_S * 1_000_000
"""2027-01-15T08:00:00Z, a Friday."""
GRID = 5
HOUR_S = 3600
DAY_S = 86_400


class Api:
    """A service with a clock that stands still."""

    def __init__(self, policy: Policy | None = None, generation: str = "1.1") -> None:
        self.clock = ManualClock(NOW_US)
        self.signer = TokenSigner(b"secret of the tests", purpose="dispatch.list")
        self.service = DispatchService(self.clock, self.signer, policy=policy)
        self.contract = CONTRACT if generation == "1.1" else load("dispatch", generation=generation)
        self.methods = self.contract.methods(SERVICE)

    def request(self, verb: str, **fields: Any) -> Any:
        """A request message; `verb` is create, get, list, update, delete or stream."""
        return self.methods[METHODS[verb]].request(**fields)

    def call(self, verb: str, request: Any) -> Any:
        """Send a request through the wire format and return the parsed reply."""
        superset = CONTRACT.methods(SERVICE)[METHODS[verb]].request
        message = superset.FromString(request.SerializeToString())
        reply = getattr(self.service, verb)(message)
        return self.methods[METHODS[verb]].response.FromString(reply)

    def data(self, **fields: Any) -> Any:
        """Valid DispatchData: in an hour, for components 1 and 2; `fields` replace its own."""
        data = self.contract.message("frequenz.api.dispatch.v1.DispatchData")(
            type="test", is_active=True
        )
        if "start_time" not in fields:
            data.start_time.seconds = NOW_S + HOUR_S
        target = data.DESCRIPTOR.fields_by_number[4].name  # target, or selector in 0.15
        if target not in fields:
            getattr(data, target).component_ids.ids.extend([1, 2])
        for name in fields:
            data.ClearField(name)
        data.MergeFrom(type(data)(**fields))
        return data

    def create(self, *, microgrid_id: int = GRID, **fields: Any) -> Any:
        """Create a dispatch from changed valid data and return it."""
        request = self.request(
            "create", microgrid_id=microgrid_id, dispatch_data=self.data(**fields)
        )
        return self.call("create", request).dispatch

    def get(self, dispatch_id: int, *, microgrid_id: int = GRID) -> Any:
        """Return a dispatch."""
        request = self.request("get", microgrid_id=microgrid_id, dispatch_id=dispatch_id)
        return self.call("get", request).dispatch

    def list(self, *, microgrid_id: int = GRID, **fields: Any) -> Any:
        """Return a list reply."""
        return self.call("list", self.request("list", microgrid_id=microgrid_id, **fields))

    def ids(self, **fields: Any) -> "list[int]":
        """The ids of a list reply."""
        return [dispatch.metadata.dispatch_id for dispatch in self.list(**fields).dispatches]

    def update(
        self, dispatch_id: int, paths: Any, *, microgrid_id: int = GRID, **update: Any
    ) -> Any:
        """Update a dispatch and return it."""
        request = self.request("update", microgrid_id=microgrid_id, dispatch_id=dispatch_id)
        request.update_mask.paths.extend(paths)
        request.update.MergeFrom(type(request.update)(**update))
        return self.call("update", request).dispatch

    def delete(self, dispatch_id: int, *, microgrid_id: int = GRID) -> Any:
        """Delete a dispatch and return the reply."""
        request = self.request("delete", microgrid_id=microgrid_id, dispatch_id=dispatch_id)
        return self.call("delete", request)

    def stream(self, microgrid_id: int = GRID) -> "Watcher":
        """Subscribe."""
        return Watcher(self, self.service.stream(self.request("stream", microgrid_id=microgrid_id)))


class Watcher:
    """An open stream."""

    def __init__(self, api: Api, feed: Any) -> None:
        self._response = api.methods[METHODS["stream"]].response
        self.feed = feed

    def events(self) -> list[Any]:
        """What has happened since the last call."""
        found: list[Any] = []
        while (messages := self._due()) is not None:
            found += [self._response.FromString(message) for message in messages]
        return found

    def _due(self) -> Any:
        """Messages that can be taken without waiting; None if there are none."""
        if self.feed.position == self.feed.newest and not self.feed._first:
            return None
        taking = self.feed.take()
        try:
            taking.send(None)
        except StopIteration as found:
            return found.value
        raise AssertionError("the feed waits although a change lies ahead")


METHODS = {
    "create": "CreateMicrogridDispatch",
    "get": "GetMicrogridDispatch",
    "list": "ListMicrogridDispatches",
    "update": "UpdateMicrogridDispatch",
    "delete": "DeleteMicrogridDispatch",
    "stream": "StreamMicrogridDispatches",
}


def struct(values: dict[str, Any]) -> Any:
    """A payload. (Only newer protobuf releases take plain dictionaries for it.)"""
    message = CONTRACT.message("google.protobuf.Struct")()
    write_struct(values, message)
    return message


def at(seconds: float, nanos: int = 0) -> dict[str, int]:
    """A Timestamp, seconds after the clock of the tests."""
    return {"seconds": NOW_S + int(seconds), "nanos": nanos}
