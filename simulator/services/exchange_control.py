"""The fault orders of the exchange API, `gridproof.control.v1.ExchangeFaults`. Our own.

A dialect without storage: it translates between messages and the faults that wait to happen.
Refusals: INVALID_ARGUMENT for what cannot be meant, NOT_FOUND for a fault that is not there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from fixtures.documents.names import neighbour_or_all
from simulator.services import instants
from simulator.services.control import CONTRACT, PACKAGE
from simulator.services.errors import Code, ServiceError, invalid, shown
from simulator.services.exchange.faults import Fault, FaultKind
from simulator.services.rpc import Dialect, Right, Unary

if TYPE_CHECKING:
    from simulator.services.exchange.faults import Faults

SERVICE: Final = f"{PACKAGE}.ExchangeFaults"
LONGEST_S: Final = 3600.0
MOST_PAGES: Final = 100
_REFUSED: Final = 403
_UNAVAILABLE: Final = 503


class ExchangeControl:
    """The methods, over the faults of an exchange."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def inject(self, request: Any) -> bytes:
        """Let something go wrong from now on."""
        fault = _read(request.fault)
        return bytes(_message(self._faults.add(fault), fault).SerializeToString())

    def clear(self, request: Any) -> bytes:
        """Take a fault back, or all of them."""
        if not request.id:
            self._faults.clear()
        elif not self._faults.remove(request.id):
            raise ServiceError(Code.NOT_FOUND, f"id: there is no fault {request.id}")
        return b""

    def list(self, request: Any) -> bytes:
        """Return the faults that may still happen."""
        kind = CONTRACT.message(f"{PACKAGE}.ExchangeListResponse")
        faults = [_message(*each) for each in self._faults.all().items()]
        return bytes(kind(faults=faults).SerializeToString())


def dialect(faults: Faults) -> Dialect:
    """Return the methods as a server mounts them."""
    control = ExchangeControl(faults)
    functions: dict[str, tuple[Right, Callable[[Any], bytes | Awaitable[bytes]]]] = {
        "Inject": (Right.WRITE, control.inject),
        "Clear": (Right.WRITE, control.clear),
        "List": (Right.READ, control.list),
    }
    methods = CONTRACT.methods(SERVICE)
    return Dialect(
        api="control",
        service=SERVICE,
        methods=tuple(
            Unary(name=name, right=right, request=methods[name].request, handle=handle)
            for name, (right, handle) in functions.items()
        ),
    )


def _read(message: Any) -> Fault:
    kinds = [each.value for each in FaultKind]
    if message.kind not in kinds:
        hint = neighbour_or_all(message.kind, kinds)
        raise invalid(f"fault.kind: there is no {shown(message.kind)}{hint}")
    if message.operation and message.operation not in _operations():
        hint = neighbour_or_all(message.operation, _operations())
        raise invalid(f"fault.operation: there is no {shown(message.operation)}{hint}")
    kind = FaultKind(message.kind)
    seconds = 1.0
    if message.HasField("duration"):
        seconds = instants.duration_us(message.duration, "fault.duration") / instants.SECOND_US
    status = message.status or (_REFUSED if kind is FaultKind.REFUSE_UPLOAD else _UNAVAILABLE)
    pages = message.pages or 1
    if not 0 <= seconds <= LONGEST_S:
        raise invalid(f"fault.duration: {seconds:g} s is not within 0 to {LONGEST_S:g}")
    if not 400 <= status <= 599:
        raise invalid(f"fault.status: {status} is not within 400 to 599")
    if pages > MOST_PAGES:
        raise invalid(f"fault.pages: {pages} is more than {MOST_PAGES}")
    return Fault(
        kind=kind,
        operation=message.operation,
        times=message.times or None,
        seconds=seconds,
        status=status,
        pages=pages,
    )


def _operations() -> list[str]:
    """Return the names that a fault may concern: all fields of the operation types."""
    from simulator.services.exchange.graphql.binding import schema

    kinds = (schema().query_type, schema().mutation_type, schema().subscription_type)
    return [name for kind in kinds if kind is not None for name in kind.fields]


def _message(number: int, fault: Fault) -> Any:
    message: Any = CONTRACT.message(f"{PACKAGE}.ExchangeFault")(
        id=number,
        kind=fault.kind.value,
        operation=fault.operation,
        times=fault.times or 0,
        status=fault.status,
        pages=fault.pages,
    )
    seconds, us = divmod(round(fault.seconds * instants.SECOND_US), instants.SECOND_US)
    message.duration.seconds, message.duration.nanos = seconds, us * 1000
    return message
