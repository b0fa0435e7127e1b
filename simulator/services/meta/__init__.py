"""The meta API, `ntt.meta.v1alpha2`: a registry of what is deployed where, listed and watched.

Follows seed 003, and the published Go client where that is silent; its core is `MetaService`.
"""

from simulator.services.meta.kinds import KINDS, Kind
from simulator.services.meta.methods import dialects
from simulator.services.meta.policy import Policy
from simulator.services.meta.quirks import PROFILES, QUIRKS, policy_with
from simulator.services.meta.registry import Registry, Remove, Stored, Upsert
from simulator.services.meta.service import MetaService

__all__ = [
    "KINDS",
    "PROFILES",
    "QUIRKS",
    "Kind",
    "MetaService",
    "Policy",
    "Registry",
    "Remove",
    "Stored",
    "Upsert",
    "dialects",
    "policy_with",
]
