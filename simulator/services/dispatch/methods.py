"""The six methods of the dispatch API, as a server mounts them."""

from typing import Any

from simulator.services.dispatch.service import DispatchService
from simulator.services.dispatch.wire import CONTRACT, SERVICE
from simulator.services.rpc import Dialect, Right, Streaming, Unary


def dialect(service: DispatchService) -> Dialect:
    """Return the methods of a dispatch service under their published names."""
    requests = {name: method.request for name, method in CONTRACT.methods(SERVICE).items()}
    unary = {
        "ListMicrogridDispatches": (Right.READ, service.list),
        "GetMicrogridDispatch": (Right.READ, service.get),
        "CreateMicrogridDispatch": (Right.WRITE, service.create),
        "UpdateMicrogridDispatch": (Right.WRITE, service.update),
        "DeleteMicrogridDispatch": (Right.WRITE, service.delete),
    }
    stream = Streaming(
        name="StreamMicrogridDispatches",
        right=Right.READ,
        request=requests["StreamMicrogridDispatches"],
        open=lambda request, metadata: service.stream(request),
        scope=_microgrid_id,
    )
    return Dialect(
        api="dispatch",
        service=SERVICE,
        signed=True,
        methods=(
            *(
                Unary(
                    name=name,
                    right=right,
                    request=requests[name],
                    handle=handle,
                    scope=_microgrid_id,
                )
                for name, (right, handle) in unary.items()
            ),
            stream,
        ),
    )


def _microgrid_id(request: Any) -> int:
    return int(request.microgrid_id)
