"""What opening a task and completing it do to the site, by type.

A row of `EFFECTS` says what is done at once when the task opens, how long the work takes after its
completion, and what it changes then. Times and thresholds are our choice. What readings of meters
do is in `readings`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from fixtures.values.obis import Obis, parse_obis
from fixtures.values.readings import registers
from simulator.bridge import readings
from simulator.bridge.book import rounded
from simulator.bridge.findings import HOT_LIMIT, derating
from simulator.bridge.workshop import EffectFailed, Opened, Workshop
from simulator.microgrid.faults import Fault
from simulator.microgrid.randomness import stream
from simulator.microgrid.scenario_base import to_us
from simulator.microgrid.watch import LIMITS

__all__ = ["EFFECTS", "Effect"]

Given = Mapping[str, Any]
"""The input that a task was completed with."""

_MINUTE_S: Final = 60.0
_HOUR_S: Final = 3600.0
_DAY_S: Final = 24 * _HOUR_S
_HEALTH_STEP: Final = 0.05
"""How much further a battery may age that somebody has put up with."""
_IMPORT: Final = parse_obis("1-0:1.8.0*255")
_EXPORT: Final = parse_obis("1-0:2.8.0*255")


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """A row of the table."""

    apply: Callable[[Workshop, Opened, Given], None]
    """Raises EffectFailed, or what the world or an API refuses."""
    work_s: Callable[[Given], float] = lambda given: 0.0
    """From completion to effect."""
    secure: Callable[[Workshop, Opened], None] = lambda shop, task: None
    """What is done at once when the task opens."""


def _takes(seconds: float) -> Callable[[Given], float]:
    return lambda given: seconds


# Meters


def _isolate(shop: Workshop, task: Opened) -> None:
    """Switch the feeder off; a meter without power says nothing."""
    ids = (task.finding.component_id,)
    shop.book.note(ids[0])
    task.faults += (
        shop.world.inject(Fault(kind=kind, component_ids=ids))
        for kind in ("feeder_off", "meter_dropout")
    )


def _new_meter(shop: Workshop, task: Opened, given: Given) -> None:
    meter_id = task.finding.component_id
    start = _values(given.get("initial_readings", {}))
    if final := _values(given.get("final_readings", {})):
        shop.book.write(meter_id, final, "final")
    if unknown := start.keys() - {_IMPORT, _EXPORT}:
        raise EffectFailed(f"a new meter cannot be set at {min(unknown)}")
    shop.lift(task)
    start_wh = tuple(float(start.get(code, 0)) * 1000.0 for code in (_IMPORT, _EXPORT))
    number = str(given["new_device_number"])
    if number == shop.world.repairs.numbers[meter_id]:
        raise EffectFailed(f"{number} is the meter that hangs there")
    shop.buffers.drop(meter_id)
    shop.world.repairs.replace_meter(meter_id, number, (start_wh[0], start_wh[1]))
    _check_reports(shop, meter_id)
    shop.book.note(meter_id, "first")


def _check_reports(shop: Workshop, meter_id: int) -> None:
    if shop.world.driving.is_stopped(meter_id):
        raise EffectFailed("nothing arrives from the meter: its driver does not run")


def _values(given: Given) -> dict[Obis, Any]:
    try:
        return {code: rounded(value) for code, value in registers(given).items()}
    except ValueError as error:
        raise EffectFailed(str(error)) from None


def _reconnect(shop: Workshop, task: Opened, given: Given) -> None:
    meter_id = task.finding.component_id
    match given["action"]:
        case "reset":
            shop.world.repairs.repair(meter_id)
            _check_reports(shop, meter_id)
            shop.buffers.deliver(meter_id)
        case "replace":
            _new_meter(shop, task, given)
        case "manual":
            values = _values(given["values"])
            readings.take(shop, meter_id, values, channel="PHONE")

            def again() -> None:
                shop.world.watch.again("meter_silent", meter_id)
                shop.world.act()

            shop.later(_DAY_S, again)


# Devices


def _limit(shop: Workshop, task: Opened) -> None:
    """Let a hot battery give no more than a part of its power."""
    battery_id = task.finding.component_id
    factor = HOT_LIMIT / max(derating(shop.world, battery_id), HOT_LIMIT)
    if factor < 1.0:
        inverter = shop.world.driving.inverter(battery_id)
        fault = Fault(kind="inverter_derate", component_ids=(inverter,), factor=factor)
        task.faults.append(shop.world.inject(fault))


def _cool(shop: Workshop, task: Opened, given: Given) -> None:
    battery_id = task.finding.component_id
    if "max_power_kw" in given:
        shop.world.repairs.limit_battery(battery_id, given["max_power_kw"] * 1000.0)
    if not given["cooling_repaired"]:
        raise EffectFailed("the cooling is not repaired")
    shop.lift(task)
    shop.world.repairs.repair(battery_id)


def _renew_battery(shop: Workshop, task: Opened, given: Given) -> None:
    battery_id = task.finding.component_id
    if given["action"] == "replace":
        shop.world.repairs.replace_battery(
            battery_id,
            str(given["new_device_number"]),
            capacity_wh=given["capacity_kwh"] * 1000.0,
        )
        shop.accepted_health.pop(battery_id, None)
        return
    limit = shop.accepted_health.get(battery_id, LIMITS.health) - _HEALTH_STEP
    shop.accepted_health[battery_id] = limit
    shop.world.watch.accept_health(battery_id, limit)


def _revive(shop: Workshop, task: Opened, given: Given) -> None:
    inverter_id, metadata = task.finding.component_id, task.finding.metadata
    if given["action"] == "replace":
        number = given.get("new_device_number", metadata["device_number"])
        shop.world.repairs.replace_device(inverter_id, str(number))
    elif stream(shop.seed, "restart", task.name).random() < shop.restarts:
        shop.clear(inverter_id, "inverter_fault")
    else:
        more = {**metadata, "restart_count": metadata["restart_count"] + 1}
        shop.open(replace(task.finding, metadata=more))


def _clean(shop: Workshop, task: Opened, given: Given) -> None:
    """Clean or mend a string; where it lies in the shade for good, that is what it can give."""
    string_id, metadata = task.finding.component_id, task.finding.metadata
    shop.clear(string_id, "pv_soiling")
    if given["finding"] == "shading":
        rated_w = next(each.rated_w for each in shop.world.components if each.id == string_id)
        shop.world.driving.rating(string_id, metadata["ratio_percent"] / 100.0 * (rated_w or 0.0))


def _close_breaker(shop: Workshop, task: Opened, given: Given) -> None:
    if given["cause_removed"]:
        shop.clear(task.finding.component_id, "breaker_trip")
    else:
        # Closed onto its cause it opens again at once.
        shop.open(task.finding)


# Control


def _start_service(shop: Workshop, task: Opened, given: Given) -> None:
    if shop.services is None:
        raise EffectFailed("the services API is not served here")
    metadata = task.finding.metadata
    shop.services.start(metadata["collection"], metadata["service_id"])


def _dispatch_again(shop: Workshop, task: Opened, given: Given) -> None:
    if "reschedule_at" not in given:
        return
    if shop.dispatches is None:
        raise EffectFailed("the dispatch API is not served here")
    start_us = to_us(datetime.fromisoformat(given["reschedule_at"]))
    shop.dispatches.again(int(task.finding.metadata["dispatch_id"]), start_us)


def _follow(shop: Workshop, task: Opened, given: Given) -> None:
    if not given["done"]:
        raise EffectFailed(given.get("note") or "it could not be done")
    shop.lift(task)
    if task.finding.component_id:
        shop.world.repairs.repair(task.finding.component_id)


EFFECTS: Final[Mapping[str, Effect]] = MappingProxyType(
    {
        "meter-burning": Effect(secure=_isolate, work_s=_takes(45 * _MINUTE_S), apply=_new_meter),
        "meter-communication-lost": Effect(work_s=_takes(10 * _MINUTE_S), apply=_reconnect),
        "meter-reading-due": Effect(apply=readings.read),
        "meter-reading-implausible": Effect(apply=readings.decide),
        "battery-overtemperature": Effect(
            secure=_limit, work_s=_takes(90 * _MINUTE_S), apply=_cool
        ),
        "battery-capacity-degraded": Effect(work_s=_takes(4 * _HOUR_S), apply=_renew_battery),
        "inverter-fault": Effect(
            work_s=lambda given: 3 * _HOUR_S if given["action"] == "replace" else 15 * _MINUTE_S,
            apply=_revive,
        ),
        "pv-output-low": Effect(work_s=_takes(2 * _HOUR_S), apply=_clean),
        "breaker-tripped": Effect(work_s=_takes(5 * _MINUTE_S), apply=_close_breaker),
        "service-stopped": Effect(work_s=_takes(_MINUTE_S), apply=_start_service),
        "dispatch-not-delivered": Effect(apply=_dispatch_again),
        "follow-up": Effect(apply=_follow),
    }
)
"""By type of task; a task of another type is nobody's here."""
