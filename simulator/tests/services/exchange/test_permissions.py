"""Rights while people, permissions, states and shares change, against a model of plain sets."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from simulator.services.exchange import ExchangeError
from simulator.services.exchange.rights import Need
from simulator.tests.services.exchange.exchange import Exchange

HOST = "organization-utility"
ORGANIZATIONS = {
    "owner": HOST,
    "same_organization": HOST,
    "second_owner": "organization-university",
    "read_write": "organization-vendor",
    "read_only": "organization-vendor",
    "pending": "organization-applicant",
    "outsider": "organization-elsewhere",
}
OWNERS = ("owner", "second_owner", "read_write", "read_only", "outsider")
people = st.sampled_from(sorted(ORGANIZATIONS))
owners = st.sampled_from(OWNERS)
permissions = st.sampled_from(["READ_ONLY", "READ_WRITE"])


class Permissions(RuleBasedStateMachine):
    """One collaborative; everybody is in it at first."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.exchange = Exchange(Path(self.folder.name), "shared-write")
        self.users = {role: self.exchange.user(role) for role in ORGANIZATIONS}
        self.admin = self.exchange.user("admin")
        self.stores = {role: self.exchange.store(role).data_store_id for role in OWNERS}
        self.permission: dict[str, str] = {}
        self.state: dict[str, str] = {HOST: "HOST_ORGANIZATION"}
        self.shared: set[str] = set()
        made = self.exchange.administration.create_collaborative(self.admin, "Group")
        self.id = made.collaborative_id

    def teardown(self) -> None:
        self.exchange.close()
        self.folder.cleanup()

    def try_(self, wanted: bool, call: Any, *args: Any) -> None:
        """Call, and compare whether it is carried out with what the model says."""
        try:
            call(*args)
        except ExchangeError:
            assert not wanted
        else:
            assert wanted

    def part(self, role: str) -> str | None:
        """Return a person's permission if it counts."""
        inside = self.state.get(ORGANIZATIONS[role]) in ("APPROVED", "HOST_ORGANIZATION")
        return self.permission.get(role) if inside else None

    @initialize(
        given=st.fixed_dictionaries({role: permissions for role in ORGANIZATIONS}),
        approved=st.sets(st.sampled_from(sorted(ORGANIZATIONS.values())), min_size=2),
    )
    def begin(self, given: dict[str, str], approved: set[str]) -> None:
        for role, permission in given.items():
            self.add(role, permission)
        for organization in sorted(approved - {HOST}):
            self.exchange.sharing.update_collaborative_member_organization(
                self.admin, self.id, organization, "APPROVED"
            )
            self.state[organization] = "APPROVED"

    @rule(role=people, permission=permissions)
    def add(self, role: str, permission: str) -> None:
        call = self.exchange.administration.add_collaborative_member
        user_id = self.users[role].user_id
        self.try_(role not in self.permission, call, self.admin, self.id, user_id, permission)
        self.permission.setdefault(role, permission)
        self.state.setdefault(ORGANIZATIONS[role], "PENDING_APPROVAL")

    @rule(role=people, permission=permissions)
    def change(self, role: str, permission: str) -> None:
        call = self.exchange.administration.update_collaborative_member
        user_id = self.users[role].user_id
        self.try_(role in self.permission, call, self.admin, self.id, user_id, permission)
        if role in self.permission:
            self.permission[role] = permission

    @rule(role=people)
    def remove(self, role: str) -> None:
        call = self.exchange.administration.remove_collaborative_member
        user_id = self.users[role].user_id
        self.try_(role in self.permission, call, self.admin, self.id, user_id)
        self.permission.pop(role, None)
        self.shared.discard(role)
        organization = ORGANIZATIONS[role]
        if organization not in (HOST, *(ORGANIZATIONS[each] for each in self.permission)):
            self.state.pop(organization, None)

    @rule(
        role=people,
        organization=st.sampled_from(sorted({*ORGANIZATIONS.values()} - {HOST})),
        state=st.sampled_from(["APPROVED", "DENIED_ACCESS", "PENDING_APPROVAL"]),
    )
    def approve(self, role: str, organization: str, state: str) -> None:
        call = self.exchange.sharing.update_collaborative_member_organization
        may = ORGANIZATIONS[role] == HOST and self.permission.get(role) == "READ_WRITE"
        wanted = may and organization in self.state
        self.try_(wanted, call, self.users[role], self.id, organization, state)
        if wanted:
            self.state[organization] = state

    @rule(owner=owners)
    def share_own(self, owner: str) -> None:
        self.share(owner, owner)

    @rule(role=people, owner=owners)
    def share(self, role: str, owner: str) -> None:
        call = self.exchange.sharing.add_service_to_collaborative
        wanted = role == owner and self.part(role) == "READ_WRITE"
        self.try_(wanted, call, self.users[role], self.id, "DATA_STORE", self.stores[owner])
        if wanted:
            self.shared.add(owner)

    @rule(role=people, owner=owners)
    def unshare(self, role: str, owner: str) -> None:
        call = self.exchange.sharing.remove_service_from_collaborative
        wanted = role == owner and owner in self.shared
        self.try_(wanted, call, self.users[role], self.id, "DATA_STORE", self.stores[owner])
        if wanted:
            self.shared.discard(owner)

    @invariant()
    def rights_are_those_of_the_table(self) -> None:
        standing = {"owner", "second_owner", "read_write", "read_only"}
        for role, user in self.users.items():
            part = self.part(role)
            for owner, store_id in self.stores.items():
                wanted = set(Need) if role == owner else set()
                if owner == "owner" and role in standing:
                    # The shipped collaborative shares this store with them all the time.
                    wanted.add(Need.READ)
                    if role in ("second_owner", "read_write"):
                        wanted.add(Need.WRITE)
                if owner in self.shared and part is not None:
                    wanted.add(Need.READ)
                    if part == "READ_WRITE":
                        wanted.add(Need.WRITE)
                rights = self.exchange.rights
                assert {need for need in Need if rights.may(user, store_id, need)} == wanted

    @invariant()
    def lists_agree(self) -> None:
        services = [self.stores[owner] for owner in self.shared]
        for role, user in self.users.items():
            sharing = self.exchange.sharing
            listed = {each.collaborative_id for each in sharing.list_collaboratives(user)}
            assert (self.id in listed) is (self.part(role) is not None)
            if self.id in listed:
                found = sharing.list_collaborative_services(user, self.id)
                assert sorted(each.service_id for each in found) == sorted(services)


TestPermissions = Permissions.TestCase
TestPermissions.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
