"""How each API behaves: the readings it takes, bent by the quirks that the settings name."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from simulator.server.settings import APIS, Settings, SettingsError
from simulator.services import dispatch, exchange, meta, services, tasks
from simulator.services.quirks import UnknownQuirk

P = TypeVar("P")


@dataclass(frozen=True, kw_only=True)
class Policies:
    """The policy of each API."""

    dispatch: dispatch.Policy
    meta: meta.Policy
    services: services.Policy
    tasks: tasks.Policy
    exchange: exchange.Policy


def read_policies(settings: Settings) -> Policies:
    """Return the policies of a server.

    Raises:
        SettingsError: an API or a quirk that does not exist.
    """
    unknown = sorted(settings.quirks.keys() - set(APIS))
    if unknown:
        raise SettingsError(f"--quirks: no API {unknown[0]!r}, there are {', '.join(APIS)}")

    def bent(api: str, policy_with: Callable[[Iterable[str]], P]) -> P:
        try:
            return policy_with(settings.quirks.get(api, ()))
        except UnknownQuirk as error:
            raise SettingsError(f"--quirks: {error}") from None

    return Policies(
        dispatch=bent("dispatch", dispatch.policy_with),
        meta=bent("meta", meta.policy_with),
        services=bent("services", services.policy_with),
        tasks=bent("tasks", tasks.policy_with),
        exchange=bent("exchange", exchange.policy_with),
    )
