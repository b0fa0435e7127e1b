"""Operations about collaboratives: seeing them, sharing services, letting organizations in."""

from __future__ import annotations

from conformance.mutants.exchange.book import Database, Store, invalid
from conformance.mutants.exchange.calls import (
    Answer,
    Call,
    Operations,
    collaborative_view,
    member_view,
    service_view,
)


def list_collaboratives(call: Call) -> list[Answer]:
    """Those that the caller is in."""
    return [collaborative_view(call, c) for c in call.policy.joined(call.book, call.user)]


def get_collaborative(call: Call, collaborativeId: str) -> Answer:
    """One that the caller is in."""
    return collaborative_view(call, call.collaborative(collaborativeId))


def list_services(call: Call, collaborativeId: str) -> list[Answer]:
    """What is shared in a collaborative."""
    listed = [call.book.service(id_) for id_ in call.collaborative(collaborativeId).services]
    return [service_view(call, service) for service in listed if service is not None]


def list_shared_with(call: Call, serviceType: str, serviceId: str) -> list[Answer]:
    """Where a service of the caller is shared."""
    service = _own(call, serviceType, serviceId)
    return [collaborative_view(call, c) for c in call.policy.shared_with(call.book, service.id)]


def add_service(call: Call, collaborativeId: str, serviceType: str, serviceId: str) -> Answer:
    """Share a service of the caller."""
    service = _own(call, serviceType, serviceId)
    collaborative = call.collaborative(collaborativeId)
    if not call.policy.may_share(collaborative, call.user):
        raise call.policy.forbidden("collaborative", collaborativeId)
    call.policy.shared(collaborative, service.id)
    return service_view(call, service)


def remove_service(call: Call, collaborativeId: str, serviceType: str, serviceId: str) -> Answer:
    """Share a service of the caller no longer."""
    service = _own(call, serviceType, serviceId)
    collaborative = call.book.collaboratives.get(collaborativeId)
    if collaborative is None:
        raise call.policy.absent("collaborative", collaborativeId)
    if service.id not in collaborative.services:
        call.collaborative(collaborativeId)
    call.policy.unshared(collaborative, service.id)
    return service_view(call, service)


def update_organization(
    call: Call, collaborativeId: str, organizationId: str, memberState: str
) -> Answer:
    """Let an organization in, or not."""
    collaborative = call.book.collaboratives.get(collaborativeId)
    if collaborative is None:
        raise call.policy.absent("collaborative", collaborativeId)
    if not call.policy.may_approve(collaborative, call.user):
        raise call.policy.forbidden("collaborative", collaborativeId)
    if organizationId not in collaborative.organizations:
        raise call.policy.absent("organization", organizationId)
    host = organizationId == collaborative.host
    if host != (memberState == "HOST_ORGANIZATION"):
        raise invalid("memberState: the host organization stays it, and is the only one")
    collaborative.organizations[organizationId] = memberState
    if memberState == "APPROVED":
        collaborative.approved_by[organizationId] = call.user.id
    return member_view(call, collaborative, organizationId)


def _own(call: Call, service_type: str, id_: str) -> Store | Database:
    call.policy.check_kind(service_type, id_)
    return call.service(id_, "may_own")


OPERATIONS: Operations = {
    "collaborative_listCollaboratives": list_collaboratives,
    "collaborative_getCollaborative": get_collaborative,
    "collaborative_listCollaborativeServices": list_services,
    "collaborative_listCollaborativesServiceSharedWith": list_shared_with,
    "collaborative_addServiceToCollaborative": add_service,
    "collaborative_removeServiceFromCollaborative": remove_service,
    "collaborative_updateCollaborativeMemberOrganization": update_organization,
}
