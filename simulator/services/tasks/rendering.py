"""The texts of a task: its type's templates, filled in with what the task is.

Follows seed 001, `description_template` and its neighbours; when and with which data is our choice:
at each change of the task, from the templates that the type had when the task was created.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from simulator.services.errors import ServiceError
from simulator.services.structs import to_json
from simulator.services.tasks.core import Core
from simulator.services.tasks.refusals import precondition
from simulator.services.tasks.resources import StoredType
from simulator.services.tasks.texts import ExecutionFailed
from simulator.services.tasks.wire import STATES

FAILED: Final = "TEMPLATE_EXECUTION_FAILED"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def placeholders(task: Any, stage: str) -> dict[str, Any]:
    """Return what templates see of a task, a message: plain values, numbers always floats."""
    return {
        "Name": task.name,
        "Type": task.type,
        "State": STATES[task.state],
        "Description": task.description,
        "RecommendedAction": task.recommended_action,
        "Metadata": to_json(task.metadata, "metadata", number=float),
        "Annotations": to_json(task.annotations, "annotations", number=float),
        "CreateTime": _instant(task, "create_time"),
        "UpdateTime": _instant(task, "update_time"),
        "CompletionTime": _instant(task, "completion_time"),
        "Links": [{"Name": link.name, "Uri": link.uri} for link in task.links],
        "Stage": stage,
    }


async def render(core: Core, task: Any, type: StoredType) -> None:
    """Fill in the texts and links of a task, whose other fields are what they will be.

    Raises:
        ServiceError: FAILED_PRECONDITION; a template fails on these data.
    """
    template = type.message
    task.description = task.recommended_action = ""
    del task.links[:]
    data = placeholders(task, core.policy.stage)
    task.description = data["Description"] = await _text(
        core, type, "description_template", template.description_template, data
    )
    task.recommended_action = data["RecommendedAction"] = await _text(
        core, type, "recommended_action_template", template.recommended_action_template, data
    )
    for index, link in enumerate(template.links):
        field = f"links[{index}].uri_template"
        uri = await _text(core, type, field, link.uri_template, data, is_uri=True)
        task.links.add(name=link.name, uri=uri)


async def _text(
    core: Core,
    type: StoredType,
    field: str,
    source: str,
    data: Mapping[str, Any],
    *,
    is_uri: bool = False,
) -> str:
    try:
        text = await core.engine.render(source, data) if source else ""
        if is_uri:
            _check_uri(text)
    except ExecutionFailed as error:
        if core.policy.template_error == "literal_empty":
            return ""
        raise failure(FAILED, type, field, error) from None
    return text


def failure(reason: str, type: StoredType, field: str, error: Exception) -> ServiceError:
    """Return the refusal of a call that fails for a text of a type."""
    return precondition(reason, type.name, f"{type.name}: {field}: {error}")


def _check_uri(text: str) -> None:
    if any(character.isspace() or not character.isprintable() for character in text):
        raise ExecutionFailed("the result holds blanks or control characters, so it is no URI")
    try:
        parts = urlsplit(text)
        well = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        well = False
    if not well:
        raise ExecutionFailed("the result is no absolute http or https URI")


def _instant(task: Any, field: str) -> str:
    """Return an instant in RFC 3339 with as many digits as it needs, empty if there is none."""
    if not task.HasField(field):
        return ""
    stamp = getattr(task, field)
    moment = _EPOCH + timedelta(seconds=stamp.seconds)
    fraction = f".{stamp.nanos:09}".rstrip("0") if stamp.nanos else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"
