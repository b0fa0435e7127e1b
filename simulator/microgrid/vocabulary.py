"""The dispatch types that the world understands, and the payloads they take.

Upstream leaves type and payload to the consumer, so this vocabulary is ours; a `sim.` prefix is
optional. Types are data: a further one is a further row. Payload mistakes are found here, with a
JSON pointer (RFC 6901), and never stop a run.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf, isfinite
from types import MappingProxyType
from typing import Any, Final

__all__ = ["TYPES", "Command", "Effect", "Invalid", "parse"]

PREFIX: Final = "sim."

Payload = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """What a dispatch wants while it runs; exactly one of the kinds."""

    kind: str
    """`power`, `power_pu`, `balance`, `limit` or `switch`."""
    power: float = 0.0
    """`power`: W for the whole selection; `power_pu`: fraction of its rating."""
    low_w: float = -inf
    high_w: float = inf
    """`limit`: the interval."""
    reserve_soc: float = 0.0
    grid_charge: bool = False
    """`balance`: the batteries follow the residual at the grid connection."""
    on: bool = True
    latch: bool = False
    """`switch`: the state, and whether it stays after the end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """A payload that was understood."""

    effect: Effect
    priority: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Invalid:
    """Why a type or payload has no effect."""

    event: str
    """`UNKNOWN_TYPE` or `PAYLOAD_INVALID`."""
    reason: str
    pointer: str | None = None
    """JSON pointer into the payload."""

    def details(self) -> dict[str, Any]:
        """Return what belongs into the event log."""
        if self.pointer is None:
            return {"reason": self.reason}
        return {"pointer": self.pointer, "reason": self.reason}


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """A key of a payload."""

    kind: str
    """`number`, `integer`, `flag`, `text` or `choice`."""
    low: float = -inf
    high: float = inf
    choices: tuple[str, ...] = ()
    required: bool = False

    def mistake(self, value: Any) -> str | None:
        """Return what is expected, None for a right value. Whole floats count as integers."""
        if self.kind == "flag":
            return None if isinstance(value, bool) else "expected true or false"
        if self.kind == "text":
            return None if isinstance(value, str) else "expected a string"
        if self.kind == "choice":
            names = " or ".join(self.choices)
            return None if value in self.choices else f"expected {names}"
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            return "expected a number"
        if self.kind == "integer" and value != int(value):
            return "expected a whole number"
        if not self.low <= value <= self.high:
            return f"expected {self.low:g} to {self.high:g}"
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Type:
    """A row of the vocabulary."""

    keys: Mapping[str, Key] = field(default_factory=dict)
    effect: Callable[[Payload], Effect | Invalid] | None = None
    """None = known, but not simulated in this version."""


COMMON: Final[Mapping[str, Key]] = MappingProxyType(
    {
        "priority": Key(kind="integer", low=-100, high=100),
        "note": Key(kind="text"),
    }
)
"""Keys that every payload may have. Keys that no row names are left to other consumers."""


def _set_power(payload: Payload) -> Effect | Invalid:
    if ("power_w" in payload) == ("power_pu" in payload):
        return _invalid("", "expected either power_w or power_pu")
    if "power_w" in payload:
        return Effect(kind="power", power=float(payload["power_w"]))
    return Effect(kind="power_pu", power=float(payload["power_pu"]))


def _power_limit(payload: Payload) -> Effect | Invalid:
    if "min_w" not in payload and "max_w" not in payload:
        return _invalid("", "expected min_w, max_w or both")
    low, high = float(payload.get("min_w", -inf)), float(payload.get("max_w", inf))
    if low > high:
        return _invalid("/min_w", f"expected at most max_w, {high:g}")
    return Effect(kind="limit", low_w=low, high_w=high)


def _self_consumption(payload: Payload) -> Effect | Invalid:
    return Effect(
        kind="balance",
        reserve_soc=float(payload.get("reserve_soc", 0.0)),
        grid_charge=payload.get("grid_charge", False),
    )


def _switch(payload: Payload) -> Effect | Invalid:
    return Effect(kind="switch", on=payload["state"] == "on", latch=payload.get("latch", False))


def _invalid(pointer: str, reason: str) -> Invalid:
    return Invalid(event="PAYLOAD_INVALID", pointer=pointer, reason=reason)


TYPES: Final[Mapping[str, Type]] = MappingProxyType(
    {
        "set_power": Type(
            keys={
                "power_w": Key(kind="number", low=-1e12, high=1e12),
                "power_pu": Key(kind="number", low=-1, high=1),
            },
            effect=_set_power,
        ),
        "power_limit": Type(
            keys={
                "min_w": Key(kind="number", low=-1e12, high=1e12),
                "max_w": Key(kind="number", low=-1e12, high=1e12),
            },
            effect=_power_limit,
        ),
        "self_consumption": Type(
            keys={
                "reserve_soc": Key(kind="number", low=0, high=1),
                "grid_charge": Key(kind="flag"),
            },
            effect=_self_consumption,
        ),
        "switch": Type(
            keys={
                "state": Key(kind="choice", choices=("on", "off"), required=True),
                "latch": Key(kind="flag"),
            },
            effect=_switch,
        ),
        "curtail": Type(),
        "peak_shaving": Type(),
        "soc_target": Type(),
        "ev_charge": Type(),
        "chp_run": Type(),
        "schedule": Type(),
    }
)
"""The vocabulary. Powers in W, positive = into the component; fractions 0..1."""


def parse(type_: str, payload: Payload) -> Command | Invalid:
    """Return what a dispatch wants, or why it has no effect; the first mistake decides."""
    row = TYPES.get(type_.removeprefix(PREFIX))
    if row is None:
        return Invalid(event="UNKNOWN_TYPE", reason="not in the vocabulary")
    if row.effect is None:
        return Invalid(event="UNKNOWN_TYPE", reason="unsupported in this version")
    for name, key in (*COMMON.items(), *row.keys.items()):
        if name not in payload:
            if key.required:
                return _invalid(f"/{name}", "expected a value")
        elif (reason := key.mistake(payload[name])) is not None:
            return _invalid(f"/{name}", reason)
    effect = row.effect(payload)
    if isinstance(effect, Invalid):
        return effect
    return Command(effect=effect, priority=int(payload.get("priority", 0)))
