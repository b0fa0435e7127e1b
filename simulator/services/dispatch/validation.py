"""What a dispatch must be to be accepted, checked as a whole on create and after each update.

Every refusal is INVALID_ARGUMENT and names the field, its value and the bound. Bounds are those of
seed 000 (DispatchData, RecurrenceRule) and RFC 5545 §3.3.10; where both are silent, our choice.
"""

from collections.abc import Iterable
from typing import Any, Final

from simulator.services import instants
from simulator.services.dispatch.codec import KNOWN_NUMBERS
from simulator.services.dispatch.policy import Policy
from simulator.services.errors import invalid, shown

MAX_INTERVAL: Final = 10_000
MAX_COUNT: Final = 4096
MAX_DATA_BYTES: Final = 1_048_576
"""Encoded size of DispatchData, so that a page of any size stays below 4 MiB."""

_WEEKLY: Final = 4
_FREQUENCIES: Final = range(1, 7)
_SUB_TYPES: Final = {
    "battery": (5, range(3)),
    "inverter": (3, range(4)),
    "ev_charger": (6, range(4)),
}
"""Category and numbers of each sub-type; 0 is "unspecified" and says as much as leaving it out."""
_LISTS: Final = {
    "byminutes": range(60),
    "byhours": range(24),
    "byweekdays": range(1, 8),
    "bymonths": range(1, 13),
}
_BY_PARTS: Final = (*_LISTS, "bymonthdays")


def check_data(data: Any, policy: Policy, field: str = "dispatch_data") -> None:
    """Check everything about DispatchData that does not depend on the present time.

    Raises:
        ServiceError: INVALID_ARGUMENT.
    """
    if (size := data.ByteSize()) > MAX_DATA_BYTES:
        raise invalid(f"{field}: {size} bytes, at most {MAX_DATA_BYTES} are allowed")
    if not data.type:
        raise invalid(f"{field}.type: is empty")
    if not data.HasField("start_time"):
        raise invalid(f"{field}.start_time: is not set")
    instants.checked(data.start_time, f"{field}.start_time")
    check_target(data.target, policy, f"{field}.target")
    if data.HasField("payload"):
        policy.check_payload(data.payload, f"{field}.payload")
    if data.HasField("recurrence"):
        check_recurrence(data.recurrence, f"{field}.recurrence")


def check_start(start: Any, now_us: int, policy: Policy, field: str) -> None:
    """Refuse a new start time that is behind the server's clock, beyond a short grace.

    Raises:
        ServiceError: INVALID_ARGUMENT.
    """
    start_us = instants.floor_us(instants.checked(start, field))
    if policy.past_us is not None and start_us < now_us - policy.past_us:
        late_s = (now_us - start_us) / instants.SECOND_US
        raise invalid(
            f"{field}: {start.seconds}.{start.nanos:09} is {late_s:.3f} s in the past, "
            "only now or later is allowed"
        )
    if policy.round_start(start_us) > instants.MAX_US:
        raise invalid(f"{field}: {start.seconds}.{start.nanos:09} rounds to the year 10000")


def check_target(target: Any, policy: Policy, field: str) -> None:
    """Refuse a target without a variant, unknown categories, and types of another category.

    An empty set is accepted. Component ids are not looked up: a site may gain components.

    Raises:
        ServiceError: INVALID_ARGUMENT.
    """
    known = KNOWN_NUMBERS[policy.numbering]
    match target.WhichOneof("components"):
        case None:
            raise invalid(f"{field}: names neither component ids nor categories")
        case "component_categories":
            for number in target.component_categories.categories:
                _check_category(number, known, f"{field}.component_categories")
        case "component_categories_types":
            for entry in target.component_categories_types.categories:
                _check_pair(entry, known, f"{field}.component_categories_types")


def _check_category(number: int, known: frozenset[int], field: str) -> None:
    if number not in known:
        raise invalid(f"{field}: {number} is no category of components")


def _check_pair(entry: Any, known: frozenset[int], field: str) -> None:
    _check_category(entry.category, known, f"{field}.category")
    kind = entry.WhichOneof("type")
    if kind is None:
        return
    category, numbers = _SUB_TYPES[kind]
    if entry.category != category:
        raise invalid(
            f"{field}.{kind}: a type of category {category} beside category {entry.category}"
        )
    if getattr(entry, kind) not in numbers:
        raise invalid(f"{field}.{kind}: {getattr(entry, kind)} is no type of category {category}")


def check_recurrence(rule: Any, field: str) -> None:
    """Check a rule; without a frequency it must be empty, and means "once".

    Raises:
        ServiceError: INVALID_ARGUMENT.
    """
    if rule.HasField("end_criteria"):
        _check_end(rule.end_criteria, f"{field}.end_criteria")
    for part, allowed in _LISTS.items():
        _check_members(getattr(rule, part), allowed, f"{field}.{part}")
    for day in rule.bymonthdays:
        if not 1 <= abs(day) <= 31:
            raise invalid(f"{field}.bymonthdays: {day} is not within 1 to 31 or -31 to -1")
    if rule.interval > MAX_INTERVAL:
        raise invalid(f"{field}.interval: {rule.interval} is not within 1 to {MAX_INTERVAL}")
    if rule.freq == 0:
        _check_empty(rule, field)
    elif rule.freq not in _FREQUENCIES:
        raise invalid(f"{field}.freq: {rule.freq} is no frequency, 1 to 6 are")
    elif rule.freq == _WEEKLY and rule.bymonthdays:
        raise invalid(
            f"{field}.bymonthdays: {shown(list(rule.bymonthdays))} beside freq FREQUENCY_WEEKLY"
        )


def _check_members(values: Iterable[int], allowed: range, field: str) -> None:
    for value in values:
        if value not in allowed:
            raise invalid(f"{field}: {value} is not within {allowed[0]} to {allowed[-1]}")


def _check_end(end: Any, field: str) -> None:
    match end.WhichOneof("count_or_until"):
        case "count":
            if not 1 <= end.count <= MAX_COUNT:
                raise invalid(f"{field}.count: {end.count} is not within 1 to {MAX_COUNT}")
        case "until_time":
            instants.checked(end.until_time, f"{field}.until_time")


def _check_empty(rule: Any, field: str) -> None:
    parts = [part for part in ("interval", *_BY_PARTS) if getattr(rule, part)]
    if rule.end_criteria.WhichOneof("count_or_until"):
        parts.append("end_criteria")
    if parts:
        raise invalid(f"{field}.freq: is not set, beside {', '.join(parts)}")
