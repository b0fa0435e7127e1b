"""A bare client for the naive endpoint: messages in, messages out."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc

from conformance.mutants.policy import STRAIGHT, Policy
from conformance.mutants.server import served
from conformance.mutants.wire import CONTRACT, SERVICE, new

GRID = 5
METHODS = CONTRACT.methods(SERVICE)


class Client:
    """Calls by short method name; what it creates starts an hour from now."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.channel = channel
        self.start_s = int(time.time()) + 3600

    def call(self, name: str, request: Any, metadata: tuple[tuple[str, str], ...] = ()) -> Any:
        method = METHODS[f"{name}MicrogridDispatch{'es' if name == 'List' else ''}"]
        unary = self.channel.unary_unary(
            method.path, method.request.SerializeToString, method.response.FromString
        )
        return unary(request, timeout=10, metadata=metadata)

    def refused(self, name: str, request: Any) -> grpc.StatusCode:
        try:
            self.call(name, request)
        except grpc.RpcError as error:
            code: grpc.StatusCode = error.code()
            return code
        raise AssertionError(f"{name} was accepted")

    def data(self, **fields: Any) -> Any:
        request = new("CreateMicrogridDispatchRequest")
        request.microgrid_id = GRID
        data = request.dispatch_data
        data.type = "t"
        data.start_time.seconds = self.start_s
        data.duration = 60
        data.target.component_ids.ids.extend([1, 2])
        for name, value in fields.items():
            if isinstance(value, dict):
                for key, inner in value.items():
                    if isinstance(inner, list):
                        getattr(getattr(data, name), key).extend(inner)
                    else:
                        setattr(getattr(data, name), key, inner)
            else:
                setattr(data, name, value)
        return request

    def create(self, **fields: Any) -> Any:
        return self.call("Create", self.data(**fields)).dispatch

    def get(self, dispatch_id: int) -> Any:
        request = new("GetMicrogridDispatchRequest")
        request.microgrid_id, request.dispatch_id = GRID, dispatch_id
        return self.call("Get", request).dispatch

    def delete(self, dispatch_id: int) -> Any:
        request = new("DeleteMicrogridDispatchRequest")
        request.microgrid_id, request.dispatch_id = GRID, dispatch_id
        return self.call("Delete", request)

    def update_request(self, dispatch_id: int, *paths: str) -> Any:
        request = new("UpdateMicrogridDispatchRequest")
        request.microgrid_id, request.dispatch_id = GRID, dispatch_id
        request.update_mask.paths.extend(paths)
        return request

    def page(self, *, size: int | None = None, token: str = "", grid: int = GRID) -> Any:
        request = new("ListMicrogridDispatchesRequest")
        request.microgrid_id = grid
        if token:
            request.pagination_params.page_token = token
        elif size is not None:
            request.pagination_params.page_size = size
        return self.call("List", request)

    @contextmanager
    def stream(self) -> Iterator[Any]:
        method = METHODS["StreamMicrogridDispatches"]
        request = new("StreamMicrogridDispatchesRequest")
        request.microgrid_id = GRID
        call = self.channel.unary_stream(
            method.path, method.request.SerializeToString, method.response.FromString
        )(request, timeout=10)
        try:
            yield call
        finally:
            call.cancel()

    def wait_until_open(self, stream: Any) -> None:
        """No headers are sent, so only an event shows that a stream is open."""
        seen = threading.Event()

        def create_until_seen() -> None:
            while not seen.wait(0.02):
                self.create(type="sentinel")

        creator = threading.Thread(target=create_until_seen)
        creator.start()
        next(stream)
        seen.set()
        creator.join()


@contextmanager
def connected(policy: Policy = STRAIGHT) -> Iterator[Client]:
    with served(policy) as address, grpc.insecure_channel(address) as channel:
        yield Client(channel)
