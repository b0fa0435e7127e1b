"""The ground of the tasks adapter: requests, calls, and the two lists."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from google.protobuf.message import Message

from conformance.oracles.tasks.model import Page, Task, Type
from conformance.targets.credentials import Headers
from conformance.targets.pages import walked
from conformance.targets.tasks_calls import Caller
from conformance.targets.tasks_session import TasksSession

R = TypeVar("R", Task, Type)


class Lists:
    """Calls for one tenant.

    Args:
        session: what all checks of the process share.
        caller: connection and credentials.
        tenant: id of the tenant.
    """

    def __init__(self, session: TasksSession, caller: Caller, tenant: str) -> None:
        self.session = session
        self.caller = caller
        self.tenant = tenant

    @property
    def parent(self) -> str:
        """Name of the tenant."""
        return f"tenants/{self.tenant}"

    def request(self, method: str, /, **fields: Any) -> Any:
        """The request of a method as a message; see `Codec.request`."""
        return self.session.codec.request(method, **fields)

    def call(
        self,
        method: str,
        request: Message,
        *,
        service: str | None = None,
        metadata: Headers | None = None,
        deadline_s: float | None = None,
    ) -> Any:
        """Any of the nine methods with a message; the answer as a message.

        Raises:
            Refused: any status but OK; `rich(refusal)` has its details.
        """
        return self.caller.call(
            method, request, service=service, metadata=metadata, deadline_s=deadline_s
        )

    def list_tasks(
        self,
        *,
        parent: str | None = None,
        size: int | None = None,
        token: str | None = None,
        filter: str | None = None,
        order: str | None = None,
        deadline_s: float | None = None,
    ) -> Page[Task]:
        """One page of tasks; what is None is not sent.

        Args:
            parent: instead of this tenant.
            size: page_size.
            token: page_token.
            filter: as text.
            order: order_by.
            deadline_s: replaces the usual one.
        """
        request = self._list("ListTasks", parent, size, token, filter, order)
        reply = self.call("ListTasks", request, deadline_s=deadline_s)
        return self.session.codec.task_page(reply)

    def list_types(
        self,
        *,
        parent: str | None = None,
        size: int | None = None,
        token: str | None = None,
        filter: str | None = None,
        order: str | None = None,
        deadline_s: float | None = None,
    ) -> Page[Type]:
        """One page of types; arguments as for `list_tasks`."""
        request = self._list("ListTypes", parent, size, token, filter, order)
        reply = self.call("ListTypes", request, deadline_s=deadline_s)
        return self.session.codec.type_page(reply)

    def walk_tasks(
        self, *, size: int | None = None, max_pages: int | None = None, **query: Any
    ) -> list[Page[Task]]:
        """All pages of tasks in order; every request repeats parent, filter and order.

        Raises:
            Nonconformance: it does not come to an end.
        """
        return _walk(partial(self.list_tasks, size=size, **query), size, max_pages, query)

    def walk_types(
        self, *, size: int | None = None, max_pages: int | None = None, **query: Any
    ) -> list[Page[Type]]:
        """All pages of types, as `walk_tasks`."""
        return _walk(partial(self.list_types, size=size, **query), size, max_pages, query)

    def all_tasks(self, *, size: int = 1000, **query: Any) -> tuple[Task, ...]:
        """The tasks of all pages; takes what `walk_tasks` takes."""
        return tuple(task for page in self.walk_tasks(size=size, **query) for task in page.items)

    def all_types(self, *, size: int = 1000, **query: Any) -> tuple[Type, ...]:
        """The types of all pages; takes what `walk_types` takes."""
        return tuple(type for page in self.walk_types(size=size, **query) for type in page.items)

    def _list(
        self,
        method: str,
        parent: str | None,
        size: int | None,
        token: str | None,
        filter: str | None,
        order: str | None,
    ) -> Any:
        return self.request(
            method,
            parent=self.parent if parent is None else parent,
            page_size=size,
            page_token=token,
            filter=filter,
            order_by=order,
        )


class _Sized:
    """A page as a walk sees it: without a total where others may add to the list meanwhile."""

    def __init__(self, page: Page[Any], *, private: bool) -> None:
        self.page = page
        self.total = page.total if private else None
        self.next_token = page.next_token


def _walk(
    turn: Callable[..., Page[R]], size: int | None, max_pages: int | None, query: dict[str, Any]
) -> list[Page[R]]:
    private = bool(query.get("filter"))
    pages = walked(
        lambda token: _Sized(turn(token=token), private=private), size=size, max_pages=max_pages
    )
    return [sized.page for sized in pages]
