"""What happens to every call, whatever carries it: who calls, may they, what do they ask.

Order of checks: key and signature, right, permission, well-formed request, scope, then the service.
Nothing of a resource shows before a caller is known. Whatever refuses a call, its API has the last
word on what the refusal tells. The doors (gRPC, REST) only translate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from simulator.server.status import fault
from simulator.services.errors import ServiceError
from simulator.services.rpc import Dialect, Feed, Metadata, Streaming, Unary

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from simulator.server.auth import Gate
    from simulator.server.streams import Streams

Read = Callable[[], "Message"]
"""Makes the request out of what was received; raises ServiceError."""


class Calls:
    """What all methods of a server share: the gate, the open streams, the counters.

    Args:
        gate: knows who may call.
        streams: where those that `open` begins are served.
        settle: lets happen what is due by now, before a call sees the world.
    """

    def __init__(
        self, gate: Gate, streams: Streams, settle: Callable[[], None] = lambda: None
    ) -> None:
        self.gate = gate
        self.streams = streams
        self.settle = settle
        """Lets happen what is due by now."""
        self.counts: Counter[str] = Counter()
        """Calls by method path."""
        self.draining: ServiceError | None = None
        """Set when no new stream may begin."""

    async def answer(
        self, dialect: Dialect, method: Unary, metadata: Metadata, read: Read
    ) -> bytes:
        """Return the encoded reply to a call.

        Raises:
            ServiceError: it was refused, or failed by a fault of ours; nothing else is raised.
        """
        path = self._count(dialect, method)
        try:
            reply = method.handle(self._admit(dialect, method, metadata, read))
            return reply if isinstance(reply, bytes) else await reply
        except ServiceError as error:
            raise dialect.explain(error) from None
        except Exception as error:
            raise dialect.explain(fault(path, error)) from error

    def open(self, dialect: Dialect, method: Streaming, metadata: Metadata, read: Read) -> Feed:
        """Return the feed of a call that asks for a stream.

        Raises:
            ServiceError: it was refused, or failed by a fault of ours; nothing else is raised.
        """
        path = self._count(dialect, method)
        try:
            request = self._admit(dialect, method, metadata, read)
            if self.draining is not None:
                raise self.draining
            return method.open(request, metadata)
        except ServiceError as error:
            raise dialect.explain(error) from None
        except Exception as error:
            raise dialect.explain(fault(path, error)) from error

    def count(self, path: str) -> None:
        """Count a call of a method by its path."""
        self.counts[path] += 1

    def _count(self, dialect: Dialect, method: Unary | Streaming) -> str:
        path = f"/{dialect.service}/{method.name}"
        self.count(path)
        return path

    def _admit(
        self, dialect: Dialect, method: Unary | Streaming, metadata: Metadata, read: Read
    ) -> Message:
        key = self.gate.admit(metadata, method.name, signed=dialect.signed)
        key.check_right(method.right)
        key.check_permission(method.permission)
        request = read()
        key.check_scope(method.scope(request))
        self.settle()
        return request
