"""The dispatch types that the world understands, and the payloads they take.

Upstream leaves type and payload to the consumer, so this vocabulary is ours; a `sim.` prefix is
optional. Types are data: a further one is a further row. Payload mistakes are found here, with a
JSON pointer (RFC 6901), and never stop a run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from types import MappingProxyType
from typing import Any, Final

from .effect import Effect
from .payload import Invalid, Key, Payload, Type, invalid
from .scenario_base import parse_instant

__all__ = ["TYPES", "Command", "Invalid", "effect_of", "parse"]

PREFIX: Final = "sim."
MAX_POINTS: Final = 500
"""Points of a schedule."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """A payload that was understood."""

    effect: Effect
    priority: int = 0


COMMON: Final[Mapping[str, Key]] = MappingProxyType(
    {
        "priority": Key(kind="integer", low=-100, high=100),
        "note": Key(kind="text"),
    }
)
"""Keys that every payload may have. Keys that no row names are left to other consumers."""

_POWER: Final = Key(kind="number", low=-1e12, high=1e12)
_MAGNITUDE: Final = Key(kind="number", low=0, high=1e12)
_FRACTION: Final = Key(kind="number", low=0, high=1)


def _set_power(payload: Payload) -> Effect | Invalid:
    if ("power_w" in payload) == ("power_pu" in payload):
        return invalid("", "expected either power_w or power_pu")
    if "power_w" in payload:
        return Effect(kind="power", power=float(payload["power_w"]))
    return Effect(kind="power_pu", power=float(payload["power_pu"]))


def _schedule(payload: Payload) -> Effect | Invalid:
    points: list[tuple[float, float]] = []
    given = payload["points"]
    if not 1 <= len(given) <= MAX_POINTS:
        return invalid("/points", f"expected 1 to {MAX_POINTS} points")
    offset, power = Key(kind="number", low=0, high=1e10), _POWER
    for i, point in enumerate(given):
        if not isinstance(point, list | tuple) or len(point) != 2:
            return invalid(f"/points/{i}", "expected [offset_s, power_w]")
        for place, key in enumerate((offset, power)):
            if (reason := key.mistake(point[place])) is not None:
                return invalid(f"/points/{i}/{place}", reason)
        if points and point[0] <= points[-1][0]:
            return invalid(f"/points/{i}/0", "expected an offset after the one before")
        points.append((float(point[0]), float(point[1])))
    return Effect(kind="points", points=tuple(points))


def _power_limit(payload: Payload) -> Effect | Invalid:
    if "min_w" not in payload and "max_w" not in payload:
        return invalid("", "expected min_w, max_w or both")
    low, high = float(payload.get("min_w", -inf)), float(payload.get("max_w", inf))
    if low > high:
        return invalid("/min_w", f"expected at most max_w, {high:g}")
    return Effect(kind="limit", low_w=low, high_w=high)


def _curtail(payload: Payload) -> Effect | Invalid:
    if ("max_production_w" in payload) == ("fraction" in payload):
        return invalid("", "expected either max_production_w or fraction")
    if "fraction" in payload:
        return Effect(kind="limit", acts_on=("producer",), low_pu=-float(payload["fraction"]))
    return Effect(kind="limit", acts_on=("producer",), total_w=float(payload["max_production_w"]))


def _self_consumption(payload: Payload) -> Effect | Invalid:
    return Effect(
        kind="band",
        acts_on=("storage",),
        low_w=0.0,
        high_w=0.0,
        reserve_soc=float(payload.get("reserve_soc", 0.0)),
        grid_charge=payload.get("grid_charge", False),
    )


def _peak_shaving(payload: Payload) -> Effect | Invalid:
    high = float(payload["import_limit_w"])
    recharge = float(payload.get("recharge_w", 0.0))
    if "target_soc" in payload and not recharge:
        return invalid("/target_soc", "expected recharge_w beside it")
    return Effect(
        kind="band",
        acts_on=("storage",),
        low_w=-float(payload.get("export_limit_w", inf)),
        high_w=high,
        rest_w=recharge,
        ceiling_soc=float(payload.get("target_soc", 1.0)),
    )


def _soc_target(payload: Payload) -> Effect | Invalid:
    by_us = None
    if "by" in payload:
        try:
            by_us = parse_instant(payload["by"])
        except ValueError as error:
            return invalid("/by", f"expected {error}")
    return Effect(kind="soc", acts_on=("storage",), soc=float(payload["soc"]), by_us=by_us)


def _ev_charge(payload: Payload) -> Effect | Invalid:
    return Effect(
        kind="charge",
        acts_on=("charger",),
        high_w=float(payload.get("max_w", inf)),
        strategy=payload.get("strategy", "asap"),
        min_energy_wh=float(payload.get("min_energy_wh", 0.0)),
    )


def _chp_run(payload: Payload) -> Effect | Invalid:
    return Effect(kind="power_pu", acts_on=("engine",), power=-float(payload["power_pu"]))


def _switch(payload: Payload) -> Effect | Invalid:
    return Effect(
        kind="switch",
        on=payload["state"] == "on",
        latch=payload.get("latch", False),
    )


TYPES: Final[Mapping[str, Type]] = MappingProxyType(
    {
        "set_power": Type(
            keys={"power_w": _POWER, "power_pu": Key(kind="number", low=-1, high=1)},
            effect=_set_power,
        ),
        "power_limit": Type(keys={"min_w": _POWER, "max_w": _POWER}, effect=_power_limit),
        "curtail": Type(
            keys={"max_production_w": _MAGNITUDE, "fraction": _FRACTION}, effect=_curtail
        ),
        "self_consumption": Type(
            keys={"reserve_soc": _FRACTION, "grid_charge": Key(kind="flag")},
            effect=_self_consumption,
        ),
        "peak_shaving": Type(
            keys={
                "import_limit_w": Key(kind="number", low=0, high=1e12, required=True),
                "export_limit_w": _MAGNITUDE,
                "recharge_w": _MAGNITUDE,
                "target_soc": _FRACTION,
            },
            effect=_peak_shaving,
        ),
        "soc_target": Type(
            keys={"soc": Key(kind="number", low=0, high=1, required=True), "by": Key(kind="text")},
            effect=_soc_target,
        ),
        "ev_charge": Type(
            keys={
                "max_w": _MAGNITUDE,
                "min_energy_wh": _MAGNITUDE,
                "strategy": Key(kind="choice", choices=("asap", "even", "latest")),
            },
            effect=_ev_charge,
        ),
        "chp_run": Type(
            keys={"power_pu": Key(kind="number", low=0, high=1, required=True)}, effect=_chp_run
        ),
        "switch": Type(
            keys={
                "state": Key(kind="choice", choices=("on", "off"), required=True),
                "latch": Key(kind="flag"),
            },
            effect=_switch,
        ),
        "schedule": Type(keys={"points": Key(kind="list", required=True)}, effect=_schedule),
    }
)
"""The vocabulary. Powers in W, positive = into the component; fractions 0..1."""


def parse(type_: str, payload: Payload) -> Command | Invalid:
    """Return what a dispatch wants, or why it has no effect; the first mistake decides."""
    row = TYPES.get(type_.removeprefix(PREFIX))
    if row is None:
        return Invalid(event="UNKNOWN_TYPE", reason="not in the vocabulary")
    for name, key in (*COMMON.items(), *row.keys.items()):
        if name not in payload:
            if key.required:
                return invalid(f"/{name}", "expected a value")
        elif (reason := key.mistake(payload[name])) is not None:
            return invalid(f"/{name}", reason)
    effect = row.effect(payload)
    if isinstance(effect, Invalid):
        return effect
    return Command(effect=effect, priority=int(payload.get("priority", 0)))


def effect_of(type_: str, payload: Mapping[str, Any]) -> Effect:
    """Return the effect of a type with parameters that are known to be right; else ValueError."""
    command = parse(type_, payload)
    if isinstance(command, Invalid):
        raise ValueError(f"{type_}{command.pointer or ''}: {command.reason}")
    return command.effect
