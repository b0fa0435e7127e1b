"""The methods of the naive tasks endpoint: short, and asking the policy.

Requests and answers are messages of the contract; every method may raise `Refuse`. Shape comes
before permission, permission before existence, existence before state, state before content.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from conformance.mutants.tasks import wire
from conformance.mutants.tasks.book import Book, Collection, Item, invalid, tenant_of
from conformance.mutants.tasks.listing import Query
from conformance.mutants.tasks.policy import Policy
from conformance.oracles.tasks.model import Task

LOOK_S = 0.2
"""How often a silent feed looks whether its client is still there."""

METHODS = {
    "Tasks": ("ListTasks", "GetTask", "CreateTask", "ClaimTask", "CompleteTask"),
    "Types": ("ListTypes", "GetType", "CreateType", "UpdateType"),
}


class Service:
    """A tasks endpoint without its transport."""

    def __init__(self, policy: Policy, book: Book) -> None:
        self.policy = policy
        self.book = book
        self._caller = threading.local()

    def call(
        self,
        method: str,
        request: Any,
        metadata: Mapping[str, str],
        alive: Callable[[], bool] = lambda: True,
    ) -> Any:
        """Answer one of the nine methods.

        Raises:
            Refuse: the call is refused.
        """
        self._caller.alive = alive
        self.policy.admits(method, request)
        caller = self.policy.authenticates(self.book, metadata)
        collection: Collection = "tasks" if "Task" in method else "types"
        if method.startswith("List"):
            return self._list(method, collection, request, caller)
        if method.startswith("Get"):
            return self._get(collection, request, caller)
        if method == "CreateTask":
            return self._create_task(request, caller)
        if method == "CreateType":
            return self._create_type(request, caller)
        if method == "UpdateType":
            return self._update_type(request, caller)
        return self._move(method, request, caller)

    def _list(self, method: str, collection: Collection, request: Any, caller: str | None) -> Any:
        policy, parent = self.policy, request.parent
        policy.check_parent(parent)
        query = Query(
            collection=collection,
            method=method,
            parent=parent,
            test=policy.read_filter(collection, request.filter),
            keys=policy.read_order(collection, request.order_by),
            size=policy.size(request.page_size),
            digest=policy.digest(parent, request.filter, request.order_by),
        )
        if request.page_token:
            query = replace(query, after=policy.open_token(query, request.page_token))
        policy.authorizes(caller, parent)
        policy.tenant_exists(self.book, parent)
        with self.book.news:
            everything = policy.children(self.book, query)
        matching = [item for item in everything if query.test(item)]
        items = policy.arrange(query, matching)
        begin, end = policy.cut(query, items)
        answer = wire.new(f"{method}Response")
        getattr(answer, collection).extend(
            wire.shown(policy.listed(query, item)) for item in policy.page(query, items, begin, end)
        )
        answer.total_size = policy.total(query, matching, everything)
        answer.next_page_token = policy.next_token(query, items, end)
        return answer

    def _get(self, collection: Collection, request: Any, caller: str | None) -> Any:
        self.policy.check_name(collection, request.name)
        self.policy.authorizes(caller, request.name)
        with self.book.news:
            return wire.shown(self.policy.find(self.book, collection, request.name))

    def _create_task(self, request: Any, caller: str | None) -> Any:
        policy, book = self.policy, self.book
        policy.check_parent(request.parent)
        if not request.HasField("task"):
            raise invalid("task", "is required", "FIELD_REQUIRED")
        structs = {f: wire.struct_of(request.task, f) for f in ("metadata", "annotations")}
        for field, value in structs.items():
            policy.check_struct(f"task.{field}", value)
        name = self._named("tasks", request.parent, "task_id", request.task_id)
        policy.authorizes(caller, request.parent)
        with policy.alone(book, "CreateTask"):
            policy.tenant_exists(book, request.parent)
            type_ = policy.type_for(book, request.parent, request.task.type)
            policy.check_free(book, "tasks", name)
            at_ns = book.now_ns()
            task = Task(
                name=name,
                type=request.task.type,
                create_ns=at_ns,
                update_ns=at_ns,
                **{field: policy.stored(field, value) for field, value in structs.items()},
            )
            task = policy.initial(request.task, policy.texts(type_, task))
            book.origin[name] = type_
            return self._commit("CreateTask", None, task)

    def _move(self, method: str, request: Any, caller: str | None) -> Any:
        policy, book = self.policy, self.book
        policy.check_name("tasks", request.name)
        value = wire.struct_of(request, "input") if method == "CompleteTask" else None
        policy.check_struct("input", value)
        policy.authorizes(caller, request.name)
        with policy.alone(book, method):
            task = policy.find(book, "tasks", request.name)
            if method == "ClaimTask":
                moved = policy.claimed(task, book.now_ns())
            else:
                moved = policy.completed(task, book.now_ns())
                policy.check_input(book.origin[task.name], task, value)
            texts = policy.texts(book.origin[task.name], moved)
            return self._commit(method, task, texts)

    def _create_type(self, request: Any, caller: str | None) -> Any:
        policy, book = self.policy, self.book
        policy.check_parent(request.parent)
        if not request.HasField("type"):
            raise invalid("type", "is required", "FIELD_REQUIRED")
        name = self._named("types", request.parent, "type_id", request.type_id)
        type_ = wire.type_of(request.type, name)
        policy.check_type(type_)
        policy.authorizes(caller, request.parent)
        with policy.alone(book, "CreateType"):
            policy.tenant_exists(book, request.parent)
            policy.check_free(book, "types", name)
            at_ns = book.now_ns()
            type_ = replace(type_, create_ns=at_ns, update_ns=at_ns)
            return self._commit("CreateType", None, policy.initial(request.type, type_))

    def _update_type(self, request: Any, caller: str | None) -> Any:
        policy, book, name = self.policy, self.book, request.type.name
        policy.check_name("types", name, "type.name")
        given = request.HasField("update_mask")
        fields = policy.mask(list(request.update_mask.paths) if given else None)
        sent = wire.type_of(request.type, name)
        policy.authorizes(caller, name)
        with policy.alone(book, "UpdateType"):
            old = policy.find(book, "types", name)
            new = policy.merged(book, old, sent, fields)
            policy.check_type(new)
            new = policy.touched(old, new, book.now_ns())
            answer = self._commit("UpdateType", old, new)
            for task in list(book.tasks.values()):
                if task.type == name:
                    book.tasks[task.name] = policy.task_after(new, task)
            return answer

    def _named(self, collection: Collection, parent: str, field: str, id_: str) -> str:
        if id_:
            self.policy.check_id(field, id_)
        return f"{parent}/{collection}/{id_ or self.policy.make_id(self.book)}"

    def _commit(self, method: str, before: Item | None, after: Item) -> Any:
        told = self.policy.tells(method, before, after)
        self.policy.commits(self.book, after, told, self._caller.alive)
        return wire.shown(after)

    def feed(
        self, request: Any, metadata: Mapping[str, str], alive: Callable[[], bool]
    ) -> Iterator[Any]:
        """The events of a tenant, until the client leaves.

        Raises:
            Refuse: the feed is refused.
        """
        policy, book = self.policy, self.book
        caller = policy.authenticates(book, metadata)
        tenant = tenant_of(f"tenants/{request.tenant.removeprefix('tenants/')}")
        policy.authorizes(caller, f"tenants/{tenant}")
        policy.tenant_exists(book, f"tenants/{tenant}")
        with book.news:
            position = policy.begins(book, tenant, request.from_sequence)
        while alive() and not book.closed:
            with book.news:
                entries = list(policy.pending(book, tenant, position))
                if not entries:
                    book.news.wait(LOOK_S)
            for entry in entries:
                position = entry.sequence + 1
                if policy.sees(entry, list(request.types)):
                    yield wire.event(entry)
