"""The main process's own calls: parents and population, the final listings, clean-up.

Watches tell by themselves when they are live (is_current) and are done when they hold what List
shows, so there are no sentinels. Writes go through the hook; without one nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import grpc

from conformance.oracles.meta.model import KINDS, Data
from loadtests.apis.base import Desk
from loadtests.apis.meta.queries import Query, parent_of
from loadtests.apis.meta.wire import Wire
from loadtests.apis.meta.writing import resident, whole
from loadtests.calls import Caller, answer_of, probed, status_of
from loadtests.errors import Inconclusive, UsageError

PAGE_SIZE = 500
BARRIER_S = 3
BATCH = 100
BATCH_BYTES = 1_000_000
"""Changes in one call, and what their padding may come to, where the hook can make several."""


class MetaDesk(Desk):
    """Calls that belong to no user of the run.

    Args:
        run, token: the id of the run, and its random part.
        scopes: the parents by number.
        queries: everything that is watched.
        wire: builds the requests.
        call: makes the calls.
        is_hooked: the run may write.
        padding: bytes that each deployment carries besides.
    """

    def __init__(
        self,
        run: str,
        token: str,
        scopes: tuple[int, ...],
        queries: Sequence[Query],
        wire: Wire,
        call: Caller,
        *,
        is_hooked: bool,
        padding: int = 0,
    ) -> None:
        self._run = run
        self._token = token
        self._scopes = scopes
        self._queries = {query.key: query for query in queries}
        self._wire = wire
        self._call = call
        self._is_hooked = is_hooked
        self._batch = max(1, min(BATCH, BATCH_BYTES // max(1, padding)))
        self._capabilities: frozenset[str] | None = None

    def check(self) -> None:
        """Make a harmless call of the API, and one of the hook.

        Raises:
            Unreachable: nobody answers, or not with the meta API or not with a hook.
            UsageError: our credentials are refused, or the hook cannot write.
        """
        anything = Query(kind="regions", parent="", scope=0)
        page = self._wire.page(anything, size=1)
        probed(self._call, "ListRegions", page, who="the target", what="the meta API")
        if not self._is_hooked:
            return
        request = self._wire.hook["GetCapabilities"].request()
        reply = probed(self._call, "GetCapabilities", request, who="the hook", what="MetaControl")
        if "mutate" not in reply.capabilities:
            raise UsageError("the hook cannot write: it lacks the capability mutate")

    def populate(self, count: int) -> dict[str, Any]:
        """Create the parents, and deployments that nobody is going to touch.

        Raises:
            Inconclusive: one could not be created.
        """
        if not self._is_hooked:
            return {}
        made: list[Data] = [{"name": parent_of(self._token, scope)} for scope in self._scopes]
        for number in range(count):
            scope = self._scopes[number % len(self._scopes)]
            made.append(resident(self._wire, self._run, self._token, scope, number))
        try:
            for resource in made if not self._can("atomic") else ():
                self._call("Upsert", self._wire.upsert(resource))
            for batch in self._batches(made) if self._can("atomic") else ():
                self._call("Apply", self._wire.apply(upserts=batch))
        except grpc.RpcError as error:
            reason = f"{status_of(error)}, {answer_of(error)}"
            raise Inconclusive(f"cannot create the population: {reason}") from None
        return {}

    def listing(self) -> dict[str, list[list[Any]]]:
        """Name, number and digest of what List shows for each query, in order.

        Raises:
            Inconclusive: a page could not be read, so nothing can be compared.
        """
        parents = [whole(self._token, scope) for scope in self._scopes] if self._is_hooked else []
        queries = {**self._queries, **{query.key: query for query in parents}}
        self._await_effects()
        try:
            return {
                key: [[item["name"], item["number"], item["state"]] for item in self._items(query)]
                for key, query in queries.items()
            }
        except grpc.RpcError as error:
            raise Inconclusive(f"the final listing failed: {status_of(error)}") from None

    def sweep(self) -> tuple[int, int]:
        """Delete everything under the parents of the run, and them; how many, how many left."""
        deleted = left = 0
        for scope in self._scopes if self._is_hooked else ():
            try:
                names = [item["name"] for item in self._items(whole(self._token, scope))]
            except grpc.RpcError:
                left += 1
                continue
            for name in (*names, parent_of(self._token, scope)):
                try:
                    self._call("Delete", self._wire.delete(name))
                    deleted += 1
                except grpc.RpcError as error:
                    left += status_of(error) != "NOT_FOUND"
        return deleted, left

    def _await_effects(self) -> None:
        """Let what was written be listed; if the hook cannot tell, patience has to do."""
        request: Any = self._wire.hook["Barrier"].request()
        request.timeout.seconds = BARRIER_S
        with suppress(grpc.RpcError):
            if self._is_hooked and self._can("barrier"):
                self._call("Barrier", request)

    def _items(self, query: Query) -> Iterator[Data]:
        """What List shows, page by page, as far as the query's window reaches."""
        left, token = query.page or None, ""
        while True:
            size = PAGE_SIZE if left is None else min(left, PAGE_SIZE)
            reply = self._call(
                f"List{KINDS[query.kind].message}s", self._wire.page(query, size=size, token=token)
            )
            items = list(self._wire.items(query, reply))
            yield from items
            token = reply.next_page_token
            left = None if left is None else left - len(items)
            if not token or left == 0:
                return

    def _can(self, capability: str) -> bool:
        if self._capabilities is None:
            reply = self._call("GetCapabilities", self._wire.hook["GetCapabilities"].request())
            self._capabilities = frozenset(reply.capabilities)
        return capability in self._capabilities

    def _batches(self, made: list[Data]) -> Iterator[list[Data]]:
        for at in range(0, len(made), self._batch):
            yield made[at : at + self._batch]
