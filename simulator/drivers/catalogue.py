"""The collections of a node and the types that each can make, as data."""

from __future__ import annotations

from typing import Any, Final, Literal

from simulator.drivers.archive import Archive
from simulator.drivers.battery import BATTERY
from simulator.drivers.claims import Claims
from simulator.drivers.dispatching import dispatch_automation
from simulator.drivers.grid import GRID
from simulator.drivers.holding import DeviceType, device_kind
from simulator.drivers.injector import fault_injector
from simulator.drivers.meter import METER
from simulator.drivers.mock import mock
from simulator.drivers.power import LOAD, PV
from simulator.drivers.steering import Steered
from simulator.drivers.system import clock, store
from simulator.drivers.tasking import task_automation
from simulator.drivers.telemetry import telemetry_publisher
from simulator.drivers.vehicles import EV
from simulator.services.services.kinds import CollectionSpec, Kind

__all__ = ["collections"]

_DEVICES: Final[tuple[DeviceType[Any], ...]] = (BATTERY, METER, PV, LOAD, EV, GRID)


def collections(
    steered: Steered,
    *,
    archive: Archive | None = None,
    node: str = "gridproof",
    strict: bool = False,
) -> tuple[CollectionSpec, ...]:
    """Return drivers, automations, systems and scratch, each also under the node's prefix.

    Args:
        steered: what their services act on.
        archive: where telemetry goes; None = one of their own.
        node: prefix of the second name of each collection.
        strict: whether configurations with unknown keys are refused.
    """
    claims = Claims()
    archive = Archive() if archive is None else archive
    idle = mock(strict=strict)

    def spec(
        name: str, ids: Literal["required", "kind", "generated"], *kinds: Kind
    ) -> CollectionSpec:
        return CollectionSpec(
            name=name,
            aliases=(f"{node}/{name}",),
            ids=ids,
            kinds={kind.name: kind for kind in kinds},
        )

    def devices(collection: str) -> tuple[Kind, ...]:
        return tuple(
            device_kind(each, steered, claims, collection=collection, strict=strict)
            for each in _DEVICES
        )

    automations = (
        dispatch_automation(steered, strict=strict),
        task_automation(steered, strict=strict),
        telemetry_publisher(steered, archive, strict=strict),
        fault_injector(steered, claims, strict=strict),
    )
    systems = (clock(steered, strict=strict), store(steered, archive, strict=strict))
    return (
        spec("drivers", "required", *devices("drivers"), idle),
        spec("automations", "required", *automations, idle),
        spec("systems", "kind", *systems),
        # For trials: a server chooses the ids, and nothing is there at the beginning.
        spec("scratch", "generated", *devices("scratch"), *automations, idle),
    )
