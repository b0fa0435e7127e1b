"""One call of an operation: who asks, what is known, and how it is decided.

What several families of operations need stands here: finding with rights, and how things look.
Parts that a document may leave out are functions: they are looked up where they are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.mutants.exchange.book import (
    Book,
    Collaborative,
    Database,
    Directory,
    File,
    Organization,
    Store,
    User,
    kind_of,
)
from conformance.mutants.exchange.policy import Policy
from conformance.mutants.exchange.times import iso

Answer = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call by a user."""

    policy: Policy
    book: Book
    user: User

    def service(self, id_: str, right: str = "may_read") -> Store | Database:
        """The service of an id; `right` names the hook that has to allow it.

        Raises:
            Refuse: it does not exist, or is not for the caller.
        """
        found: Store | Database | None = self.policy.finds(self.book, "service", id_)
        if found is None:
            raise self.policy.absent("service", id_)
        if not getattr(self.policy, right)(self.book, self.user, found):
            raise self.policy.forbidden("service", id_)
        return found

    def store(self, id_: str, right: str = "may_read") -> Store:
        """The store of an id.

        Raises:
            Refuse: it does not exist, or is not for the caller.
        """
        found = self.service(id_, right)
        if not isinstance(found, Store):
            raise self.policy.absent("store", id_)
        return found

    def database(self, id_: str, right: str = "may_read") -> Database:
        """The database of an id.

        Raises:
            Refuse: it does not exist, or is not for the caller.
        """
        found = self.service(id_, right)
        if not isinstance(found, Database):
            raise self.policy.absent("database", id_)
        return found

    def directory(self, id_: str, right: str = "may_read") -> Directory:
        """The directory of an id.

        Raises:
            Refuse: it does not exist, or is not for the caller.
        """
        found: Directory | None = self.policy.finds(self.book, "directory", id_)
        if found is None:
            raise self.policy.absent("directory", id_)
        self.store(found.store, right)
        return found

    def file(self, id_: str, right: str = "may_read") -> File:
        """The file of an id.

        Raises:
            Refuse: it does not exist, or is not for the caller.
        """
        found: File | None = self.policy.finds(self.book, "file", id_)
        if found is None:
            raise self.policy.absent("file", id_)
        self.store(found.store, right)
        return found

    def collaborative(self, id_: str) -> Collaborative:
        """The collaborative of an id.

        Raises:
            Refuse: it does not exist, or the caller is not in it.
        """
        found: Collaborative | None = self.policy.finds(self.book, "collaborative", id_)
        if found is None:
            raise self.policy.absent("collaborative", id_)
        if not self.policy.may_look(found, self.user):
            raise self.policy.forbidden("collaborative", id_)
        return found

    def show(self, kind: str, answer: Answer) -> Answer:
        """A thing as it is answered."""
        shown: Answer = self.policy.shown(self, kind, answer)
        return shown


Operation = Callable[..., Any]
Operations = Mapping[str, Operation]
"""Operations by their name in the contract; they take the call and the contract's arguments."""


def user_view(call: Call, user: User | None) -> Answer | None:
    """A User."""
    if user is None:
        return None
    return call.show(
        "User",
        {
            "userId": user.id,
            "firstName": user.first_name,
            "lastName": user.last_name,
            "email": user.email,
            "mobile": user.mobile,
            "lastActive": iso(user.active_ns),
            "userAccountState": user.state,
            "userRoles": user.roles,
            "organization": lambda info: organization_view(
                call, call.book.organizations.get(user.organization)
            ),
        },
    )


def organization_view(call: Call, organization: Organization | None) -> Answer | None:
    """An Organization."""
    if organization is None:
        return None
    return call.show(
        "Organization",
        {
            "organizationId": organization.id,
            "name": organization.name,
            "hostOrganization": organization.host,
        },
    )


def store_view(call: Call, store: Store) -> Answer:
    """A DataStore."""
    return call.show(
        "DataStore",
        {
            "dataStoreId": store.id,
            "name": store.name,
            "description": store.description,
            "ownerUserId": store.owner,
            "homeDirectoryId": store.home,
        },
    )


