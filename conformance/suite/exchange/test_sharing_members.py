"""Members of a collaborative come, go and change: what holds for them and for the others then."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from conformance.judging import expect, not_applicable, refused, requirement
from conformance.oracles.exchange.rights import ACTIVE_STATES
from conformance.suite.exchange.asking import denied, reached
from conformance.targets.exchange import REFUSED, ExchangeTarget

NEEDS = ("administration", "admin", "second_owner")


@dataclass(frozen=True, kw_only=True)
class Club:
    """A collaborative of the check's own in which the owner and a guest may share.

    Attributes:
        id: its id.
        admin: who lets members in and out.
        owner: the first of them.
        guest: the second of them, the owner of other services.
    """

    id: str
    admin: ExchangeTarget
    owner: ExchangeTarget
    guest: ExchangeTarget

    def has(self, service: str) -> bool:
        """Whether the owner sees a service in its list."""
        return any(each.service_id == service for each in self.owner.list_services(self.id))

    def permits(self, permission: str) -> bool:
        """Whether the guest is told to have a permission."""
        told = self.guest.get_collaborative(self.id)
        return told.permission_of(self.guest.me.user_id) == permission

    def share(self) -> str:
        """The id of a new store of the owner's that is shared in it."""
        store = self.owner.fresh_store().data_store_id
        self.owner.share(self.id, store)
        self.owner.settled(partial(self.has, store), what="shared store in the list")
        return store

    def lets_out(self) -> None:
        """Take the guest out."""
        self.admin.remove_member(self.id, self.guest.me.user_id)
        self.guest.settled(
            lambda: not _lists(self.guest, self.id),
            what="list of whoever was taken out of a collaborative, without it",
        )


def _lists(view: ExchangeTarget, collaborative: str) -> bool:
    return any(each.collaborative_id == collaborative for each in view.list_collaboratives())


def _club(owner: ExchangeTarget) -> Club:
    admin, guest = owner.as_role("admin"), owner.as_role("second_owner")
    if guest.me.user_id == owner.me.user_id:
        not_applicable("the second owner is the owner")
    id_ = admin.create_collaborative(owner.fresh_name()).collaborative_id
    for view in (owner, guest):
        made = admin.add_member(id_, view.me.user_id, "READ_WRITE")
        for each in made.member_organizations or ():
            if each.member_state not in ACTIVE_STATES and each.organization is not None:
                organization = each.organization.organization_id
                admin.update_member_organization(id_, organization, "APPROVED")
        view.settled(partial(_lists, view, id_), what="collaborative of a new member, in the list")
    return Club(id=id_, admin=admin, owner=owner, guest=guest)


@requirement("DX-CO-001", needs=NEEDS)
def test_who_was_taken_out_is_in_it_no_more(exchange: ExchangeTarget) -> None:
    club = _club(exchange)
    club.lets_out()
    document = club.guest.document("collaborative_getCollaborative", collaborativeId=club.id)
    denied(club.guest, document, "a collaborative, asked by whoever was taken out of it")
    there = exchange.get_collaborative(club.id)
    for view, wanted in ((exchange, "READ_WRITE"), (club.guest, None)):
        got = there.permission_of(view.me.user_id)
        what = f"permission of {view.role} after {club.guest.role} was taken out"
        expect(got == wanted, what, got=got, wanted=wanted)


@requirement("DX-AU-004", needs=NEEDS)
def test_who_was_taken_out_reads_nothing_shared(exchange: ExchangeTarget) -> None:
    club = _club(exchange)
    store, guest = club.share(), club.guest
    reached(guest, partial(guest.get_data_store, store), "shared store, read by a member")
    club.lets_out()
    document = guest.document("storage_getDataStore", dataStoreId=store)
    guest.settled(
        lambda: not guest.post(document.body()).has_data,
        what="refusal of a shared store to whoever was taken out",
    )
    denied(guest, document, "a shared store, asked by whoever was taken out")


@requirement("DX-CO-002", needs=NEEDS)
def test_what_others_share_stays_when_a_member_goes(exchange: ExchangeTarget) -> None:
    club = _club(exchange)
    store = club.share()
    club.lets_out()
    expect(
        club.has(store), "list of services after another member was taken out", got=f"no {store}"
    )
    shared = exchange.list_shared_with(store)
    ids = [each.collaborative_id for each in shared]
    expect(club.id in ids, "where the store is shared then", got=ids, wanted=club.id)


@requirement("DX-CO-007", needs=NEEDS)
def test_a_permission_counts_as_it_was_set_last(exchange: ExchangeTarget) -> None:
    club = _club(exchange)
    guest, user = club.guest, club.guest.me.user_id
    store = guest.fresh_store().data_store_id
    for permission in ("READ_ONLY", "READ_WRITE"):
        club.admin.update_member(club.id, user, permission)
        guest.settled(
            partial(club.permits, permission),
            what=f"permission of a member that was set to {permission}",
        )
        if permission == "READ_ONLY":
            what = "sharing a store of one's own, by a member who may only read since then"
            refused(partial(guest.share, club.id, store), REFUSED, what)
            expect(not club.has(store), "whether the store is shared then", got=True, wanted=False)
        else:
            guest.share(club.id, store)
            guest.settled(partial(club.has, store), what="store that a member may share again")
