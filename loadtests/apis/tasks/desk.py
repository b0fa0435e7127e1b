"""The main process's own calls: types, population, sentinels, the final listing, completion.

It also hears of every claim and completion that any process had confirmed, because only together
do they tell whether a task went to two.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import grpc

from loadtests import marks
from loadtests.apis.base import Desk
from loadtests.apis.tasks.wire import (
    CLAIM,
    COMPLETE,
    CREATE,
    CREATE_TYPE,
    LIST,
    STATES,
    SUBSCRIBE,
    Wire,
)
from loadtests.calls import Caller, answer_of, failure, probed, status_of
from loadtests.errors import Inconclusive
from loadtests.marks import Mark

PAGE_SIZE = 500
ONCE, CONV = "INT-ONCE", "INT-CONV"


class TasksDesk(Desk):
    """Calls that belong to no user of the run.

    Args:
        scopes: numbers of the tenants.
        wire: builds the requests.
        call: makes the calls.
        follows: events are watched, so the feed has to be there.
        digests: the listing holds digests of whole tasks.
    """

    def __init__(
        self, scopes: tuple[int, ...], wire: Wire, call: Caller, *, follows: bool, digests: bool
    ) -> None:
        self._scopes = scopes
        self._wire = wire
        self._call = call
        self._follows = follows
        self._digests = digests
        self._sentinels = 0
        self._made: Counter[int] = Counter()
        self._claims: dict[str, list[str]] = defaultdict(list)
        self._completions: dict[str, list[str]] = defaultdict(list)
        self._unclear: set[str] = set()

    def check(self) -> None:
        """List a task of each tenant.

        Raises:
            Unreachable: nobody answers, or not with the tasks API.
            UsageError: our credentials or the tenants are refused.
        """
        for scope in self._scopes:
            request = self._wire.any_page(scope)
            probed(self._call, LIST, request, who="the target", what="the tasks API")

    def populate(self, count: int) -> dict[str, Any]:
        """Create the type of the run in each tenant, and tasks for whoever claims first.

        Raises:
            Inconclusive: one could not be created, or the feed does not show it.
        """
        tasks: dict[str, list[str]] = {str(scope): [] for scope in self._scopes}
        starts: dict[str, int] = {}
        try:
            for scope in self._scopes:
                self._call(CREATE_TYPE, self._wire.create_type(scope))
                if self._follows:
                    starts[str(scope)] = self._start_of(scope, since=0)
            for number in range(count):
                scope = self._scopes[number % len(self._scopes)]
                mark = self._mark(scope, marks.POPULATION_WRITER, number)
                tasks[str(scope)].append(self._call(CREATE, self._wire.create(mark)).name)
        except grpc.RpcError as error:
            reason = f"{status_of(error)}, {answer_of(error)}"
            raise Inconclusive(f"cannot create the population: {reason}") from None
        return {"tasks": tasks, "starts": starts}

    def sentinel(self, role: str) -> bool:
        """Create a task in each tenant that every feed is going to show."""
        self._sentinels += 1
        are_written = True
        for scope in self._scopes:
            mark = self._mark(scope, marks.SENTINEL_WRITER, self._sentinels, role)
            try:
                self._call(CREATE, self._wire.create(mark))
            except grpc.RpcError:
                are_written = False
        return are_written

    def listing(self) -> dict[str, Any]:
        """State and digest of every task of the run, by tenant's number and name.

        Raises:
            Inconclusive: a page could not be read, so nothing can be compared.
        """
        try:
            return {
                str(scope): {
                    shown.name: [shown.state, shown.digest if self._digests else ""]
                    for shown in map(self._wire.shown, self._listed(scope))
                }
                for scope in self._scopes
            }
        except grpc.RpcError as error:
            raise Inconclusive(f"the final listing failed: {status_of(error)}") from None

    def hear(self, fact: Mapping[str, Any]) -> None:
        """Take a confirmed claim or completion, or the name of a task that is unclear."""
        name, by = str(fact["name"]), str(fact["by"])
        match fact["what"]:
            case "claimed":
                self._claims[name].append(by)
            case "completed":
                self._completions[name].append(by)
            case "unclear":
                self._unclear.add(name)

    def findings(self, listing: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
        """What was claimed or completed twice, or is listed as something else."""
        shown = {
            name: (int(scope), state)
            for scope, tasks in listing.items()
            for name, (state, _) in tasks.items()
        }
        for what, known in (("claimed", self._claims), ("completed", self._completions)):
            for name, by in known.items():
                scope, _ = shown.get(name, (self._scopes[0], ""))
                if len(by) > 1:
                    text = f"{name} was {what} {len(by)} times, by {', '.join(by)}"
                    yield ONCE, text, scope
        for name in self._claims:
            wanted = STATES[2 if name in self._completions else 1]
            scope, state = shown.get(name, (self._scopes[0], "nothing"))
            if state != wanted and name not in self._unclear:
                text = f"{name}: {wanted} was confirmed, the listing shows {state}"
                yield CONV, text, scope

    def sweep(self) -> tuple[int, int]:
        """Complete whatever is open, since it cannot be deleted; how many, and how many are not."""
        done = left = 0
        for scope in self._scopes:
            try:
                found = [self._wire.shown(task) for task in self._listed(scope)]
            except grpc.RpcError:
                left += 1
                continue
            self._made[scope] = len(found)
            for shown in found:
                if shown.state != STATES[-1]:
                    is_done = self._is_completed(shown.name, is_new=shown.state == STATES[0])
                    done += is_done
                    left += not is_done
        return done, left

    def remarks(self) -> Iterable[str]:
        """What stays on the target."""
        made = {self._wire.tenants[scope]: n for scope, n in self._made.items() if n}
        if made:
            tasks = ", ".join(f"{count} tasks of {tenant}" for tenant, count in made.items())
            type_ = self._wire.type_name(self._scopes[0]).rpartition("/")[2]
            yield f"left behind, as nothing can be deleted: {tasks}, all of the type {type_}"

    def _is_completed(self, name: str, *, is_new: bool) -> bool:
        try:
            if is_new:
                self._call(CLAIM, self._wire.claim(name))
            self._call(COMPLETE, self._wire.complete(name, "cleanup"))
        except grpc.RpcError as error:
            return status_of(error) == "FAILED_PRECONDITION"
        return True

    def _start_of(self, scope: int, *, since: int) -> int:
        """The number of the event that tells of the run's type: nothing of the run is earlier."""
        request = self._wire.subscribe(scope, types=("TypeCreated",), since=since)
        try:
            with self._call.stream(SUBSCRIBE, request) as events:
                for event in events:
                    if event.subject == self._wire.type_name(scope):
                        return int(event.id)
        except grpc.RpcError as error:
            # The log begins later; the refusal names where.
            numbers = re.findall(r"\d+", failure(error).details() or "")
            if status_of(error) != "OUT_OF_RANGE" or not numbers or since:
                raise
            return self._start_of(scope, since=max(map(int, numbers)))
        raise Inconclusive("the event feed ended by itself")

    def _listed(self, scope: int) -> list[Any]:
        return list(self._pages(scope))

    def _pages(self, scope: int) -> Iterator[Any]:
        token: str | None = ""
        while token is not None:
            reply = self._call(LIST, self._wire.page(scope, size=PAGE_SIZE, token=token))
            yield from reply.tasks
            token = reply.next_page_token or None

    def _mark(self, scope: int, writer: str, number: int, role: str = marks.WRITE) -> Mark:
        return Mark(
            run=self._wire.run,
            scope=scope,
            writer=writer,
            object=number,
            number=0,
            due_us=0,
            role=role,
        )