def directory_view(call: Call, directory: Directory) -> Answer:
    """A DataStoreDirectory; what is in it is looked up where it is asked for."""
    return call.show(
        "DataStoreDirectory",
        {
            "dataStoreDirectoryId": directory.id,
            "dataStoreId": directory.store,
            "name": directory.name,
            "owner": lambda info: user_view(call, call.book.users.get(directory.owner)),
            "ownerUserId": directory.owner,
            "homeDirectory": directory.parent is None,
            "parentDirectoryId": directory.parent,
            "contents": lambda info: [
                object_view(call, inner) for inner in call.policy.contents(call.book, directory)
            ],
        },
    )


def object_view(call: Call, inner: File | Directory) -> Answer:
    """A DataStoreObject."""
    of_file = isinstance(inner, File)
    return call.show(
        "DataStoreObject",
        {
            "objectType": "FILE" if of_file else "DIRECTORY",
            "dataStoreFile": file_view(call, inner) if isinstance(inner, File) else None,
            "dataStoreDirectory": None if isinstance(inner, File) else directory_view(call, inner),
        },
    )


def file_view(call: Call, file: File) -> Answer:
    """A DataStoreFile."""
    return call.show(
        "DataStoreFile",
        {
            "dataStoreFileId": file.id,
            "dataStoreId": file.store,
            "dataStoreDirectoryId": file.directory,
            "name": file.name,
            "fileExtension": file.extension,
            "description": file.description,
            "storageSizeBytes": file.size,
            "owner": lambda info: user_view(call, call.book.users.get(file.owner)),
            "ownerUserId": file.owner,
            "s3ConfirmedUpload": file.confirmed,
            "lastModified": iso(file.modified_ns),
            "contentType": file.content_type,
            "dataViewIds": [],
        },
    )


def database_view(call: Call, database: Database) -> Answer:
    """A TimeSeriesDb."""
    return call.show(
        "TimeSeriesDb",
        {
            "timeSeriesDbId": database.id,
            "name": database.name,
            "description": database.description,
            "ownerUserId": database.owner,
            "databaseName": database.database,
            "tableName": database.table,
        },
    )


def service_view(call: Call, service: Store | Database) -> Answer:
    """A Service."""
    return call.show(
        "Service",
        {
            "serviceId": service.id,
            "serviceType": kind_of(service.id),
            "dataStore": store_view(call, service) if isinstance(service, Store) else None,
            "timeSeriesDb": (
                database_view(call, service) if isinstance(service, Database) else None
            ),
        },
    )


def collaborative_view(call: Call, collaborative: Collaborative) -> Answer:
    """A Collaborative, its members by organization."""
    return call.show(
        "Collaborative",
        {
            "collaborativeId": collaborative.id,
            "name": collaborative.name,
            "description": collaborative.description,
            "hostOrganizationId": collaborative.host,
            "memberOrganizations": [
                member_view(call, collaborative, organization)
                for organization in collaborative.organizations
            ],
        },
    )


def member_view(call: Call, collaborative: Collaborative, organization: str) -> Answer:
    """A CollaborativeMemberOrganization."""
    users = call.book.users
    by, at_ns = collaborative.submitted.get(organization, (None, None))
    return call.show(
        "CollaborativeMemberOrganization",
        {
            "collaborativeId": collaborative.id,
            "organization": organization_view(call, call.book.organizations.get(organization)),
            "memberState": collaborative.organizations[organization],
            "accessApprovedByUserId": collaborative.approved_by.get(organization),
            "submittedByUser": user_view(call, users.get(by)) if by else None,
            "submittedTimestamp": iso(at_ns) if at_ns else None,
            "usersInCollaborative": [
                {"permission": permission, "user": user_view(call, users[id_])}
                for id_, permission in collaborative.members.items()
                if users[id_].organization == organization
            ],
        },
    )
