"""Updates: a mask of paths, each replaced as a whole, and cleared where the update leaves it unset.

Follows seed 000, UpdateMicrogridDispatchRequest; paths of both generations. The result is a new
DispatchData that still has to be checked as a whole.
"""

from typing import Any, Final

from simulator.services.dispatch.policy import Policy
from simulator.services.dispatch.wire import Data, Rule, Update
from simulator.services.errors import invalid
from simulator.store import BadMask, masks

ALIASES: Final = {
    "selector": "target",
    "recurrence.end_criteria.until": "recurrence.end_criteria.until_time",
}
"""Paths of generation 0.15 and what they are called in 1.1."""

_RULE: Final = "recurrence"


def read_mask(request: Any, policy: Policy) -> masks.Mask:
    """Return the checked mask of an update request.

    Raises:
        ServiceError: INVALID_ARGUMENT; no path at all, or one that is unknown or immutable.
    """
    paths = policy.keep_paths(request.update_mask.paths)
    if not paths and not policy.empty_mask_allowed:
        raise invalid("update_mask: names no path")
    try:
        return masks.parse(paths, Update.DESCRIPTOR, aliases=ALIASES)
    except BadMask as error:
        raise invalid(f"update_mask: {error}") from None


def known_path(path: str) -> bool:
    """Whether an update mask may hold the path."""
    try:
        masks.parse([path], Update.DESCRIPTOR, aliases=ALIASES)
    except BadMask:
        return False
    return True


def changes(mask: masks.Mask, field: str) -> bool:
    """Whether a mask names a field or something inside it."""
    return any(path == field or path.startswith(f"{field}.") for path in mask.paths)


def updated(data: Any, update: Any, mask: masks.Mask) -> Any:
    """Return DispatchData with the masked paths taken from the update.

    Raises:
        ServiceError: INVALID_ARGUMENT; start_time is to be cleared.
    """
    held = Update(is_active=data.is_active)
    for name in ("start_time", "target", "payload"):
        if data.HasField(name):
            getattr(held, name).CopyFrom(getattr(data, name))
    if data.HasField("duration"):
        held.duration = data.duration
    if data.HasField(_RULE):
        # A rule and its update have the same numbers, so bytes carry one into the other.
        held.recurrence.ParseFromString(data.recurrence.SerializeToString())
    masks.apply(mask, update, held)
    if not held.HasField("start_time"):
        raise invalid("update.start_time: is named by the mask, but not set")

    result = Data(
        type=data.type,
        is_dry_run=data.is_dry_run,
        is_active=held.is_active,
        start_time=held.start_time,
        target=held.target,
    )
    if held.HasField("duration"):
        result.duration = held.duration
    if held.HasField("payload"):
        result.payload.CopyFrom(held.payload)
    if held.HasField(_RULE):
        rule = Rule.FromString(held.recurrence.SerializeToString())
        if _is_ended(rule, mask):
            rule.Clear()
        result.recurrence.CopyFrom(rule)
    return result


def _is_ended(rule: Any, mask: masks.Mask) -> bool:
    """Whether an update that clears the frequency leaves nothing but the interval of a rule.

    That interval may be one that the server filled in, so it does not count as a rule's part.
    """
    cleared = rule.freq == 0 and "recurrence.freq" in mask.paths
    if not cleared or "recurrence.interval" in mask.paths:
        return False
    others = {field.name for field, _ in rule.ListFields()} - {"interval"}
    return not others or (others == {"end_criteria"} and not rule.end_criteria.ByteSize())
