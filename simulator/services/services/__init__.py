"""The services API, `smartcore.bos.services.v1.ServicesApi`: drivers, automations and systems.

Follows seed 004, and the published Go service where that is silent; its core is `ServicesService`.
What a type of service is and does comes from outside, as `Kind`s of `CollectionSpec`s.
"""

from simulator.services.services.collection import ServiceCollection
from simulator.services.services.kinds import (
    CollectionSpec,
    Config,
    ConfigError,
    Driver,
    Kind,
    Knobs,
    LoadFailed,
    Retry,
    parse_knobs,
    parse_object,
)
from simulator.services.services.methods import dialects
from simulator.services.services.policy import Policy
from simulator.services.services.quirks import PROFILES, QUIRKS, policy_with
from simulator.services.services.service import ServicesService
from simulator.services.services.stored import Stored

__all__ = [
    "PROFILES",
    "QUIRKS",
    "CollectionSpec",
    "Config",
    "ConfigError",
    "Driver",
    "Kind",
    "Knobs",
    "LoadFailed",
    "Policy",
    "Retry",
    "ServiceCollection",
    "ServicesService",
    "Stored",
    "dialects",
    "parse_knobs",
    "parse_object",
    "policy_with",
]
