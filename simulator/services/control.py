"""The control API, `gridproof.control.v1`: steers a served world. Our own.

A dialect without storage: it translates between messages and what the host can do, which it knows
as `Steering`. Refusals: INVALID_ARGUMENT for what cannot be meant, NOT_FOUND for faults that do not
exist, FAILED_PRECONDITION for moving a clock that moves by itself.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, Protocol

from fixtures.contracts import load
from simulator.services import instants
from simulator.services.errors import Code, ServiceError, invalid
from simulator.services.rpc import Dialect, Right, Unary
from simulator.services.structs import read_struct, write_struct

PACKAGE: Final = "gridproof.control.v1"
SERVICE: Final = f"{PACKAGE}.ControlService"
CONTRACT: Final = load("control")
MAX_FACTOR: Final = 1_000_000.0
_BARRIER_S: Final = 10.0
_REAL, _SCALED, _MANUAL = 1, 2, 3
_MODES: Final = {"real": _REAL, "scaled": _SCALED, "manual": _MANUAL}


@dataclass(frozen=True, kw_only=True)
class FaultState:
    """A fault in force, or to come."""

    id: int
    kind: str
    component_ids: tuple[int, ...]
    parameters: Mapping[str, Any]
    since_us: int


@dataclass(frozen=True, kw_only=True)
class ReadingState:
    """What a component measures; quantities that are absent are not measured."""

    component_id: int
    category: str
    time_us: int
    values: Mapping[str, float]
    state: str


class Steering(Protocol):
    """What a host lets the control API do. Instants in microseconds since the epoch."""

    def now_us(self) -> int:
        """Return the world's time."""
        ...

    def factor(self) -> float:
        """Return simulated seconds per second; 0 if the clock is moved by hand."""
        ...

    def mode(self) -> str:
        """Return `real`, `scaled` or `manual`."""
        ...

    def run(self, factor: float) -> None:
        """Change the clock's factor; 0 stops it."""
        ...

    async def advance(self, to_us: int) -> None:
        """Move a manual clock; returns when everything due has happened."""
        ...

    def reset(self, scenario: str | None, seed: int | None, start_us: int | None) -> None:
        """Begin a new history."""
        ...

    def history(self) -> tuple[str, int, int]:
        """Return scenario, seed and start of the present history."""
        ...

    def inject(
        self,
        kind: str,
        component_ids: Sequence[int],
        parameters: Mapping[str, Any],
        since_us: int | None,
        duration_s: float | None,
    ) -> FaultState:
        """Let something go wrong."""
        ...

    def clear(self, fault_id: int) -> bool:
        """End a fault; False if there is none of that id."""
        ...

    def faults(self) -> list[FaultState]:
        """Return the faults in force and to come."""
        ...

    async def barrier(self, timeout_s: float) -> int:
        """Return the number of streams once each was handed everything so far."""
        ...

    def drop_streams(self, api: str, reason: ServiceError) -> int:
        """End streams of an API, or all; returns how many."""
        ...

    def readings(self, component_ids: Sequence[int]) -> list[ReadingState]:
        """Return what components measure now; none named means all."""
        ...

    def counters(self) -> Mapping[str, Any]:
        """Return the fields of Stats by name."""
        ...


