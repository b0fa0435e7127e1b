"""Watches read in-process, and assemblers that check every rule of the wire while they follow."""

import asyncio
from typing import Any

from .api import REGION

STATELESS = 1
CHUNK = 100


async def due(feed: Any) -> list[bytes]:
    """All that a feed gives without waiting."""
    found: list[bytes] = []
    while True:
        taking = asyncio.ensure_future(feed.take())
        await asyncio.sleep(0)
        if not taking.done():
            taking.cancel()
            await asyncio.wait({taking})
            return found
        if not taking.result():
            return found
        found += taking.result()


class Watch:
    """An open watch of a collection and what was made of it."""

    def __init__(self, api: Any, kind: Any = REGION, *, tag: str = "", view: Any = None, **fields):
        self.kind = kind
        self.method = kind.methods["watch"]
        self.request = self.method.request(**fields)
        self.service = api.service
        metadata = {"x-gridproof-tag": tag} if tag else {}
        self.feed = api.service.watch(kind, self.request, metadata)
        self.view = view or (Stateless if self.request.type == STATELESS else Stateful)()
        self.view.open(self.request)
        self.messages: list[Any] = []

    def parse(self, data: bytes) -> Any:
        return self.method.response.FromString(data)

    def feed_in(self, messages: Any) -> list[Any]:
        """Give messages to the assembler."""
        parsed = [self.parse(message) for message in messages]
        for message in parsed:
            self.view.take(message, changes_of(message))
        self.messages += parsed
        return parsed

    async def read(self) -> list[Any]:
        """Assemble all that is due, and return it."""
        return self.feed_in(await due(self.feed))

    @property
    def held(self) -> Any:
        """What was assembled up to the last whole changeset: resources by name, or a list."""
        return self.view.committed


def changes_of(message: Any) -> list[Any]:
    """The changes of a response of any kind: (what, the change, its resource if any)."""
    found = []
    for change in getattr(message, message.DESCRIPTOR.fields_by_number[2].name):
        what = change.WhichOneof("change_type")
        assert what is not None
        inside = getattr(change, what)
        resource = None
        if what != "removed":
            name = change.DESCRIPTOR.name.removesuffix("Change").lower()
            resource = getattr(inside, name)
            assert resource.name
        found.append((what, inside, resource))
    return found


class Assembler:
    """The state of a client: rules that both types share."""

    def __init__(self) -> None:
        self.committed: Any = self.empty()
        self.pending: list[Any] = []
        self.token = ""
        self.page_tokens: Any = None
        self.phase = "snapshot"

    def open(self, request: Any) -> None:
        self.chunk = request.max_chunk_size
        self.pending = []
        self.phase = "snapshot"

    def take(self, message: Any, changes: list[Any]) -> None:
        assert self.marks(message) <= 1, message
        assert message.snapshot_size >= -1
        assert len(changes) <= self.most(), message
        if not message.is_current:
            assert not message.resume_token
            assert not message.HasField("page_token_change")
        if self.control(message):
            assert not changes, message
            return
        for what, _, resource in changes:
            assert what in self.legal(), (self.phase, message)
            assert resource is None or resource.name
        self.pending += changes
        if message.is_current:
            self.committed = self.apply(self.start(), self.pending)
            self.pending = []
            self.phase = "live"

    def marks(self, message: Any) -> int:
        return sum(
            (
                message.is_current,
                message.is_soft_reset,
                message.is_hard_reset,
                message.snapshot_size >= 0,
            )
        )

    def start(self) -> Any:
        return self.empty() if self.phase == "snapshot" else self.committed


class Stateless(Assembler):
    """Resources by name, from Current and Removed."""

    empty = dict

    def open(self, request: Any) -> None:
        super().open(request)
        if request.resume_token or request.HasField("starting_time"):
            self.phase = "delta"

    def most(self) -> int:
        return self.chunk or CHUNK

    def legal(self) -> tuple[str, ...]:
        return ("current",) if self.phase == "snapshot" else ("current", "removed")

    def control(self, message: Any) -> bool:
        assert not message.HasField("page_token_change")
        if message.is_soft_reset:
            self.pending = []
        elif message.is_hard_reset:
            self.pending, self.token, self.phase = [], "", "snapshot"
        elif message.snapshot_size >= 0:
            assert not self.pending
            assert self.phase == "live"
            assert message.snapshot_size == len(self.committed)
        else:
            if message.is_current:
                assert message.resume_token
                self.token = message.resume_token
            return False
        return True

    def apply(self, committed: dict[str, Any], changes: list[Any]) -> dict[str, Any]:
        result = dict(committed)
        names = [
            inside.name if resource is None else resource.name for _, inside, resource in changes
        ]
        assert len(set(names)) == len(names), "a name twice in one changeset"
        for what, inside, resource in changes:
            if what == "current":
                result[resource.name] = resource
            else:
                assert inside.view_index == 0
                result.pop(inside.name, None)
        return result


class Stateful(Assembler):
    """A list, from Added, Modified and Removed, each with a place that must be right."""

    empty = list

    def most(self) -> int:
        return self.chunk or 10**6

    def legal(self) -> tuple[str, ...]:
        return ("added",) if self.phase == "snapshot" else ("added", "modified", "removed")

    def control(self, message: Any) -> bool:
        assert message.snapshot_size == -1
        assert not message.is_soft_reset
        assert not message.is_hard_reset
        assert not message.resume_token
        if self.chunk == 0:
            assert message.is_current
        if message.HasField("page_token_change"):
            change = message.page_token_change
            self.page_tokens = (change.prev_page_token, change.next_page_token)
        return False

    def apply(self, committed: list[Any], changes: list[Any]) -> list[Any]:
        result = list(committed)
        for what, inside, resource in changes:
            index = inside.view_index
            if what == "added":
                assert 0 <= index <= len(result)
                assert resource.name not in [each.name for each in result]
                result.insert(index, resource)
            elif what == "removed":
                assert result[index].name == inside.name
                del result[index]
            else:
                assert inside.name == resource.name == result[inside.previous_view_index].name
                del result[inside.previous_view_index]
                assert 0 <= index <= len(result)
                result.insert(index, resource)
        return result
