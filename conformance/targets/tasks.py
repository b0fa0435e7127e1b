"""The tasks API of a target as checks use it: plain values, recorded, tagged.

How a check is written (`conformance/suite/tasks/test_*.py`):

    from conformance.judging import ABSENT, BAD_ARGUMENT, expect, passive, refused, requirement
    from conformance.targets.tasks import TasksTarget, rich, together

    @requirement("TSK-CLM-001")
    def test_claim_takes_a_new_task(tasks: TasksTarget) -> None:
        task = tasks.fresh_task()                       # a task of a fresh type, in state NEW
        claimed = tasks.claim(task.name)
        expect(claimed.state == "IN_PROGRESS", "state after claim", got=claimed.state, wanted=...)

    @requirement("TSK-GET-002")
    @passive                                            # writes nothing: runs on any endpoint
    def test_absent(tasks: TasksTarget) -> None:
        refused(lambda: tasks.get_task(tasks.absent("tasks")), ABSENT, "Get of an unknown task")

- Values are `oracles.tasks.model`: Task, Type, Page; times are nanoseconds or None, Structs JSON
  values or None if absent. Compare tasks with `differences` of that module, JSON with
  `oracles.tasks.values.same_json`: Python takes True for 1.
- Every call raises `Refused` for any status but OK; `rich(refusal)` has the decoded details.
- Nothing can be deleted. What is made bears the run's tag in its id, and the tenant holds other
  people's things: narrow lists down with `tasks.only(type)` as filter, or to `tasks.mine(items)`.
- Types are cheap: make one for each check (`fresh_type`), and tasks of it (`fresh_task`). Its
  template names metadata `n`, and a target may refuse tasks that lack it: `create_task` without
  metadata wants `tasks.plain_type()`. What checks only read they may share: `tasks.shared`.
- `needs=["second_tenant"]` for `tasks.other`, `["auth"]` for `tasks.nobody`, `["feed"]` for
  `tasks.feed()`. `tasks.together([...])` starts calls at one moment.
- What no argument can say: `request = tasks.request("CreateTask", parent=…, task={…})`, change it,
  `tasks.call("CreateTask", request)`; or `tasks.call_bytes(method, data)`.
- Expected results come from `oracles.tasks` (life, filter, order, templates, schemas, errors).
"""

from __future__ import annotations

import builtins
import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import grpc

from conformance.context import ProfileName
from conformance.failures import Nonconformance, NotApplicable
from conformance.oracles.tasks.model import State, Task, Type
from conformance.recorder import Recorder
from conformance.targets.credentials import NOBODY, Credentials, Headers
from conformance.targets.profile import TasksProfile
from conformance.targets.reaching import Shelved
from conformance.targets.tasks_calls import Caller, rich
from conformance.targets.tasks_codec import Codec
from conformance.targets.tasks_feed import METHOD, SERVICE, Feed, oldest_in, subscription
from conformance.targets.tasks_lists import Lists
from conformance.targets.tasks_session import TasksSession, credentials_of
from conformance.targets.together import together
from conformance.targets.wire import Wire

__all__ = ["TasksTarget", "rich", "together"]

T = TypeVar("T")
Struct = Mapping[str, Any] | None

FEED_S = 120.0
"""A feed that nobody ends is ended by gRPC after this."""


