"""Translates between plain values and messages of either generation of the dispatch contract.

Fields are found by number, because names differ between the generations while numbers do not
(seed 000; release 1.1.0).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf.message import Message

from conformance.oracles.model import (
    SECOND_US,
    CategoryType,
    DispatchData,
    Filter,
    Interval,
    Rule,
    RuleUpdate,
    Target,
    Update,
)
from conformance.targets.dispatch_model import Dispatch, us
from fixtures.contracts import Contract

PACKAGE = "frequenz.api.dispatch.v1"
SERVICE = f"{PACKAGE}.MicrogridDispatchService"

KINDS = ("UNSPECIFIED", "CREATED", "UPDATED", "DELETED")
_VARIANTS = {"ids": 1, "categories": 2, "types": 3}
_TYPE_FIELDS = {"battery": 2, "inverter": 3, "ev_charger": 4}
_LISTS = ("byminutes", "byhours", "byweekdays", "bymonthdays", "bymonths")


class Unsayable(ValueError):
    """The contract's generation has no field for it."""


# Generated classes are made at run time, so their fields are untyped: Any stands for a message.
def sub(message: Any, number: int) -> Any:
    """The value of the field with this number; writing into a sub-message makes it present."""
    return getattr(message, name(message, number))


def name(message: Any, number: int) -> str:
    """The name of the field with this number."""
    found = message.DESCRIPTOR.fields_by_number.get(number)
    if found is None:
        raise Unsayable(f"{message.DESCRIPTOR.name} of this generation has no field {number}")
    return str(found.name)


def has(message: Any, number: int) -> bool:
    """Whether the field with this number is present; False where the contract lacks it."""
    found = message.DESCRIPTOR.fields_by_number.get(number)
    return found is not None and bool(message.HasField(found.name))


def put_time(message: Any, at_us: int) -> None:
    """Write microseconds into a timestamp message, and make it present at the epoch too."""
    message.SetInParent()
    message.seconds, rest = divmod(at_us, SECOND_US)
    message.nanos = rest * 1000


