"""Messages of the dispatch contract (generation 1.1) to the oracles' plain values, and back.

The endpoint's own conversions: they are not those with which the judge reads answers, so an error
in one is seen by the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf.message import Message

from conformance.oracles.model import (
    MAX_US,
    SECOND_US,
    CategoryType,
    DispatchData,
    DispatchView,
    Filter,
    Interval,
    Rule,
    RuleUpdate,
    Target,
    Update,
)
from fixtures.contracts import load

CONTRACT = load("dispatch", "1.1")
PACKAGE = "frequenz.api.dispatch.v1"
SERVICE = f"{PACKAGE}.MicrogridDispatchService"

_LISTS = ("byminutes", "byhours", "byweekdays", "bymonthdays", "bymonths")
_ARMS = {
    "ids": "component_ids",
    "categories": "component_categories",
    "types": "component_categories_types",
}

# Classes come from a private pool, so their fields are known at run time only: hence Any below.


def new(name: str) -> Any:
    """An empty message of the dispatch package."""
    return CONTRACT.message(f"{PACKAGE}.{name}")()


def us_of(message: Any, field: str) -> int | None:
    """A timestamp field in microseconds, None if absent."""
    if not message.HasField(field):
        return None
    stamp = getattr(message, field)
    return int(stamp.seconds) * SECOND_US + int(stamp.nanos) // 1000


def set_us(message: Any, field: str, at_us: int | None) -> None:
    """Fill a timestamp field; None leaves it absent."""
    if at_us is not None:
        stamp = getattr(message, field)
        stamp.SetInParent()
        stamp.seconds, rest_us = divmod(min(at_us, MAX_US), SECOND_US)
        stamp.nanos = rest_us * 1000


def data_of(message: Any) -> DispatchData:
    """DispatchData as a client sent it."""
    return DispatchData(
        type=message.type,
        start_us=us_of(message, "start_time"),
        duration_s=message.duration if message.HasField("duration") else None,
        target=target_of(message.target),
        active=message.is_active,
        dry_run=message.is_dry_run,
        payload=json_of(message.payload),
        rule=_rule_of(message.recurrence),
    )


def update_of(message: Any) -> Update:
    """DispatchUpdate as a client sent it."""
    return Update(
        start_us=us_of(message, "start_time"),
        duration_s=message.duration if message.HasField("duration") else None,
        target=target_of(message.target),
        active=message.is_active if message.HasField("is_active") else None,
        payload=json_of(message.payload) if message.HasField("payload") else None,
        rule=_rule_update_of(message.recurrence) if message.HasField("recurrence") else None,
    )


def target_of(message: Any) -> Target | None:
    """A target, None if no variant is set."""
    arm = message.WhichOneof("components")
    if arm == "component_ids":
        return Target(kind="ids", items=tuple(message.component_ids.ids))
    if arm == "component_categories":
        return Target(kind="categories", items=tuple(message.component_categories.categories))
    if arm == "component_categories_types":
        pairs = message.component_categories_types.categories
        return Target(kind="types", items=tuple(_category_of(pair) for pair in pairs))
    return None


def _category_of(message: Any) -> CategoryType:
    field = message.WhichOneof("type")
    return CategoryType(
        category=message.category,
        type_field=field or "",
        type=getattr(message, field) if field else 0,
    )


def _rule_of(message: Any) -> Rule | None:
    if not message.ByteSize():
        return None
    return Rule(
        freq=message.freq,
        interval=message.interval,
        **_end_and_lists_of(message),
    )


def _rule_update_of(message: Any) -> RuleUpdate:
    return RuleUpdate(
        freq=message.freq if message.HasField("freq") else None,
        interval=message.interval if message.HasField("interval") else None,
        end_criteria=message.HasField("end_criteria"),
        **_end_and_lists_of(message),
    )


def _end_and_lists_of(message: Any) -> dict[str, Any]:
    end = message.end_criteria
    lists = {name: tuple(getattr(message, name)) for name in _LISTS}
    return {
        **lists,
        "count": end.count if end.WhichOneof("count_or_until") == "count" else None,
        "until_us": us_of(end, "until_time"),
    }


def filter_of(message: Any) -> Filter:
    """DispatchFilter as a client sent it."""
    recurrence = message.WhichOneof("recurrence")
    return Filter(
        targets=tuple(t for m in message.targets if (t := target_of(m)) is not None),
        active=message.is_active if message.HasField("is_active") else None,
        dry_run=message.is_dry_run if message.HasField("is_dry_run") else None,
        recurring=message.is_recurring if recurrence == "is_recurring" else None,
        recurrence_filter=recurrence == "filter",
        start=_interval_of(message, "start_time_interval"),
        end=_interval_of(message, "end_time_interval"),
        update=_interval_of(message, "update_time_interval"),
        ids=tuple(message.dispatch_ids),
        queries=tuple(message.queries),
    )


def _interval_of(message: Any, field: str) -> Interval | None:
    if not message.HasField(field):
        return None
    interval = getattr(message, field)
    return Interval(from_us=us_of(interval, "start_time"), to_us=us_of(interval, "end_time"))


def json_of(struct: Any) -> dict[str, Any]:
    """A Struct as plain JSON values."""
    return {key: _value_of(value) for key, value in struct.fields.items()}


def _value_of(value: Any) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return json_of(value.struct_value)
    if kind == "list_value":
        return [_value_of(item) for item in value.list_value.values]
    return None if kind in (None, "null_value") else getattr(value, kind)


def dispatch_from(view: DispatchView) -> Message:
    """The message that shows a dispatch."""
    message = new("Dispatch")
    message.metadata.dispatch_id = view.id
    set_us(message.metadata, "create_time", view.create_us)
    set_us(message.metadata, "update_time", view.update_us)
    set_us(message.metadata, "end_time", view.end_us)
    data = message.data
    data.type, data.is_active, data.is_dry_run = view.type, view.active, view.dry_run
    set_us(data, "start_time", view.start_us)
    if view.duration_s is not None:
        data.duration = view.duration_s
    if view.target is not None:
        _fill_target(data.target, view.target)
    _fill_struct(data.payload, view.payload)
    if view.rule is not None:
        _fill_rule(data.recurrence, view.rule)
    return message  # type: ignore[no-any-return] # see above


def _fill_target(message: Any, target: Target) -> None:
    arm = getattr(message, _ARMS[target.kind])
    arm.SetInParent()
    if target.kind == "ids":
        arm.ids.extend(target.items)
    elif target.kind == "categories":
        arm.categories.extend(target.items)
    else:
        for item in target.items:
            assert isinstance(item, CategoryType)
            pair = arm.categories.add(category=item.category)
            if item.type_field:
                setattr(pair, item.type_field, item.type)


def _fill_rule(message: Any, rule: Rule) -> None:
    message.freq, message.interval = rule.freq, rule.interval
    if rule.count is not None:
        message.end_criteria.count = rule.count
    if rule.until_us is not None:
        set_us(message.end_criteria, "until_time", rule.until_us)
    for name in _LISTS:
        getattr(message, name).extend(getattr(rule, name))


def _fill_struct(struct: Any, payload: Mapping[str, Any]) -> None:
    for key, item in payload.items():
        _fill_value(struct.fields[key], item)


def _fill_value(value: Any, item: Any) -> None:
    if item is None:
        value.null_value = 0
    elif isinstance(item, bool):
        value.bool_value = item
    elif isinstance(item, int | float):
        value.number_value = item
    elif isinstance(item, str):
        value.string_value = item
    elif isinstance(item, Mapping):
        value.struct_value.SetInParent()
        _fill_struct(value.struct_value, item)
    else:
        value.list_value.SetInParent()
        for inner in item:
            _fill_value(value.list_value.values.add(), inner)
