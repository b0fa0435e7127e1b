"""Who uses the naive exchange: one user for each role that the judge knows, and what they own."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.mutants.exchange.book import (
    Book,
    Collaborative,
    Database,
    Directory,
    Organization,
    Store,
    Token,
    User,
)
from fixtures.targets.exchange import ROLES

DAY_NS = 86_400 * 10**9

TOKENS: Mapping[str, str] = {
    role: f"{role.replace('_', '-')}-of-the-naive-exchange" for role in ROLES
}
"""The token of each role."""

_ORGANIZATIONS = {
    "utility": "HOST_ORGANIZATION",
    "partner": "APPROVED",
    "newcomer": "PENDING_APPROVAL",
    "stranger": None,
}
_USERS = {
    "owner": ("utility", "READ_WRITE"),
    "second_owner": ("partner", "READ_WRITE"),
    "same_organization": ("utility", None),
    "read_write": ("partner", "READ_WRITE"),
    "read_only": ("partner", "READ_ONLY"),
    "pending": ("newcomer", "READ_WRITE"),
    "outsider": ("stranger", None),
    "disabled": ("utility", None),
    "admin": ("utility", None),
}
_STORES = ("owner", "second_owner", "read_write", "read_only", "outsider")
_DATABASES = ("owner", "second_owner", "outsider")
COLLABORATIVE = "collaborative-naive"


def populated(book: Book) -> Book:
    """The book with its population."""
    for name, state in _ORGANIZATIONS.items():
        id_ = f"organization-{name}"
        book.organizations[id_] = Organization(
            id=id_, name=name.title(), host=state == "HOST_ORGANIZATION"
        )
    for role, (organization, _) in _USERS.items():
        _add_user(book, role, organization)
    owner = book.users["user-owner"]
    _add_token(book, "owner_again", owner.id, None)
    _add_token(book, "expired", owner.id, book.now() - DAY_NS)
    for role in _STORES:
        add_store(book, f"dataStore-naive-{role}", f"Files of {role}", f"user-{role}")
    for role in _DATABASES:
        add_database(book, f"timeSeriesDb-naive-{role}", f"Series of {role}", f"user-{role}")
    book.collaboratives[COLLABORATIVE] = Collaborative(
        id=COLLABORATIVE,
        name="Feeder pilot",
        description=None,
        host="organization-utility",
        organizations={f"organization-{n}": state for n, state in _ORGANIZATIONS.items() if state},
        members={f"user-{r}": permission for r, (_, permission) in _USERS.items() if permission},
    )
    return book


def _add_user(book: Book, role: str, organization: str) -> None:
    id_ = f"user-{role}"
    book.users[id_] = User(
        id=id_,
        email=f"{role}@{organization}.example",
        first_name=role.split("_")[0].title(),
        last_name="Naive",
        organization=f"organization-{organization}",
        roles=["PLATFORM_ADMIN"] if role == "admin" else ["DATA_PROVIDER"],
        state="DISABLED" if role == "disabled" else "ACTIVE",
    )
    _add_token(book, role, id_, None)


def _add_token(book: Book, role: str, user: str, expires_ns: int | None) -> None:
    value = TOKENS[role]
    book.tokens[value] = Token(
        id=f"token-{role}",
        value=value,
        user=user,
        name=role,
        created_ns=book.now() - 2 * DAY_NS,
        expires_ns=expires_ns,
    )


def add_store(book: Book, id_: str, name: str, owner: str, description: str | None = None) -> Store:
    """Keep a new store with its home directory."""
    home = f"directory-home-{id_.partition('-')[2]}"
    book.directories[home] = Directory(id=home, store=id_, name="home", owner=owner, parent=None)
    store = Store(id=id_, name=name, description=description, owner=owner, home=home)
    book.stores[id_] = store
    return store


def add_database(
    book: Book, id_: str, name: str, owner: str, description: str | None = None
) -> Database:
    """Keep a new, empty database."""
    database = Database(
        id=id_,
        name=name,
        description=description,
        owner=owner,
        database="exchange",
        table=id_.partition("-")[2],
    )
    book.databases[id_] = database
    return database
