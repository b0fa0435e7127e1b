"""Virtual types of service: what a service of each type is in the simulated microgrid.

`collections` returns the collections of a node as the services API serves them; starting, stopping
and configuring a service of a device's type acts on that device of the served world.
"""

from simulator.drivers.archive import Archive, Point
from simulator.drivers.catalogue import collections
from simulator.drivers.initial import Initial, initial_services
from simulator.drivers.steering import (
    ClockControl,
    OpenTask,
    Sample,
    ServiceControl,
    Steered,
    TaskDesk,
    TelemetryDesk,
    WorldSteering,
)

__all__ = [
    "Archive",
    "ClockControl",
    "Initial",
    "OpenTask",
    "Point",
    "Sample",
    "ServiceControl",
    "Steered",
    "TaskDesk",
    "TelemetryDesk",
    "WorldSteering",
    "collections",
    "initial_services",
]