class Codec:
    """Encoding and decoding for one contract."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract

    def message(self, short_name: str) -> type[Any]:
        """The class of a message of the dispatch package, nested ones with dots."""
        return self.contract.message(f"{PACKAGE}.{short_name}")

    def data(
        self, data: DispatchData, *, empty_rule: bool = False, empty_end: bool = False
    ) -> Message:
        """A DispatchData message; None leaves a field out.

        Args:
            data: what to say.
            empty_rule: make the recurrence present although it says nothing.
            empty_end: make the end criteria present although they say nothing.
        """
        result = self.message("DispatchData")()
        result.type = data.type
        if data.start_us is not None:
            put_time(sub(result, 2), data.start_us)
        if data.duration_s is not None:
            setattr(result, name(result, 3), data.duration_s)
        if data.target is not None:
            put_target(sub(result, 4), data.target)
        result.is_active = data.active
        result.is_dry_run = data.dry_run
        if data.payload:
            put_struct(sub(result, 7), data.payload)
        rule = sub(result, 8)
        if data.rule is not None:
            rule.SetInParent()
            rule.freq = int(data.rule.freq)
            rule.interval = data.rule.interval
            _put_rule(rule, data.rule, empty_end=empty_end)
        elif empty_rule:
            rule.SetInParent()
        return result  # type: ignore[no-any-return]  # classes are made at run time

    def update(self, update: Update) -> Message:
        """A DispatchUpdate message; None leaves a field out."""
        result = self.message("UpdateMicrogridDispatchRequest.DispatchUpdate")()
        if update.start_us is not None:
            put_time(sub(result, 1), update.start_us)
        if update.duration_s is not None:
            result.duration = update.duration_s
        if update.target is not None:
            put_target(sub(result, 3), update.target)
        if update.active is not None:
            result.is_active = update.active
        if update.payload is not None:
            put_struct(sub(result, 5), update.payload)
        if update.rule is not None:
            rule = sub(result, 6)
            rule.SetInParent()
            if update.rule.freq is not None:
                rule.freq = int(update.rule.freq)
            if update.rule.interval is not None:
                rule.interval = update.rule.interval
            _put_rule(rule, update.rule, empty_end=update.rule.end_criteria)
        return result  # type: ignore[no-any-return]

    def filter(self, where: Filter) -> Message:
        """A DispatchFilter message.

        Raises:
            Unsayable: ids or queries in a generation that has none.
        """
        result = self.message("DispatchFilter")()
        for target in where.targets:
            put_target(sub(result, 1).add(), target)
        if where.active is not None:
            result.is_active = where.active
        if where.dry_run is not None:
            result.is_dry_run = where.dry_run
        if where.recurring is not None:
            result.is_recurring = where.recurring
        if where.recurrence_filter:
            sub(result, 5).SetInParent()
        for number, interval in ((6, where.start), (7, where.end), (8, where.update)):
            if interval is not None:
                _put_interval(sub(result, number), interval)
        if where.ids:
            sub(result, 9).extend(where.ids)
        if where.queries:
            sub(result, 10).extend(where.queries)
        return result  # type: ignore[no-any-return]

    def dispatch(self, message: Any) -> Dispatch:
        """What a Dispatch message says."""
        meta, data = message.metadata, message.data
        return Dispatch(
            id=meta.dispatch_id,
            create_us=us(sub(meta, 2)),
            update_us=us(sub(meta, 3)),
            end_us=us(sub(meta, 4)) if has(meta, 4) else None,
            type=data.type,
            start_us=us(sub(data, 2)),
            duration_s=data.duration if has(data, 3) else None,
            target=read_target(sub(data, 4)) if has(data, 4) else None,
            active=data.is_active,
            dry_run=data.is_dry_run,
            payload=read_struct(sub(data, 7)),
            rule=read_rule(sub(data, 8)) if has(data, 8) else None,
            message=message,
        )


def put_target(message: Any, target: Target) -> None:
    """Write a target; an empty one makes its variant present."""
    message.SetInParent()
    variant = sub(message, _VARIANTS[target.kind])
    variant.SetInParent()
    items = sub(variant, 1)
    for item in target.items:
        if isinstance(item, CategoryType):
            pair = items.add()
            pair.category = item.category
            if item.type_field:
                setattr(pair, name(pair, _TYPE_FIELDS[item.type_field]), item.type)
        else:
            items.append(int(item))


def read_target(message: Any) -> Target | None:
    """The target written, None if no variant is present."""
    for kind, number in _VARIANTS.items():
        if has(message, number):
            items = sub(sub(message, number), 1)
            if kind == "types":
                return Target(kind="types", items=tuple(_read_pair(pair) for pair in items))
            return Target(
                kind="ids" if kind == "ids" else "categories", items=tuple(int(i) for i in items)
            )
    return None


def _read_pair(pair: Any) -> CategoryType:
    chosen = pair.WhichOneof("type")
    if chosen is None:
        return CategoryType(category=pair.category)
    return CategoryType(category=pair.category, type_field=chosen, type=getattr(pair, chosen))


def _put_rule(message: Any, rule: Rule | RuleUpdate, *, empty_end: bool) -> None:
    end = sub(message, 3)
    if rule.count is not None:
        end.count = rule.count
    if rule.until_us is not None:
        put_time(sub(end, 2), rule.until_us)
    if empty_end:
        end.SetInParent()
    for field in _LISTS:
        getattr(message, field).extend(getattr(rule, field))


def read_rule(message: Any) -> Rule | None:
    """The rule written, None for a message that says nothing at all."""
    if not message.ByteSize():
        return None
    end = sub(message, 3)
    return Rule(
        freq=message.freq,
        interval=message.interval,
        count=end.count if has(end, 1) else None,
        until_us=us(sub(end, 2)) if has(end, 2) else None,
        **{field: tuple(int(i) for i in getattr(message, field)) for field in _LISTS},
    )


def _put_interval(message: Any, interval: Interval) -> None:
    message.SetInParent()
    if interval.from_us is not None:
        put_time(sub(message, 1), interval.from_us)
    if interval.to_us is not None:
        put_time(sub(message, 2), interval.to_us)


def put_struct(message: Any, value: Mapping[str, Any]) -> None:
    """Write a JSON object into a `google.protobuf.Struct`."""
    message.SetInParent()
    for key, item in value.items():
        _put_value(message.fields[key], item)


def _put_value(message: Any, value: Any) -> None:
    if value is None:
        message.null_value = 0
    elif isinstance(value, bool):
        message.bool_value = value
    elif isinstance(value, int | float):
        message.number_value = value
    elif isinstance(value, str):
        message.string_value = value
    elif isinstance(value, Mapping):
        put_struct(message.struct_value, value)
    else:
        message.list_value.SetInParent()
        for item in value:
            _put_value(message.list_value.values.add(), item)


def read_struct(message: Any) -> dict[str, Any]:
    """The JSON object in a `google.protobuf.Struct`; all numbers are floats."""
    return {key: _read_value(item) for key, item in message.fields.items()}


def _read_value(message: Any) -> Any:
    kind = message.WhichOneof("kind")
    if kind == "struct_value":
        return read_struct(message.struct_value)
    if kind == "list_value":
        return [_read_value(item) for item in message.list_value.values]
    return None if kind in (None, "null_value") else getattr(message, kind)
