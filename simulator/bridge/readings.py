"""Readings that people take: asked for on the reading day of a meter, checked, written down.

What is not plausible becomes a task of its own for each register, about which somebody decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from fixtures.values.obis import Obis, parse_obis
from fixtures.values.readings import registers
from simulator.bridge.book import rounded
from simulator.bridge.findings import Finding, described
from simulator.bridge.workshop import EffectFailed, Opened, Workshop
from simulator.microgrid.scenario_base import from_us, to_us

__all__ = ["decide", "due", "next_day_us", "read", "take"]

_HOUR: Final = 6
"""Of the local day on which readings are asked for."""


def next_day_us(day: int, zone: ZoneInfo, after_us: int) -> int:
    """Return when the next reading day (of the month, 1 to 28) begins after a moment."""
    today = from_us(after_us).astimezone(zone)
    moment = datetime(today.year, today.month, day, _HOUR, tzinfo=zone)
    if to_us(moment) <= after_us:
        later = moment.replace(day=1) + timedelta(days=32)
        moment = later.replace(day=day)
    return to_us(moment)


def due(shop: Workshop, meter_id: int) -> Finding:
    """Return the reason to read a meter today."""
    world = shop.world
    codes = [str(code) for code in shop.book.counting(meter_id)]
    metadata = described(world, meter_id, "meter-reading-due", world.now_us)
    return Finding(
        type_id="meter-reading-due",
        key=str(meter_id),
        metadata={**metadata, "due_date": str(_today(shop)), "registers": codes},
        component_id=meter_id,
    )


def read(shop: Workshop, task: Opened, given: Mapping[str, Any]) -> None:
    """Take a reading as it was asked for."""
    day = date.fromisoformat(given["date"])
    if day > _today(shop):
        raise EffectFailed(f"the reading is of {day}, which is after today, {_today(shop)}")
    try:
        values = {code: rounded(value) for code, value in registers(given["values"]).items()}
    except ValueError as error:
        raise EffectFailed(str(error)) from None
    take(
        shop,
        task.finding.component_id,
        values,
        channel=given.get("channel", "PORTAL"),
        reason=given.get("ignore_plausibility_check_reason", ""),
    )


def take(
    shop: Workshop,
    meter_id: int,
    values: Mapping[Obis, Decimal],
    *,
    channel: str,
    reason: str = "",
) -> None:
    """Write down what is plausible of a reading; the rest becomes tasks.

    Raises:
        EffectFailed: the meter has no such register; nothing is written down then.
    """
    previous = shop.book.previous(meter_id)
    if unknown := values.keys() - previous.keys():
        raise EffectFailed(f"the meter has no register {min(unknown)}")
    doubtful = [
        code
        for code, value in values.items()
        if not shop.book.is_plausible(meter_id, code, value, excused=bool(reason))
    ]
    if good := {code: value for code, value in values.items() if code not in doubtful}:
        shop.book.write(meter_id, good, channel, reason)
    for code in doubtful:
        shop.open(_implausible(shop, meter_id, code, values[code], previous[code], channel))


def decide(shop: Workshop, task: Opened, given: Mapping[str, Any]) -> None:
    """Do as somebody has decided about a reading that is not plausible."""
    meter_id, metadata = task.finding.component_id, task.finding.metadata
    code, channel = parse_obis(metadata["obis"]), metadata["channel"]
    match given["decision"]:
        case "accept":
            value = rounded(metadata["value"])
            shop.book.write(meter_id, {code: value}, channel, given["reason"])
        case "correct":
            shop.book.write(meter_id, {code: rounded(given["value"])}, channel)
        case "reject":
            shop.open(due(shop, meter_id))


def _implausible(
    shop: Workshop, meter_id: int, code: Obis, value: Decimal, previous: Decimal, channel: str
) -> Finding:
    world = shop.world
    metadata = described(world, meter_id, "meter-reading-implausible", world.now_us)
    return Finding(
        type_id="meter-reading-implausible",
        key=f"{meter_id}-{code.c}-{code.d}-{code.e}",
        metadata={
            **metadata,
            "obis": str(code),
            "value": float(value),
            "previous": float(previous),
            "channel": channel,
        },
        component_id=meter_id,
    )


def _today(shop: Workshop) -> date:
    return from_us(shop.world.now_us).astimezone(shop.world.scenario.zone).date()
