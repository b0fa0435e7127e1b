"""The dispatch API, `frequenz.api.dispatch.v1`: both published generations from one service.

Follows seed 000 and, for generation 1.1, the published contract; its core is `DispatchService`.
"""

from simulator.services.dispatch.methods import dialect
from simulator.services.dispatch.policy import Policy
from simulator.services.dispatch.quirks import QUIRKS, policy_with
from simulator.services.dispatch.service import DispatchService
from simulator.services.dispatch.stored import Stored

__all__ = [
    "QUIRKS",
    "DispatchService",
    "Policy",
    "Stored",
    "dialect",
    "policy_with",
]
