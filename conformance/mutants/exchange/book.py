"""What the naive exchange remembers, and the one error with which it refuses.

Refuse            a call is refused; its kind is the `errorType` that callers see
"""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Topic = tuple[str, ...]
Scalar = float | int | str | bool
Kind = Literal["DATA_STORE", "TIME_SERIES_DB"]


class Refuse(Exception):
    """The call is refused: `kind` is its errorType, `info` its errorInfo."""

    def __init__(self, kind: str, text: str, info: Any = None) -> None:
        super().__init__(text)
        self.kind = kind
        self.info = info


@dataclass(eq=False, kw_only=True)
class Organization:
    """A member organization of the platform."""

    id: str
    name: str
    host: bool = False


@dataclass(eq=False, kw_only=True)
class User:
    """An account; `state` and `roles` are values of the contract's enums.

    Attributes:
        active_ns: when it was made; nobody asks when it called last.
    """

    id: str
    email: str
    first_name: str
    last_name: str
    organization: str
    roles: list[str] = field(default_factory=list)
    state: str = "ACTIVE"
    mobile: str | None = None
    active_ns: int = field(default_factory=time.time_ns)


@dataclass(eq=False, kw_only=True)
class Token:
    """A personal token; it ends at `expires_ns`, if it ends."""

    id: str
    value: str
    user: str
    name: str
    created_ns: int
    expires_ns: int | None = None


@dataclass(eq=False, kw_only=True)
class Collaborative:
    """Organizations by state, users by permission, and the ids of what is shared."""

    id: str
    name: str
    description: str | None
    host: str
    organizations: dict[str, str] = field(default_factory=dict)
    members: dict[str, str] = field(default_factory=dict)
    services: list[str] = field(default_factory=list)
    approved_by: dict[str, str] = field(default_factory=dict)
    submitted: dict[str, tuple[str, int]] = field(default_factory=dict)


@dataclass(eq=False, kw_only=True)
class Store:
    """A data store; its files hang below its home directory."""

    id: str
    name: str
    description: str | None
    owner: str
    home: str


@dataclass(eq=False, kw_only=True)
class Directory:
    """A directory; the home directory has no parent."""

    id: str
    store: str
    name: str
    owner: str
    parent: str | None


@dataclass(eq=False, kw_only=True)
class File:
    """A file's metadata; its bytes are the object `key`, once they are there."""

    id: str
    store: str
    directory: str
    name: str
    extension: str
    description: str | None
    owner: str
    upload: str
    key: str
    modified_ns: int
    size: int | None = None
    confirmed: bool = False
    content_type: str | None = None


@dataclass(frozen=True, kw_only=True)
class Object:
    """Stored bytes."""

    content: bytes
    content_type: str
    modified_ns: int


@dataclass(eq=False, kw_only=True)
class Row:
    """A row of a database's table: values by measure; a single measure's name is the row's."""

    asset: str
    dimensions: dict[str, str]
    measure_name: str
    time_ns: int
    version: int
    single: bool
    values: dict[str, tuple[str, Scalar]]


@dataclass(eq=False, kw_only=True)
class Database:
    """A time series database.

    Attributes:
        rows: by asset, dimensions, measure name and time.
        types: of measures by lower-case name.
        spelling: the first spelling of dimensions and measures by lower-case name.
        named: names of assets by id, and the instants they are of.
    """

    id: str
    name: str
    description: str | None
    owner: str
    database: str
    table: str
    rows: dict[tuple[Any, ...], Row] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    spelling: dict[str, str] = field(default_factory=dict)
    named: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def names(self) -> dict[str, str]:
        """Names of assets by id."""
        return {asset: name for asset, (_, name) in self.named.items()}


@dataclass(frozen=True, kw_only=True)
class Point:
    """One value of one attribute."""

    asset: str
    attribute: str
    type: str
    time_ns: int
    value: Scalar


@dataclass(eq=False, kw_only=True)
class Query:
    """A structured query: what it found, how much of it was read, and what identifies its pages."""

    id: str
    user: str
    database: str
    request: tuple[Any, ...]
    points: list[Point]
    names: dict[str, str]
    size: int
    text: str
    client_token: str
    read: int = 0
    progress: float = 0.0
    cancelled: bool = False


@dataclass(eq=False, kw_only=True)
class Subscriber:
    """An open subscription: what it wants to hear of, and who tells it."""

    topic: Topic
    tell: Callable[[dict[str, Any]], None]


@dataclass(kw_only=True)
class Book:
    """Everything the endpoint knows, guarded by `lock`.

    `scratch` belongs to whatever replaces a policy and needs to remember something.

    Attributes:
        base: under which objects and GraphQL are served.
        retained: the last event of a topic, told to those who come late.
        results: of SQL queries whose pages are being read.
    """

    now: Callable[[], int] = time.time_ns
    base: str = ""
    secret: bytes = field(default_factory=lambda: uuid.uuid4().bytes)
    organizations: dict[str, Organization] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    collaboratives: dict[str, Collaborative] = field(default_factory=dict)
    stores: dict[str, Store] = field(default_factory=dict)
    directories: dict[str, Directory] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    objects: dict[str, Object] = field(default_factory=dict)
    databases: dict[str, Database] = field(default_factory=dict)
    queries: dict[str, Query] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)
    retained: dict[Topic, dict[str, Any]] = field(default_factory=dict)
    subscribers: list[Subscriber] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    scratch: dict[str, Any] = field(default_factory=dict)

    def service(self, id_: str) -> Store | Database | None:
        """The store or database of an id."""
        return self.stores.get(id_) or self.databases.get(id_)

    def sign(self, *parts: object) -> str:
        """A signature of the endpoint's own."""
        text = "\n".join(map(str, parts)).encode()
        return hmac.new(self.secret, text, hashlib.sha256).hexdigest()


def kind_of(id_: str) -> Kind | None:
    """The kind of service that an id's text names."""
    if "dataStore-" in id_:
        return "DATA_STORE"
    return "TIME_SERIES_DB" if "timeSeriesDb-" in id_ else None


def invalid(text: str) -> Refuse:
    """The refusal of an argument."""
    return Refuse("ValidationError", text)


def conflict(text: str) -> Refuse:
    """The refusal of a call that the state of something does not allow."""
    return Refuse("ConflictException", text)


def bad_token(text: str = "no token of this query") -> Refuse:
    """The refusal of a page token."""
    return Refuse("InvalidPaginationToken", text)
