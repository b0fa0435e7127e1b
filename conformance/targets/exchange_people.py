"""Users, tokens, collaboratives and administration of the exchange API."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.failures import Nonconformance, NotApplicable, Refused
from conformance.oracles.exchange.model import (
    AuthenticationToken,
    Collaborative,
    CollaborativeMemberOrganization,
    Organization,
    Service,
    User,
    UserSession,
)
from conformance.targets.exchange_speaking import Speaking

SERVICE_TYPES = (("dataStore", "DATA_STORE"), ("timeSeriesDb", "TIME_SERIES_DB"))
"""Part of an id, and the type of service that the published SDK takes it for; the first counts."""


def service_type_of(id: str) -> str:
    """The type of service of an id as the published SDK tells it; `unknown` is no type at all."""
    return next((name for part, name in SERVICE_TYPES if part in id), "unknown")


class People(Speaking):
    """Operations that begin with `user_`, `collaborative_` and `platformAdmin_`."""

    def user(self) -> User:
        """user_getUserSession: whose token it is.

        Raises:
            Nonconformance: the session has no user.
        """
        session: UserSession = self.ask("user_getUserSession")
        if session.user is None:
            raise Nonconformance("user of the session", got="null", wanted="a user")
        return session.user

    def list_tokens(self) -> tuple[AuthenticationToken, ...]:
        """user_listAuthenticationTokens; needs administration."""
        found: tuple[AuthenticationToken, ...] = self.ask("user_listAuthenticationTokens")
        return found

    def create_token(self, name: str, days: int = 1) -> AuthenticationToken:
        """user_createAuthenticationToken; its value speaks for the caller; administration."""
        found: AuthenticationToken = self.ask(
            "user_createAuthenticationToken", name=name, daysBeforeExpiration=days
        )
        return found

    def delete_token(self, id: str) -> AuthenticationToken:
        """user_deleteAuthenticationToken; needs administration."""
        found: AuthenticationToken = self.ask("user_deleteAuthenticationToken", tokenId=id)
        return found

    def list_collaboratives(self) -> tuple[Collaborative, ...]:
        """collaborative_listCollaboratives."""
        found: tuple[Collaborative, ...] = self.ask("collaborative_listCollaboratives")
        return found

    def get_collaborative(self, id: str) -> Collaborative:
        """collaborative_getCollaborative."""
        found: Collaborative = self.ask("collaborative_getCollaborative", collaborativeId=id)
        return found

    def list_services(self, collaborative: str) -> tuple[Service, ...]:
        """collaborative_listCollaborativeServices."""
        found: tuple[Service, ...] = self.ask(
            "collaborative_listCollaborativeServices", collaborativeId=collaborative
        )
        return found

    def list_shared_with(
        self, service: str, *, type: str | None = None
    ) -> tuple[Collaborative, ...]:
        """collaborative_listCollaborativesServiceSharedWith; the type follows from the id."""
        found: tuple[Collaborative, ...] = self.ask(
            "collaborative_listCollaborativesServiceSharedWith",
            serviceType=type or service_type_of(service),
            serviceId=service,
        )
        return found

    def share(self, collaborative: str, service: str, *, type: str | None = None) -> Service:
        """collaborative_addServiceToCollaborative; taken back at the end of the check.

        What others had shared before stays shared.
        """
        kind = type or service_type_of(service)
        ours = self._is_ours(collaborative, service)
        found: Service = self.ask(
            "collaborative_addServiceToCollaborative",
            collaborativeId=collaborative,
            serviceType=kind,
            serviceId=service,
        )
        id_ = share_id(collaborative, kind, service)
        if ours and not any(made.id == id_ for made in self.caller.log.made):
            self.caller.made("share", id_)
        return found

    def unshare(self, collaborative: str, service: str, *, type: str | None = None) -> Service:
        """collaborative_removeServiceFromCollaborative.

        Raises:
            NotApplicable: it was shared before the check, by somebody else's will.
        """
        kind = type or service_type_of(service)
        if not self._is_ours(collaborative, service):
            raise NotApplicable(f"{service} is shared already, and not by this run")
        found: Service = self.ask(
            "collaborative_removeServiceFromCollaborative",
            collaborativeId=collaborative,
            serviceType=kind,
            serviceId=service,
        )
        self.caller.removed("share", share_id(collaborative, kind, service))
        return found

    def _is_ours(self, collaborative: str, service: str) -> bool:
        """Whether sharing this service is up to the check: it made it, shared it, or nobody did."""
        made = self.caller.log.made
        if any(m.id == service or m.id.endswith(f" {service}") for m in made):
            return True
        try:
            return all(s.service_id != service for s in self.list_services(collaborative))
        except Refused:
            return True  # The caller may not look, so the call itself will be refused.

    def update_member_organization(
        self, collaborative: str, organization: str, state: str
    ) -> CollaborativeMemberOrganization:
        """collaborative_updateCollaborativeMemberOrganization; needs administration."""
        found: CollaborativeMemberOrganization = self.ask(
            "collaborative_updateCollaborativeMemberOrganization",
            collaborativeId=collaborative,
            organizationId=organization,
            memberState=state,
        )
        return found

    def create_organization(self, name: str, *, host: bool = False) -> Organization:
        """platformAdmin_createOrganization; for `as_role("admin")`."""
        found: Organization = self.ask(
            "platformAdmin_createOrganization", name=name, hostOrganization=host
        )
        return found

    def create_user(
        self,
        email: str,
        *,
        organization: str,
        first_name: str = "Grid",
        last_name: str = "Proof",
        roles: Sequence[str] = (),
    ) -> User:
        """platformAdmin_createUser; for `as_role("admin")`."""
        found: User = self.ask(
            "platformAdmin_createUser",
            email=email,
            firstName=first_name,
            lastName=last_name,
            organizationId=organization,
            userRoles=list(roles) or None,
        )
        return found

    def update_user(
        self, id: str, *, state: str | None = None, roles: Sequence[str] | None = None
    ) -> User:
        """platformAdmin_updateUser; for `as_role("admin")`."""
        found: User = self.ask(
            "platformAdmin_updateUser",
            userId=id,
            userAccountState=state,
            userRoles=None if roles is None else list(roles),
        )
        return found

    def create_collaborative(self, name: str, description: str | None = None) -> Collaborative:
        """platformAdmin_createCollaborative, hosted by the admin's organization."""
        found: Collaborative = self.ask(
            "platformAdmin_createCollaborative", name=name, description=description
        )
        return found

    def delete_collaborative(self, id: str) -> Collaborative:
        """platformAdmin_deleteCollaborative; for `as_role("admin")`."""
        found: Collaborative = self.ask("platformAdmin_deleteCollaborative", collaborativeId=id)
        return found

    def add_member(
        self, collaborative: str, user: str, permission: str = "READ_ONLY"
    ) -> Collaborative:
        """platformAdmin_addCollaborativeMember; for `as_role("admin")`."""
        found: Collaborative = self.ask(
            "platformAdmin_addCollaborativeMember",
            collaborativeId=collaborative,
            userId=user,
            permission=permission,
        )
        return found

    def update_member(self, collaborative: str, user: str, permission: str) -> Collaborative:
        """platformAdmin_updateCollaborativeMember; for `as_role("admin")`."""
        found: Collaborative = self.ask(
            "platformAdmin_updateCollaborativeMember",
            collaborativeId=collaborative,
            userId=user,
            permission=permission,
        )
        return found

    def remove_member(self, collaborative: str, user: str) -> Collaborative:
        """platformAdmin_removeCollaborativeMember; for `as_role("admin")`."""
        found: Collaborative = self.ask(
            "platformAdmin_removeCollaborativeMember", collaborativeId=collaborative, userId=user
        )
        return found


def share_id(collaborative: str, type: str, service: str) -> str:
    """One service in one collaborative, as the journal names it."""
    return f"{collaborative} {type} {service}"
