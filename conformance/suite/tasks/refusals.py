"""Calls that have to be refused, as data: what is wrong, the call, and the statuses that say so.

The vendor's table of statuses is the rule; where it leaves two, both are here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import grpc

from conformance.judging import ABSENT, HIDDEN, Codes, Refused, attempt
from conformance.suite.tasks.families import INVALID, TAKEN, WRONG_STATE
from conformance.targets.tasks import TasksTarget

Code = grpc.StatusCode

NUMBER_NEEDED = '{"type": "object", "required": ["a"], "properties": {"a": {"type": "number"}}}'


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """A call that has to be refused.

    Attributes:
        what: is wrong, for people.
        method: that is called.
        call: does it.
        codes: statuses of the refusal.
    """

    what: str
    method: str
    call: Callable[[], Any]
    codes: Codes

    def refusal(self) -> Refused | None:
        """The refusal, whatever its status; None if the call is accepted."""
        try:
            self.call()
        except Refused as refusal:
            return refusal
        return None


def _wrong(method: str, what: str, codes: Codes, call: Callable[..., Any], **given: Any) -> Wrong:
    return Wrong(what=what, method=method, call=partial(call, **given), codes=codes)


def wrong_reads(api: TasksTarget) -> Sequence[Wrong]:
    """Requests to read that are wrong in one way each."""
    tasks, types, stranger = api.absent("tasks"), api.absent("types"), f"tenants/{api.fresh_id()}"
    get_task, get_type, list_tasks, list_types = (
        partial(_wrong, method) for method in ("GetTask", "GetType", "ListTasks", "ListTypes")
    )
    return (
        list_tasks("malformed filter", INVALID, api.list_tasks, filter="type = "),
        get_task("unknown task", ABSENT, api.get_task, name=tasks),
        list_tasks("garbage as page token", INVALID, api.list_tasks, token="x"),
        list_types("malformed order", INVALID, api.list_types, order="create_time,,name"),
        get_type("type without name", INVALID, api.get_type, name=""),
        list_tasks("negative page size", INVALID, api.list_tasks, size=-1),
        list_types("no parent", INVALID, api.list_types, parent=""),
        get_type("unknown type", ABSENT, api.get_type, name=types),
        get_task("task without name", INVALID, api.get_task, name=""),
        list_tasks("unknown tenant", HIDDEN, api.list_tasks, parent=stranger),
        list_types("unclosed quote", INVALID, api.list_types, filter="category = 'x"),
        list_tasks("text with null", INVALID, api.list_tasks, filter="type = \0"),
        list_tasks("unknown field to sort by", INVALID, api.list_tasks, order="nope"),
        list_tasks("unknown field in a filter", INVALID, api.list_tasks, filter="nope = 1"),
    )


def wrong_writes(api: TasksTarget) -> Sequence[Wrong]:
    """Requests to write that are wrong in one way each, with what they need made before."""
    made = api.create_type(category="gridproof")
    strict = api.create_type(input_schema=NUMBER_NEEDED)
    unusable = api.create_type(input_schema='{"const": {{index .Metadata "n"}}')
    new = api.create_task(made)
    done = api.fresh_task(made, state="COMPLETED")
    asked = api.fresh_task(strict, state="IN_PROGRESS")
    # Who looks at schemas early refuses the task already.
    stuck = attempt(lambda: api.fresh_task(unusable, state="IN_PROGRESS"))
    used, taken = new.name.rpartition("/")[2], made.name.rpartition("/")[2]
    unknown = frozenset(code for code in Code if code.name in api.profile.unknown_type_codes)
    create, claim, complete, make, update = (
        partial(_wrong, method)
        for method in ("CreateTask", "ClaimTask", "CompleteTask", "CreateType", "UpdateType")
    )
    return (
        create("task without type", INVALID, api.create_task, type=None),
        claim("completed task", WRONG_STATE, api.claim, name=done.name),
        complete("input against the schema", INVALID, api.complete, name=asked.name,
                 input={"a": "text"}),
        create("id that is taken", TAKEN, api.create_task, type=made, id=used),
        make("template with a mistake", INVALID, api.create_type, description_template="{{"),
        update("update without mask", INVALID, api.update_type, name=made.name, paths=None,
               display_name="x") if not api.profile.update_mask_optional else
        update("update without name", INVALID, api.update_type, name=None,
               paths=["display_name"]),
        claim("unknown task", ABSENT, api.claim, name=api.absent("tasks")),
        create("unknown type", unknown, api.create_task, type=api.absent("types")),
        update("unknown path", INVALID, api.update_type, name=made.name, paths=["nope"]),
        complete("completed task", WRONG_STATE, api.complete, name=done.name),
        make("id that is taken", TAKEN, api.create_type, id=taken),
        complete("unknown task", ABSENT, api.complete, name=api.absent("tasks")),
        update("unknown type", ABSENT, api.update_type, name=api.absent("types"),
               paths=["display_name"], display_name="x"),
        create("id in upper case", INVALID, api.create_task, type=made, id="Upper"),
        claim("task without name", INVALID, api.claim, name=""),
        create("type that is no name", unknown, api.create_task, type="no name"),
        *(complete("unusable schema", WRONG_STATE, api.complete, name=task.name, input={"a": 1.0})
          for task in (stuck,) if not isinstance(task, Refused)),
    )  # fmt: skip
