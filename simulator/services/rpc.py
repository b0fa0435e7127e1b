"""How a service presents its methods to a server: names, rights, request types, functions.

Replies are bytes, because services join them out of encodings made at commit time; requests are
parsed here, so that malformed bytes are refused the same way for every method.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from google.protobuf.message import DecodeError, Message

from simulator.services.errors import ServiceError, invalid

Metadata = Mapping[str, str]
"""What came with a call beside its request: texts by name, names in lower case."""

Scope = int | str | None
"""Whose something is: a microgrid by its number, a tenant by its id, or nobody's."""


def nobody(request: Message) -> Scope:
    """Return the scope of what belongs to no microgrid and no tenant."""
    return None


class Right(Enum):
    """What a caller must be allowed to do."""

    READ = "read"
    WRITE = "write"


class Feed(Protocol):
    """What a streaming method hands to the server: ready-made messages, as they come."""

    @property
    def position(self) -> int:
        """Revision up to which everything was taken."""
        ...

    @property
    def newest(self) -> int:
        """Revision of the newest change that there is to take."""
        ...

    async def take(self) -> Sequence[bytes]:
        """Return some of the messages that are due, oldest first, once there are any.

        Nothing, if and only if the feed was stopped.

        Raises:
            ServiceError: the stream cannot continue without a gap.
            StopAsyncIteration: the stream ends here, and well.
        """
        ...

    def stop(self) -> None:
        """Let `take` return nothing, now and from now on."""
        ...


@dataclass(frozen=True, kw_only=True)
class Unary:
    """A method with one reply.

    `scope` names what a request is about, and refuses one that is too malformed to tell;
    `permission` is what a caller's key must be good for beside the right, by its full name; empty:
    nothing. A handler that takes long is a coroutine.
    """

    name: str
    right: Right
    request: type[Message]
    handle: Callable[[Message], bytes | Awaitable[bytes]]
    scope: Callable[[Message], Scope] = nobody
    permission: str = ""


@dataclass(frozen=True, kw_only=True)
class Streaming:
    """A method whose replies are a stream; `open` takes the request and the call's metadata."""

    name: str
    right: Right
    request: type[Message]
    open: Callable[[Message, Metadata], Feed]
    scope: Callable[[Message], Scope] = nobody
    permission: str = ""


@dataclass(frozen=True, kw_only=True)
class RestStyle:
    """How an API speaks over HTTP; by default as grpc-gateway does."""

    infix: tuple[str, ...] = ()
    """Segments that stand in its paths after `infix_at` others, and not in its contract's."""
    infix_at: int = 0
    proto_names: bool = False
    """Whether replies name fields as the contract does; else in lowerCamelCase."""
    bare_errors: bool = False
    """Whether a refusal's body leaves the code to the HTTP status."""


def as_it_is(error: ServiceError) -> ServiceError:
    """Return a refusal unchanged."""
    return error


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """One API as a server mounts it: full service name and methods."""

    api: str
    """Short name: `dispatch`, `control` …"""
    service: str
    methods: tuple[Unary | Streaming, ...]
    aliases: tuple[str, ...] = ()
    """Other full names, of the same package, under which the same methods are served."""
    signed: bool = False
    """Whether its clients sign their calls, where the server has a secret to check that with."""
    explain: Callable[[ServiceError], ServiceError] = as_it_is
    """Adds what every refusal of this API tells, also those that never reach its service."""
    rest: RestStyle = RestStyle()


def parse(kind: type[Message], data: bytes) -> Message:
    """Return the request that `data` encodes; unknown fields are ignored.

    Raises:
        ServiceError: INVALID_ARGUMENT, the bytes are not such a message.
    """
    try:
        return kind.FromString(data)
    except DecodeError:
        raise invalid(f"the request is not a well-formed {kind.DESCRIPTOR.full_name}") from None