class Control:
    """The methods, over a host."""

    def __init__(self, host: Steering) -> None:
        self._host = host

    def get_clock(self, request: Any) -> bytes:
        """Return the clock."""
        return self._clock()

    def set_clock(self, request: Any) -> bytes:
        """Change what moves the clock; it goes on from now."""
        match request.mode:
            case 1:
                factor = 1.0
            case 2:
                factor = request.factor
                if not (isfinite(factor) and 0 < factor <= MAX_FACTOR):
                    raise invalid(f"factor: {factor} is not above 0 and at most {MAX_FACTOR:g}")
            case 3:
                factor = 0.0
            case _:
                raise invalid(f"mode: {request.mode} is no mode, 1 to 3 are")
        self._host.run(factor)
        return self._clock()

    async def advance_clock(self, request: Any) -> bytes:
        """Move a manual clock; returns once everything due has happened."""
        if self._host.mode() != "manual":
            text = f"the clock is {self._host.mode()}, only a manual clock is moved by hand"
            raise ServiceError(Code.FAILED_PRECONDITION, text)
        now_us = self._host.now_us()
        match request.WhichOneof("step"):
            case "by":
                to_us = now_us + instants.duration_us(request.by, "by")
            case "to":
                to_us = instants.floor_us(instants.checked(request.to, "to"))
            case _:
                raise invalid("step: is not set")
        if to_us < now_us:
            raise invalid("to: lies before now, and the clock never goes back")
        if to_us > instants.MAX_US:
            raise invalid("by: leads beyond the year 9999")
        await self._host.advance(to_us)
        return self._clock()

    def reset(self, request: Any) -> bytes:
        """Begin a new history; every resource is dropped and streams end with UNAVAILABLE."""
        start_us = None
        if request.HasField("start"):
            start_us = instants.floor_us(instants.checked(request.start, "start"))
        seed = request.seed if request.HasField("seed") else None
        self._host.reset(request.scenario or None, seed, start_us)
        name, seed, start_us = self._host.history()
        reply = _new("ResetResponse", scenario=name, seed=seed)
        instants.write(reply.start, start_us)
        return _bytes(reply)

    def inject_fault(self, request: Any) -> bytes:
        """Let something go wrong, from now on or from `since` on."""
        fault = request.fault
        since_us = None
        if fault.HasField("since"):
            since_us = instants.floor_us(instants.checked(fault.since, "fault.since"))
        duration_s = None
        if request.HasField("duration"):
            duration_s = instants.duration_us(request.duration, "duration") / instants.SECOND_US
        state = self._host.inject(
            fault.kind,
            tuple(fault.component_ids),
            read_struct(fault.parameters, "fault.parameters"),
            since_us,
            duration_s,
        )
        return _bytes(_new("InjectFaultResponse", fault=_fault(state)))

    def clear_fault(self, request: Any) -> bytes:
        """End a fault."""
        if not self._host.clear(request.id):
            raise ServiceError(Code.NOT_FOUND, f"id: there is no fault {request.id}")
        return b""

    def list_faults(self, request: Any) -> bytes:
        """Return the faults in force and to come."""
        return _bytes(_new("ListFaultsResponse", faults=map(_fault, self._host.faults())))

    async def barrier(self, request: Any) -> bytes:
        """Return once every open stream was handed everything committed before the call."""
        timeout_s = _BARRIER_S
        if request.HasField("timeout"):
            timeout_s = instants.duration_us(request.timeout, "timeout") / instants.SECOND_US
        return _bytes(_new("BarrierResponse", streams=await self._host.barrier(timeout_s)))

    def drop_streams(self, request: Any) -> bytes:
        """End open streams with a status."""
        code = request.code or Code.UNAVAILABLE
        if code not in set(Code):
            raise invalid(f"code: {code} is no status that ends a stream with an error")
        reason = ServiceError(Code(code), "the stream was dropped by the control API")
        dropped = self._host.drop_streams(request.service, reason)
        return _bytes(_new("DropStreamsResponse", dropped=dropped))

    def get_readings(self, request: Any) -> bytes:
        """Return what components measure now."""
        reply = _new("GetReadingsResponse")
        for state in self._host.readings(tuple(request.component_ids)):
            reading = reply.readings.add(
                component_id=state.component_id,
                category=state.category,
                values=state.values,
                state=state.state,
            )
            instants.write(reading.time, state.time_us)
        return _bytes(reply)

    def get_stats(self, request: Any) -> bytes:
        """Return the server's counters."""
        return _bytes(_new("Stats", **self._host.counters()))

    def _clock(self) -> bytes:
        reply = _new("Clock", mode=_MODES[self._host.mode()], factor=self._host.factor())
        instants.write(reply.now, self._host.now_us())
        return _bytes(reply)


def dialect(host: Steering) -> Dialect:
    """Return the methods as a server mounts them."""
    control = Control(host)
    functions: dict[str, tuple[Right, Callable[[Any], bytes | Awaitable[bytes]]]] = {
        "GetClock": (Right.READ, control.get_clock),
        "SetClock": (Right.WRITE, control.set_clock),
        "AdvanceClock": (Right.WRITE, control.advance_clock),
        "Reset": (Right.WRITE, control.reset),
        "InjectFault": (Right.WRITE, control.inject_fault),
        "ClearFault": (Right.WRITE, control.clear_fault),
        "ListFaults": (Right.READ, control.list_faults),
        "Barrier": (Right.READ, control.barrier),
        "DropStreams": (Right.WRITE, control.drop_streams),
        "GetReadings": (Right.READ, control.get_readings),
        "GetStats": (Right.READ, control.get_stats),
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


def _new(name: str, **fields: Any) -> Any:
    return CONTRACT.message(f"{PACKAGE}.{name}")(**fields)


def _bytes(message: Any) -> bytes:
    return bytes(message.SerializeToString())


def _fault(state: FaultState) -> Any:
    message = _new("Fault", id=state.id, kind=state.kind, component_ids=state.component_ids)
    write_struct(state.parameters, message.parameters)
    instants.write(message.since, state.since_us)
    return message
