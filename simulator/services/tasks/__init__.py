"""The tasks API, `enpowerx.tasks.v3`: work orders that people claim and complete.

Follows seed 001, and the AIPs where that is silent; its core is `TasksService`.
"""

from simulator.services.tasks.core import seeded_ids
from simulator.services.tasks.events import Event
from simulator.services.tasks.methods import dialects, event_dialect
from simulator.services.tasks.policy import Policy
from simulator.services.tasks.quirks import QUIRKS, policy_with
from simulator.services.tasks.service import TasksService
from simulator.services.tasks.texts import TextEngine

__all__ = [
    "QUIRKS",
    "Event",
    "Policy",
    "TasksService",
    "TextEngine",
    "dialects",
    "event_dialect",
    "policy_with",
    "seeded_ids",
]
