"""The exchange API, Avista Digital Exchange: stores with files, time series, sharing.

Follows seed 002 and what is known of the platform behind it; its core is `ExchangeService`.
"""

from simulator.services.exchange.accounts import Accounts, shipped_accounts
from simulator.services.exchange.errors import ExchangeError
from simulator.services.exchange.ids import Ids
from simulator.services.exchange.policy import Policy
from simulator.services.exchange.quirks import QUIRKS, policy_with
from simulator.services.exchange.service import ExchangeService

__all__ = [
    "QUIRKS",
    "Accounts",
    "ExchangeError",
    "ExchangeService",
    "Ids",
    "Policy",
    "policy_with",
    "shipped_accounts",
]
