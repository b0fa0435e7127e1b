"""The main process's own calls: population, sentinels, the final listing, clean-up.

A pull of a collection has no sign that its snapshot is over, so a sentinel in each collection is
configured again and again until every such pull has seen it, and once more at the end. The other
pulls say the present state first and are live from then on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc

from conformance.oracles.services.model import FIELDS
from loadtests import marks
from loadtests.apis.base import Desk
from loadtests.apis.services.wire import Wire, counts_of
from loadtests.apis.services.writing import CONFIGURE, CREATE, DELETE, Places
from loadtests.calls import Caller, answer_of, probed, status_of
from loadtests.errors import Inconclusive, Unreachable
from loadtests.marks import Mark

PAGE_SIZE = 500
LIST, COUNTS = "ListServices", "GetServiceMetadata"


class ServicesDesk(Desk):
    """Calls that belong to no user of the run.

    Args:
        places: the collections.
        wire: builds the requests.
        call: makes the calls.
        reads_only: nothing may be made.
    """

    def __init__(self, places: Places, wire: Wire, call: Caller, *, reads_only: bool) -> None:
        self._places = places
        self._wire = wire
        self._call = call
        self._reads_only = reads_only
        self._sentinels: dict[int, tuple[str, int]] = {}

    def check(self) -> None:
        """List a service of each collection.

        Raises:
            Unreachable: nobody answers, or not with the services API.
            UsageError: our credentials or the collections are refused.
        """
        for name in self._places.names:
            request = self._wire.page(name, size=1)
            try:
                probed(self._call, LIST, request, who="the target", what="the services API")
            except Unreachable as error:
                if "answers" not in str(error):
                    raise
                hint = f"under the name {self._wire.package}, or not in {name}"
                raise Unreachable(f"{error} {hint}: see service_package and names") from None

    def populate(self, count: int) -> dict[str, Any]:
        """Create services that live through the run; where nothing may be made, note what is there.

        Raises:
            Inconclusive: one could not be created, or nothing can be listed.
        """
        made: list[tuple[int, str]] = []
        sizes: dict[str, int] = {}
        scopes = range(len(self._places.names))
        try:
            for scope in scopes if self._reads_only else ():
                found = self._listed(scope)
                sizes[str(scope)] = len(found)
                made += [(scope, found[0].id)] if found else []
            for number in range(0 if self._reads_only else count):
                scope = scopes[number % len(scopes)]
                mark = self._mark(scope, marks.POPULATION_WRITER, number, 0)
                made.append((scope, self._create(mark, f"p{number}")))
        except grpc.RpcError as error:
            reason = f"{status_of(error)}, {answer_of(error)}"
            raise Inconclusive(f"cannot prepare the population: {reason}") from None
        return {"residents": made, "sizes": sizes}

    def sentinel(self, role: str) -> bool:
        """Create or configure the sentinel of each collection; whether all could be written."""
        are_written = True
        for scope, name in enumerate(self._places.names):
            id_, number = self._sentinels.get(scope, ("", -1))
            mark = self._mark(scope, marks.SENTINEL_WRITER, 0, number + 1, role)
            try:
                if id_:
                    self._call(CONFIGURE, self._wire.configure(mark, name, id_))
                else:
                    id_ = self._create(mark, "s")
            except grpc.RpcError:
                are_written = False
            else:
                self._sentinels[scope] = (id_, number + 1)
        return are_written

    def listing(self) -> dict[str, Any]:
        """What List shows of the run, or of everybody where it only reads, and what Get counts.

        Raises:
            Inconclusive: a page could not be read, so nothing can be compared.
        """
        shown: dict[str, Any] = {}
        try:
            for scope, name in enumerate(self._places.names):
                counts = counts_of(self._call(COUNTS, self._wire.counts(name)))
                services = [self._wire.service(item) for item in self._listed(scope)]
                shown[str(scope)] = {
                    "services": [
                        {field: getattr(each, field) for field in FIELDS}
                        for each in services
                        if self._reads_only or self._wire.mark_of(each)
                    ],
                    "counts": {
                        "total_count": counts.total_count,
                        "type_counts": dict(counts.type_counts),
                        "total_active_count": counts.total_active_count,
                        "total_error_count": counts.total_error_count,
                    },
                }
        except grpc.RpcError as error:
            raise Inconclusive(f"the final listing failed: {status_of(error)}") from None
        return shown

    def sweep(self) -> tuple[int, int]:
        """Delete whatever bears the run's mark; how many were deleted and how many are left."""
        deleted = left = 0
        for scope, name in enumerate(() if self._reads_only else self._places.names):
            try:
                found = [item.id for item in self._listed(scope) if self._is_ours(item)]
            except grpc.RpcError:
                left += 1
                continue
            for id_ in found:
                try:
                    self._call(DELETE, self._wire.delete(name, id_))
                    deleted += 1
                except grpc.RpcError as error:
                    left += status_of(error) != "NOT_FOUND"
        return deleted, left

    def _is_ours(self, item: Any) -> bool:
        # What could not be parsed is not stored, so the id has to do as well.
        prefix = f"gp-{self._places.token}-"
        return (
            item.id.startswith(prefix) or self._wire.mark_of(self._wire.service(item)) is not None
        )

    def _create(self, mark: Mark, text: str) -> str:
        name, id_ = self._places.names[mark.scope], self._places.id_for(mark.scope, text)
        return str(self._call(CREATE, self._wire.create(mark, name, id_)).id)

    def _listed(self, scope: int) -> list[Any]:
        return list(self._pages(self._places.names[scope]))

    def _pages(self, name: str) -> Iterator[Any]:
        token: str | None = ""
        while token is not None:
            reply = self._call(LIST, self._wire.page(name, size=PAGE_SIZE, token=token))
            yield from reply.services
            token = reply.next_page_token or None

    def _mark(
        self, scope: int, writer: str, number: int, count: int, role: str = marks.WRITE
    ) -> Mark:
        return Mark(
            run=self._wire.run,
            scope=scope,
            writer=writer,
            object=number,
            number=count,
            due_us=0,
            role=role,
        )
