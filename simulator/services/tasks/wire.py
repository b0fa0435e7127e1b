"""Message classes of the tasks API and of our event feed."""

from typing import Any, Final

from fixtures.contracts import load

CONTRACT: Final = load("tasks")
PACKAGE: Final = "enpowerx.tasks.v3"
TASKS: Final = f"{PACKAGE}.Tasks"
TYPES: Final = f"{PACKAGE}.Types"

EVENTS: Final = load("events")
EVENT_FEED: Final = "gridproof.events.v1.EventFeed"

# Protobuf classes of a private pool have no static types; Any keeps that at this edge.
Task: Final[Any] = CONTRACT.message(f"{PACKAGE}.Task")
Type: Final[Any] = CONTRACT.message(f"{PACKAGE}.Type")
Struct: Final[Any] = CONTRACT.message("google.protobuf.Struct")
Event: Final[Any] = EVENTS.message("gridproof.events.v1.Event")

NEW: Final = 1
IN_PROGRESS: Final = 2
COMPLETED: Final = 3
STATES: Final = {NEW: "NEW", IN_PROGRESS: "IN_PROGRESS", COMPLETED: "COMPLETED"}
"""Names of the states by number."""
