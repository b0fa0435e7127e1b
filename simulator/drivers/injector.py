"""`fault-injector`: lets things go wrong on a schedule, in the world's time.

A target is a component id or a service such as `drivers/battery-5`; what befalls a service's device
befalls the components that it drives. Stopped, it lets what is due wait; that happens once it is
started again. What has happened is not repeated when the schedule is replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field

from fixtures.targets.parts import Duration
from simulator.drivers.claims import Claims
from simulator.drivers.parsing import ComponentId, Interval, Settings, reader
from simulator.drivers.steering import Steered
from simulator.microgrid.faults import KINDS, Fault, FaultError
from simulator.microgrid.scenario_base import Instant
from simulator.services.errors import ServiceError
from simulator.services.services.kinds import Driver, Kind, LoadFailed

if TYPE_CHECKING:
    from simulator.microgrid.world import World
    from simulator.services.timers import Timer

__all__ = ["Action", "InjectorSettings", "fault_injector"]

_US_PER_S: Final = 1_000_000
_COLLECTIONS: Final = ("drivers", "automations", "systems", "scratch")


def _known_kind(kind: str | None) -> str | None:
    if kind is not None and (kind not in KINDS or not KINDS[kind].needs_components):
        fitting = [name for name, each in KINDS.items() if each.needs_components]
        raise ValueError(f"one of {', '.join(fitting)}")
    return kind


def _service(target: int | str) -> int | str:
    if isinstance(target, str):
        collection, _, service_id = target.partition("/")
        if collection not in _COLLECTIONS or not service_id:
            raise ValueError('a component id, or a service such as "drivers/battery-5"')
    return target


class Arguments(Settings):
    """How it goes wrong."""

    kind: Annotated[str | None, AfterValidator(_known_kind)] = None
    """`fail`: the kind of fault; absent = a trip, of meters a silence. The grid only goes away."""
    duration: Interval | None = None
    """Absent = until something ends it."""
    delay: Interval = 5.0
    """`latency`: how long the last set-point is kept before the device stands by."""


class Action(Settings):
    """Something that goes wrong at a moment."""

    at: Duration | Instant
    """An instant, or how long after the world's start."""
    action: Literal["stop", "fail", "restart", "latency"]
    target: Annotated[ComponentId | str, AfterValidator(_service)]
    args: Arguments = Field(default_factory=Arguments)


class InjectorSettings(Settings):
    """A schedule."""

    schedule: tuple[Action, ...] = ()


class _Injector:
    """One service of this type."""

    def __init__(self, steered: Steered, claims: Claims) -> None:
        self._steered = steered
        self._claims = claims
        self._world: World | None = None
        self._timers: list[Timer] = []
        self._done: set[Action] = set()

    def apply(self, value: Any) -> None:
        """Follow a schedule from now on."""
        settings: InjectorSettings = value
        world = self._steered.now()
        ids = {info.id for info in world.components}
        for each in settings.schedule:
            if isinstance(each.target, int) and each.target not in ids:
                text = f"schedule: the site has no component {each.target}"
                raise LoadFailed(text, fatal=True)
        if world is not self._world:
            self._done.clear()
        self._world = world
        self._cancel()
        for each in settings.schedule:
            if each not in self._done:
                self._plan(world, each)

    def stop(self) -> None:
        """Let everything wait."""
        self._cancel()

    def remove(self) -> None:
        """Forget what has happened."""
        self._done.clear()

    def _cancel(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _plan(self, world: World, action: Action) -> None:
        def happen(due_us: int) -> None:
            self._done.add(action)
            site = self._steered.site()
            if site.world is world:
                site.catch_up(due_us)
                self._act(world, action)
                site.rest()

        at_us = world.start_us + round(action.at * _US_PER_S)
        if isinstance(action.at, int):
            at_us = action.at
        self._timers.append(self._steered.timers.at(at_us, happen))

    def _act(self, world: World, action: Action) -> None:
        """Do it; what cannot be done is told in the log."""
        world.log("INJECTED", action=action.action, target=action.target)
        try:
            if isinstance(action.target, str) and action.action in ("stop", "restart"):
                self._steer(action.target, action.action)
                return
            ids = self._components(world, action.target)
            for component_id in ids:
                _befall(world, action, component_id)
        except (FaultError, ServiceError, LoadFailed) as error:
            world.log("INJECTION_FAILED", target=action.target, reason=str(error))

    def _steer(self, target: str, action: str) -> None:
        services = self._steered.services
        if services is None:
            raise LoadFailed("the services API is not served here")
        collection, _, service_id = target.partition("/")
        if action == "stop":
            services.stop(collection, service_id)
        else:
            services.start(collection, service_id)

    def _components(self, world: World, target: int | str) -> tuple[int, ...]:
        if isinstance(target, int):
            return (target,)
        ids = self._claims.components(world, target)
        if not ids:
            raise LoadFailed(f"{target} drives nothing")
        return ids


def _befall(world: World, action: Action, component_id: int) -> None:
    args = action.args
    if action.action == "restart":
        world.repairs.repair(component_id)
        return
    device = next(each.kind for each in world.components if each.id == component_id)
    if device == "grid_connection_point":
        world.inject(Fault(kind="grid_outage", duration_s=args.duration))
        return
    usual = "meter_dropout" if device == "meter" else "battery_trip"
    kind = {"stop": "driver_stop", "latency": "comms_loss"}.get(action.action, args.kind or usual)
    hold_s = args.delay if action.action == "latency" else 0.0
    fault = Fault(kind=kind, component_ids=(component_id,), duration_s=args.duration, hold_s=hold_s)
    world.inject(fault)


def fault_injector(steered: Steered, claims: Claims, *, strict: bool = False) -> Kind:
    """Return the type."""

    def driver(_service_id: str) -> Driver:
        return _Injector(steered, claims)

    return Kind(
        name="fault-injector",
        parse=reader(InjectorSettings, strict=strict),
        driver=driver,
        default=InjectorSettings(),
    )