class TasksTarget(Lists):
    """What a check can do to a tasks API.

    Attributes:
        session: what all checks of the process share.
        recorder: what this check says and hears.
        tenant: id of the tenant that this view speaks for and names.
    """

    def __init__(self, session: TasksSession, recorder: Recorder) -> None:
        super().__init__(session, Caller(session, recorder, session.client), session.tenants[0])
        self.recorder = recorder
        self._feeds: list[Feed] = []

    @property
    def profile(self) -> TasksProfile:
        """What the target says of its tasks API."""
        return self.session.profile

    @property
    def depth(self) -> ProfileName:
        """`smoke`, `staging` or `full`."""
        return self.session.depth

    @property
    def writes(self) -> bool:
        """Whether anything may be made."""
        return self.session.writes

    @property
    def codec(self) -> Codec:
        """Translates values and messages of the target's contract."""
        return self.session.codec

    @property
    def other(self) -> TasksTarget:
        """The same check in the second tenant, with that tenant's credentials.

        Raises:
            NotApplicable: the profile names none.
        """
        if reason := self.session.lacks("second_tenant"):
            raise NotApplicable(reason)
        second = self.session.tenants[1]
        return self._as(self.session.credentials(second), second)

    @property
    def nobody(self) -> TasksTarget:
        """The same check without any credentials."""
        return self._as(Credentials(role=NOBODY), self.tenant)

    def with_token(self, token: str) -> TasksTarget:
        """The same check with another token in the place of the tenant's own."""
        auth = self.profile.auth.model_copy(update={"tokens": {self.tenant: token}})
        profile = self.profile.model_copy(update={"auth": auth})
        credentials = credentials_of(self.session.target, profile, self.tenant)
        credentials.role = "another token"
        return self._as(credentials, self.tenant)

    def get_task(self, name: str) -> Task:
        """GetTask."""
        return self.codec.task(self.call("GetTask", self.request("GetTask", name=name)))

    def get_type(self, name: str) -> Type:
        """GetType."""
        return self.codec.type(self.call("GetType", self.request("GetType", name=name)))

    def create_task(
        self,
        type: str | Type | None,
        *,
        id: str | None = None,
        parent: str | None = None,
        metadata: Struct = None,
        annotations: Struct = None,
        deadline_s: float | None = None,
        **fields: Any,
    ) -> Task:
        """CreateTask.

        Args:
            type: a type or its name; None sends none.
            id: None takes a fresh one, "" lets the server choose.
            parent: instead of this tenant.
            metadata: None sends none.
            annotations: None sends none.
            deadline_s: replaces the usual one.
            fields: of the task, by the names of the contract: `name`, `state` …
        """
        type_name = type.name if isinstance(type, Type) else type
        task = {"type": type_name, "metadata": metadata, "annotations": annotations, **fields}
        request = self.request(
            "CreateTask",
            parent=self.parent if parent is None else parent,
            task=task,
            task_id=self.fresh_id() if id is None else id,
        )
        return self.codec.task(self.call("CreateTask", request, deadline_s=deadline_s))

    def claim(self, name: str) -> Task:
        """ClaimTask."""
        return self.codec.task(self.call("ClaimTask", self.request("ClaimTask", name=name)))

    def complete(self, name: str, input: Struct = None) -> Task:
        """CompleteTask; None sends no input."""
        request = self.request("CompleteTask", name=name, input=input)
        return self.codec.task(self.call("CompleteTask", request))

    def create_type(
        self, *, id: str | None = None, parent: str | None = None, **fields: Any
    ) -> Type:
        """CreateType.

        Args:
            id: None takes a fresh one, "" lets the server choose.
            parent: instead of this tenant.
            fields: of the type; `links` are LinkTemplates or mappings.
        """
        request = self.request(
            "CreateType",
            parent=self.parent if parent is None else parent,
            type=fields,
            type_id=self.fresh_id() if id is None else id,
        )
        return self.codec.type(self.call("CreateType", request))

    def update_type(self, name: str | None, paths: Sequence[str] | None, **fields: Any) -> Type:
        """UpdateType.

        Args:
            name: of the type; None sends none.
            paths: of the mask; None sends no mask, an empty sequence an empty one.
            fields: of the type; what is left out is unset.
        """
        type = {"name": name, **fields}
        request = self.request("UpdateType", type=type, update_mask=paths)
        return self.codec.type(self.call("UpdateType", request))

    def fresh_type(self, **fields: Any) -> Type:
        """A new type for this check: texts that name metadata `n`, and no schema.

        `fields` replace parts of it.
        """
        default = {
            "display_name": f"Check {self.session.names.prefix}",
            "category": "gridproof",
            "description_template": 'Unit {{index .Metadata "n"}}.',
        }
        return self.create_type(**{**default, **fields})

    def plain_type(self) -> Type:
        """A type without templates and schema, whose tasks need no metadata; one per process."""
        return self.shared("plain type", lambda: self.create_type(category="gridproof"))

    def fresh_task(
        self,
        type: str | Type | None = None,
        *,
        state: State = "NEW",
        input: Struct = None,
        **fields: Any,
    ) -> Task:
        """A new task for this check, brought to a state.

        Args:
            type: of the task; None makes a fresh one.
            state: claimed, or claimed and completed with `input`, as far as it takes.
            input: of the completion.
            fields: as `create_task` takes them; metadata is `{"n": "1"}` unless given.
        """
        task = self.create_task(type or self.fresh_type(), **{"metadata": {"n": "1"}, **fields})
        if state != "NEW":
            task = self.claim(task.name)
        return self.complete(task.name, input) if state == "COMPLETED" else task

    def fresh_id(self) -> str:
        """An id that nothing has, with the tag of the run."""
        return self.session.names.fresh()

    def absent(self, collection: str) -> str:
        """The well-formed name of something that does not exist, in `tasks` or `types`."""
        return f"{self.parent}/{collection}/{self.fresh_id()}"

    def mine(self, items: Iterable[T]) -> builtins.list[T]:
        """Those tasks or types, or names, that this run has made with ids of its own choice."""
        prefix = self.session.names.prefix
        names = ((item, getattr(item, "name", item)) for item in items)
        return [item for item, name in names if str(name).rpartition("/")[2].startswith(prefix)]

    def only(self, *types: str | Type) -> str:
        """A filter for the tasks of these types."""
        names = [t.name if isinstance(t, Type) else t for t in types]
        if len(names) == 1:
            return f"type = '{names[0]}'"
        return f"type IN ({', '.join(repr(name) for name in names)})"

    def together(self, calls: Sequence[Callable[[], T]]) -> builtins.list[Any]:
        """Calls that begin at the same moment: the result or the refusal of each, in order."""
        return together(calls)

    def call_bytes(
        self,
        method: str,
        data: bytes,
        *,
        service: str | None = None,
        metadata: Headers | None = None,
    ) -> bytes:
        """Any method, existing or not, with any bytes; `service` is a full name."""
        return self.caller.call_bytes(method, data, service=service, metadata=metadata)

    @contextmanager
    def feed(
        self,
        *,
        types: Sequence[str] = (),
        from_sequence: int | None = None,
        tenant: str | None = None,
        reading: bool = True,
        settle: bool = True,
    ) -> Iterator[Feed]:
        """An open feed of the tenant's events, cancelled at the end.

        Args:
            types: of events, full or short names; none is all.
            from_sequence: the first to be sent; None is from the end as far as it is known, after
                which `feed.events` holds what came since, and perhaps some before.
            tenant: id or name, instead of this one.
            reading: False leaves everything unread until `read()`.
            settle: with `from_sequence=None` and no `types`: wait until the feed is seen to live.

        Raises:
            NotApplicable: the profile names no event adapter.
        """
        if reason := self.session.lacks("feed"):
            raise NotApplicable(reason)
        live = from_sequence is None
        began = self.session.sequences.get(self.tenant, 0) if live else from_sequence
        feed = self._subscribed(tenant or self.tenant, types, began or 0)
        try:
            if reading:
                feed.read()
            if live and reading and settle and not types:
                feed = self._settled(feed, tenant or self.tenant)
            yield feed
            self._remember(feed.last)
        finally:
            feed.cancel()
            if feed in self._feeds:
                self._feeds.remove(feed)

    def shared(self, key: Any, make: Callable[[], T]) -> T:
        """What `make` gives, made once for all checks of the process that ask for this key.

        Nobody may change it; nothing has to be removed, as nothing can be.
        """
        shelf = self.session.shelf
        if (self.tenant, key) in shelf:
            self.recorder.recall(shelf[self.tenant, key].steps)
        else:
            began = self.recorder.mark()
            value = make()
            shelf[self.tenant, key] = Shelved(value=value, steps=self.recorder.since(began))
        found: T = shelf[self.tenant, key].value
        return found

    def close(self) -> None:
        """End what is still open; what was made stays."""
        for feed in list(self._feeds):
            feed.cancel()

    def _as(self, credentials: Credentials, tenant: str) -> TasksTarget:
        other = copy.copy(self)
        other.caller = self.caller.over(credentials)
        other.tenant = tenant
        return other

    def _subscribed(self, tenant: str, types: Sequence[str], from_sequence: int) -> Feed:
        number = self.session.next_stream()
        call = Wire(self.caller.client, self.recorder, SERVICE).stream(
            METHOD,
            subscription(tenant, types, from_sequence),
            number=number,
            deadline_s=FEED_S,
        )
        feed = Feed(
            call,
            self.codec,
            self.recorder,
            number=number,
            sentinel=lambda: self.create_type(category="gridproof").name,
            latency_s=self.profile.latency,
        )
        self._feeds.append(feed)
        return feed

    def _settled(self, feed: Feed, tenant: str) -> Feed:
        """The feed once it is seen to live; another one if its log begins later than known."""
        try:
            feed.settled()
        except Nonconformance:
            if feed.status is not grpc.StatusCode.OUT_OF_RANGE:
                raise
            again = self._subscribed(tenant, (), oldest_in(feed.details) or 0)
            self._feeds.remove(again)
            self._feeds[self._feeds.index(feed)] = again
            again.read()
            again.settled()
            return again
        return feed

    def _remember(self, sequence: int) -> None:
        known = self.session.sequences
        known[self.tenant] = max(known.get(self.tenant, 0), sequence)
