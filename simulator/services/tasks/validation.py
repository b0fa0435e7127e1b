"""The shape of requests: everything that is wrong with one, before anyone looks at what exists.

Step 3 of the order of checks (our choice): required fields, names, ids, JSON. All violations of a
request are told at once. `read_…` functions take a request apart; what they return has the tenant
that the request is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from simulator.services.errors import shown
from simulator.services.structs import NotJson, to_json
from simulator.services.tasks.names import BadName, Name, matches, read_name
from simulator.services.tasks.names import read_tenant as tenant_of
from simulator.services.tasks.policy import Policy
from simulator.services.tasks.refusals import Violations, collected
from simulator.services.tasks.resources import TASK, TYPE, Kind

STRUCT_BYTES: Final = 64 * 1024
"""The largest JSON object, encoded (our choice)."""
STRUCT_LEVELS: Final = 32
"""Objects and lists in one another, the outermost included (our choice)."""
_NOWHERE: Final = Name(tenant="", id="")


@dataclass(frozen=True, kw_only=True)
class NewTask:
    """A task that is asked for."""

    tenant: str
    id: str
    """Empty: the server chooses."""
    type: Name
    message: Any
    """The request's Task, of which only `metadata` and `annotations` count."""


@dataclass(frozen=True, kw_only=True)
class Completion:
    """A completion that is asked for."""

    tenant: str
    id: str
    input: Mapping[str, Any]


def read_get(request: Any, kind: Kind, policy: Policy) -> Name:
    """Return which resource a request names.

    Raises:
        ServiceError: INVALID_ARGUMENT.
    """
    with collected() as violations:
        name = check_name(request.name, "name", kind, policy, violations)
    return name


def read_new_task(request: Any, policy: Policy) -> NewTask:
    """Return which task a request asks for.

    Raises:
        ServiceError: INVALID_ARGUMENT.
    """
    type_name = _NOWHERE
    with collected() as violations:
        tenant = check_parent(request.parent, violations)
        check_id(request.task_id, "task_id", policy, violations)
        if not request.HasField("task"):
            violations.missing("task")
        else:
            task = request.task
            type_name = check_name(task.type, "task.type", TYPE, policy, violations)
            if tenant and type_name.tenant and type_name.tenant != tenant:
                violations.add("task.type", f"{shown(task.type)} is not a type of this tenant")
            for field in ("metadata", "annotations"):
                check_struct(getattr(task, field), f"task.{field}", violations)
    return NewTask(tenant=tenant, id=request.task_id, type=type_name, message=request.task)


def read_completion(request: Any, policy: Policy) -> Completion:
    """Return which task a request completes, and with what.

    Raises:
        ServiceError: INVALID_ARGUMENT.
    """
    with collected() as violations:
        name = check_name(request.name, "name", TASK, policy, violations)
        given = check_struct(request.input, "input", violations)
    return Completion(tenant=name.tenant, id=name.id, input=given)


def check_parent(parent: str, violations: Violations) -> str:
    """Return the tenant that a parent names, empty if it names none."""
    if not parent:
        violations.missing("parent")
        return ""
    try:
        return tenant_of(parent)
    except BadName as error:
        violations.add("parent", f"{shown(parent)} {error}")
        return ""


def check_name(name: str, field: str, kind: Kind, policy: Policy, violations: Violations) -> Name:
    """Return the parts of a required name, empty ones if it is no name of the kind."""
    if not name:
        violations.missing(field)
        return _NOWHERE
    try:
        return read_name(name, kind.plural, policy.name_id)
    except BadName as error:
        violations.add(field, f"{shown(name)} {error}")
        return _NOWHERE


def check_id(id: str, field: str, policy: Policy, violations: Violations) -> None:
    """Check an id that a client may have chosen."""
    if id and not matches(policy.client_id, id):
        violations.add(field, f"{shown(id)} is not of the form {policy.client_id}")


def check_struct(struct: Any, field: str, violations: Violations) -> dict[str, Any]:
    """Return a JSON object as a dictionary, an empty one if it is absent or none."""
    if (size := struct.ByteSize()) > STRUCT_BYTES:
        violations.add(field, f"has {size} bytes, above {STRUCT_BYTES}")
        return {}
    try:
        return to_json(struct, field, STRUCT_LEVELS)
    except NotJson as error:
        violations.add(error.path, error.text)
        return {}
