"""The services with which a served world begins: one, running, for whatever a driver can hold.

Stopping one of them takes its device out of control, as the real world would be without it. Ids are
those of components: `battery-5`, `meter-2`, `pv-3`, `load-2`, `ev-8`, `grid-1`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from simulator.microgrid.world import World

__all__ = ["Initial", "initial_services"]

_DRIVERS: Final = {
    "battery": "battery",
    "meter": "meter",
    "pv_inverter": "pv",
    "wind_turbine": "pv",
    "load": "load",
    "ev_charger": "ev",
    "grid_connection_point": "grid",
}
"""Which driver a kind of component has; CHP units have none."""

_PUBLISHING: Final = json.dumps({"sink": "exchange", "interval": "15m"})
"""As fine as the series of a run, while a client that moves the clock by weeks waits for seconds
(our choice); reconfigure the service for more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Initial:
    """A service to create, active, when a world begins."""

    collection: str
    id: str
    type: str
    config: str
    """JSON text; empty = none."""


def initial_services(world: World, *, published: bool = False) -> tuple[Initial, ...]:
    """Return the services of a world, in the order in which they are to be created.

    The site must be the present one already when they are, see `Steered.site`.

    `published`: whether there is a database for what the site's components report.
    """
    publisher = Initial(
        collection="automations", id="telemetry", type="telemetry-publisher", config=_PUBLISHING
    )
    return (
        *_drivers(world),
        Initial(collection="automations", id="dispatch", type="dispatch-automation", config="{}"),
        *((publisher,) if published else ()),
        Initial(collection="systems", id="clock", type="clock", config="{}"),
        Initial(collection="systems", id="store", type="store", config="{}"),
    )


def _drivers(world: World) -> Iterator[Initial]:
    loads = {each.meter for each in world.scenario.loads}
    for info in world.components:
        names = [_DRIVERS[info.kind]] if info.kind in _DRIVERS else []
        if info.id in loads:
            names.append("load")
        for name in names:
            yield Initial(
                collection="drivers",
                id=f"{name}-{info.id}",
                type=f"{name}-driver",
                config=json.dumps({"component": info.id}),
            )
