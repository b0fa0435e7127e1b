"""Dispatches of the wire and of the world, there and back.

Decoding takes messages of either generation and expects checked data; encoding writes the target
variant that fits the world's form. Category numbers are raw on the wire: the numbers from 7 up
mean different things in the two generations, so the caller says whose numbers they are.
"""

from typing import Any, Final

from simulator.microgrid.dispatch import Categories, CategoryTypes, Dispatch, Ids, Target
from simulator.microgrid.recurrence import Frequency, Rule
from simulator.microgrid.scenario_category import Category
from simulator.services import instants
from simulator.services.dispatch.policy import Numbering
from simulator.services.dispatch.stored import TargetKey
from simulator.services.dispatch.wire import Data
from simulator.services.dispatch.wire import Rule as RuleMessage
from simulator.services.structs import read_struct, write_struct

_V1: Final = {
    1: Category.GRID_CONNECTION_POINT,
    2: Category.METER,
    3: Category.INVERTER,
    4: Category.CONVERTER,
    5: Category.BATTERY,
    6: Category.EV_CHARGER,
    8: Category.CRYPTO_MINER,
    9: Category.ELECTROLYZER,
    10: Category.CHP,
    12: Category.PRECHARGER,
    14: Category.POWER_TRANSFORMER,
    15: Category.HVAC,
}
"""Categories of frequenz.api.common.v1 that the newer numbering has too (not RELAY 11, FUSE 13)."""
NUMBERINGS: Final[dict[Numbering, dict[int, Category]]] = {
    "v1alpha8": {int(category): category for category in Category},
    "v1": _V1,
}
KNOWN_NUMBERS: Final[dict[Numbering, frozenset[int]]] = {
    "v1alpha8": frozenset(NUMBERINGS["v1alpha8"]),
    "v1": frozenset({*_V1, 11, 13}),
}
"""Numbers that each numbering gives a name."""


def decode_dispatch(message: Any, *, numbering: Numbering = "v1alpha8") -> Dispatch:
    """Return a Dispatch message, with its metadata's id, as the world knows it."""
    return decode_data(message.data, message.metadata.dispatch_id, numbering=numbering)


def decode_data(data: Any, dispatch_id: int, *, numbering: Numbering = "v1alpha8") -> Dispatch:
    """Return checked DispatchData as the world knows it."""
    return Dispatch(
        id=dispatch_id,
        type=data.type,
        start_us=instants.floor_us(data.start_time),
        duration_s=data.duration if data.HasField("duration") else None,
        target=decode_target(data.target, numbering),
        active=data.is_active,
        dry_run=data.is_dry_run,
        payload=read_struct(data.payload, "payload"),
        rule=decode_rule(data.recurrence) if data.recurrence.freq else None,
    )


def decode_target(target: Any, numbering: Numbering) -> Target:
    """Return a checked target; categories unknown to the newer numbering select nothing."""
    known = NUMBERINGS[numbering]
    match target.WhichOneof("components"):
        case "component_ids":
            return Ids(ids=tuple(target.component_ids.ids))
        case "component_categories":
            numbers = target.component_categories.categories
            return Categories(categories=tuple(known[n] for n in numbers if n in known))
        case _:
            entries = target.component_categories_types.categories
            return CategoryTypes(
                pairs=tuple(
                    (known[entry.category], _sub_type(entry) or None)
                    for entry in entries
                    if entry.category in known
                )
            )


def target_key(target: Any) -> TargetKey:
    """Return what target filters compare: the variant and the set of raw members."""
    match target.WhichOneof("components"):
        case "component_ids":
            return 1, frozenset(target.component_ids.ids)
        case "component_categories":
            return 2, frozenset(target.component_categories.categories)
        case _:
            entries = target.component_categories_types.categories
            return 3, frozenset(
                (entry.category, entry.WhichOneof("type"), _sub_type(entry)) for entry in entries
            )


def _sub_type(entry: Any) -> int:
    kind = entry.WhichOneof("type")
    return int(getattr(entry, kind)) if kind else 0


def decode_rule(message: Any) -> Rule:
    """Return a checked RecurrenceRule; an interval left out is 1."""
    end = message.end_criteria
    kind = end.WhichOneof("count_or_until")
    return Rule(
        freq=Frequency(message.freq),
        interval=message.interval or 1,
        count=end.count if kind == "count" else None,
        until_us=instants.bound_us(end.until_time) if kind == "until_time" else None,
        byminutes=tuple(message.byminutes),
        byhours=tuple(message.byhours),
        byweekdays=tuple(message.byweekdays),
        bymonthdays=tuple(message.bymonthdays),
        bymonths=tuple(message.bymonths),
    )


def encode_data(dispatch: Dispatch) -> Any:
    """Return the world's dispatch as DispatchData in the newer category numbers."""
    data = Data(type=dispatch.type, is_active=dispatch.active, is_dry_run=dispatch.dry_run)
    instants.write(data.start_time, dispatch.start_us)
    if dispatch.duration_s is not None:
        data.duration = dispatch.duration_s
    _encode_target(dispatch.target, data.target)
    if dispatch.payload:
        write_struct(dispatch.payload, data.payload)
    if dispatch.rule is not None:
        data.recurrence.CopyFrom(encode_rule(dispatch.rule))
    return data


def _encode_target(target: Target, message: Any) -> None:
    match target:
        case Ids(ids=ids):
            message.component_ids.SetInParent()
            message.component_ids.ids.extend(ids)
        case Categories(categories=categories):
            message.component_categories.SetInParent()
            message.component_categories.categories.extend(map(int, categories))
        case CategoryTypes(pairs=pairs):
            message.component_categories_types.SetInParent()
            for category, sub_type in pairs:
                entry = message.component_categories_types.categories.add(category=int(category))
                if sub_type is not None:
                    setattr(entry, category.name.lower(), sub_type)


def encode_rule(rule: Rule) -> Any:
    """Return the world's rule as RecurrenceRule."""
    message = RuleMessage(
        freq=int(rule.freq),
        interval=rule.interval,
        byminutes=rule.byminutes,
        byhours=rule.byhours,
        byweekdays=rule.byweekdays,
        bymonthdays=rule.bymonthdays,
        bymonths=rule.bymonths,
    )
    if rule.count is not None:
        message.end_criteria.count = rule.count
    elif rule.until_us is not None:
        instants.write(message.end_criteria.until_time, rule.until_us)
    return message
