"""Faults in collaboratives, and in what sharing allows."""

from __future__ import annotations

from typing import Any

from conformance.mutants.exchange import access
from conformance.mutants.exchange.book import Book, Collaborative, Database, Store, User
from conformance.mutants.exchange.faults.storing import null_if_empty
from conformance.mutants.exchange.making import (
    always,
    answering,
    fault,
    looks,
    nothing,
    rebuilt,
    reworded,
)

Service = Store | Database


def all_of_them(book: Book, user: User) -> list[Collaborative]:
    """Everybody's collaboratives are listed."""
    return list(book.collaboratives.values())


def by_organization(book: Book, user: User) -> list[Collaborative]:
    """Collaboratives of a user's organization are listed."""
    return [c for c in book.collaboratives.values() if user.organization in c.organizations]


def appended(collaborative: Collaborative, service: str) -> None:
    """Sharing twice shows a service twice."""
    collaborative.services.append(service)


def swept(collaborative: Collaborative, service: str) -> None:
    """Taking back a service takes back all of its kind."""
    access.unshared(collaborative, service)
    kind = service.split("-")[0]
    collaborative.services[:] = [s for s in collaborative.services if s.split("-")[0] != kind]


def member_shares(book: Book, user: User, service: Service) -> bool:
    """Members may do what the owner may."""
    return access.may_own(book, user, service) or access.may_read(book, user, service)


def writer_owns(book: Book, user: User, service: Service) -> bool:
    """Members of the owner's collaboratives may share what is the owner's."""
    mine = [c for c in book.collaboratives.values() if access.standing(c, user) == "READ_WRITE"]
    return access.may_own(book, user, service) or any(service.owner in c.members for c in mine)


def reader_writes(book: Book, user: User, service: Service) -> bool:
    """Whoever may read may write."""
    return access.may_read(book, user, service)


def writer_reads(book: Book, user: User, service: Service) -> bool:
    """Members with READ_ONLY may not read."""
    return service.owner == user.id or "READ_WRITE" in access.permissions(book, user, service.id)


def remembered(book: Book, user: User, service: Service) -> bool:
    """Whoever could read once can read for ever."""
    known = book.scratch.setdefault("readers", set())
    if access.may_read(book, user, service):
        known.add((user.id, service.id))
    return (user.id, service.id) in known


def any_state(collaborative: Collaborative, user: User) -> str | None:
    """The state of an organization is not looked at."""
    return collaborative.members.get(user.id)


def joined_any(book: Book, user: User) -> list[Collaborative]:
    """Members of waiting organizations see the collaborative."""
    return [c for c in book.collaboratives.values() if any_state(c, user)]


def reads_any(book: Book, user: User, service: Service) -> bool:
    """Members of waiting organizations read what is shared."""
    return access.may_read(book, user, service) or any(
        any_state(c, user) for c in access.shared_with(book, service.id)
    )


def reads_on(book: Book, user: User, service: Service) -> bool:
    """Whoever was a member reads what is shared there."""
    known = book.scratch.setdefault("members", set())
    known |= {(c.id, id_) for c in book.collaboratives.values() for id_ in c.members}
    return access.may_read(book, user, service) or any(
        (c.id, user.id) in known for c in access.shared_with(book, service.id)
    )


def leaves_nothing(collaborative: Collaborative, user_id: str) -> None:
    """A member who goes takes along what anybody shares."""
    access.takes_out(collaborative, user_id)
    collaborative.services.clear()


def one_organization(answer: dict[str, Any]) -> list[Any]:
    """All members stand below the host."""
    listed = [dict(one) for one in answer["memberOrganizations"]]
    users = [user for one in listed for user in one["usersInCollaborative"]]
    return [{**one, "usersInCollaborative": [] if at else users} for at, one in enumerate(listed)]


def bare(answer: Any) -> Any:
    """A collaborative by its id has no members."""
    return {**answer, "memberOrganizations": []}


MUTANTS = (
    fault("collaboratives-of-all", "Everybody's collaboratives are listed.",
          {"joined": all_of_them}, "CO-001"),
    fault("collaborative-bare", "A collaborative by its id has no members.",
          answering("collaborative_getCollaborative", bare), "CO-001"),
    fault("collaborative-lumped", "All members stand below one organization.",
          looks("Collaborative", memberOrganizations=one_organization), "CO-001"),
    fault("share-in-vain", "Sharing shares nothing.", {"shared": nothing}, "CO-002"),
    fault("share-unlisted", "A service is in no collaborative's list.",
          {"shared_with": always([])}, "CO-002"),
    fault("share-twice", "A service that is shared twice stands in the list twice.",
          {"shared": appended}, "CO-003"),
    fault("unshare-in-vain", "A service that is taken back stays.", {"unshared": nothing},
          "CO-004"),
    fault("unshare-sweeps", "Taking back a service takes back all of its kind.",
          {"unshared": swept}, "CO-004"),
    fault("share-by-members", "Members may share and take back what others own.",
          {"may_own": member_shares}, "CO-005"),
    fault("share-by-anybody", "Everybody may share what others own.",
          {"may_own": always(True)}, "CO-005"),
    fault("share-by-partners", "Members may share what another member owns.",
          {"may_own": writer_owns}, "CO-005"),
    fault("reader-writes", "Members with READ_ONLY may write.", {"may_write": reader_writes},
          "CO-006"),
    fault("reader-is-blind", "Members with READ_ONLY may not read.",
          {"may_read": writer_reads}, "CO-006"),
    fault("reader-shares", "Members with READ_ONLY may share.",
          {"may_share": access.may_look}, "CO-007"),
    fault("writer-shares-not", "Nobody but the host may share.",
          {"may_share": lambda c, user: user.organization == c.host}, "CO-007"),
    fault("unshare-remembered", "Whoever could read once can read for ever.",
          {"may_read": remembered}, "CO-008"),
    fault("kinds-unchecked", "The type of a service is not compared with its id.",
          {"check_kind": nothing}, "CO-009"),
    fault("pending-sees", "Members of waiting organizations see the collaborative.",
          {"joined": joined_any, "may_look": any_state}, "CO-010"),
    fault("pending-reads", "Members of waiting organizations read what is shared.",
          {"may_read": reads_any}, "CO-010"),
    fault("member-stays", "A member who is taken out stays.", {"takes_out": nothing}, "CO-001",
          "AU-004"),
    fault("member-reads-on", "Whoever was a member reads what is shared there.",
          {"may_read": reads_on}, "AU-004"),
    fault("member-takes-along", "A member who goes takes along what anybody shares.",
          {"takes_out": leaves_nothing}, "CO-002"),
    fault("member-permission-stays", "The permission of a member stays as it was first.",
          {"permits": nothing}, "CO-007"),
    fault("permissions-odd", "Permissions are words that nobody knows.",
          reworded(lambda text: text.replace('"READ_ONLY"', '"VIEWER"')), "CO-011"),
    fault("members-null", "Lists of members are null if they are empty.",
          null_if_empty("usersInCollaborative", "collaborative_listCollaborativeServices"),
          "CO-011"),
    fault("organizations-null", "The organizations of a collaborative are null.",
          rebuilt(lambda key, value: None if key == "memberOrganizations" else value), "CO-011"),
)  # fmt: skip
