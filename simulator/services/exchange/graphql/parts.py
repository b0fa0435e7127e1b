"""Fields that an object does not carry: they are looked up when a document asks for them.

A directory tree is as deep as its owner has made it, so each level is fetched by itself. Whoever
was given an object may see these parts of it; what has gone meanwhile is null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from simulator.services.exchange.registry import ServiceType

if TYPE_CHECKING:
    from simulator.services.exchange.people import Organization, User
    from simulator.services.exchange.service import ExchangeService

Part = Callable[["ExchangeService", "User", Any], Any]
"""Takes the service, the caller and the object; what it returns may have to be awaited."""


def _owner(service: ExchangeService, caller: User, thing: Any) -> User | None:
    return service.people.user(thing.owner_user_id)


def _organization(service: ExchangeService, caller: User, thing: Any) -> Organization | None:
    return service.people.organization(thing.organization_id)


def _data_store(service: ExchangeService, caller: User, shared: Any) -> Any:
    if shared.service_type is not ServiceType.DATA_STORE:
        return None
    return service.storage.get_data_store(caller, shared.service_id)


def _database(service: ExchangeService, caller: User, shared: Any) -> Any:
    if shared.service_type is not ServiceType.TIME_SERIES_DB:
        return None
    return service.series.get_database(caller, shared.service_id)


PARTS: Final[Mapping[tuple[str, str], Part]] = {
    ("User", "organization"): _organization,
    ("DataStoreDirectory", "owner"): _owner,
    ("DataStoreDirectory", "contents"): (
        lambda service, caller, directory: service.storage.contents(directory)
    ),
    ("DataStoreFile", "owner"): _owner,
    ("Service", "dataStore"): _data_store,
    ("Service", "timeSeriesDb"): _database,
    ("Collaborative", "memberOrganizations"): (
        lambda service, caller, each: service.sharing.member_organizations(each)
    ),
    ("CollaborativeMemberOrganization", "organization"): _organization,
    ("CollaborativeMemberOrganization", "submittedByUser"): (
        lambda service, caller, each: (
            None
            if each.submitted_by_user_id is None
            else service.people.user(each.submitted_by_user_id)
        )
    ),
    ("CollaborativeMemberOrganization", "usersInCollaborative"): (
        lambda service, caller, each: service.sharing.users_in_collaborative(each)
    ),
    ("CollaborativeMember", "user"): (
        lambda service, caller, member: service.people.user(member.user_id)
    ),
}
"""By type and field."""
