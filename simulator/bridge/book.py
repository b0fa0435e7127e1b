"""The reading book of a site: what each meter showed when somebody, or its link, told.

Registers by OBIS code, as exact Decimals in the units that meters show (kWh, kvarh, W, V, A, Hz),
rounded down to the meter's resolution. What is plausible is checked before it is written down.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal, localcontext
from math import inf
from typing import TYPE_CHECKING, Final

from fixtures.values.obis import Obis, parse_obis
from fixtures.values.readings import implausible
from simulator.microgrid import scenario_components as parts

if TYPE_CHECKING:
    from simulator.microgrid.world import World

__all__ = ["Book", "Entry", "Registers", "rounded"]

Registers = Mapping[Obis, Decimal]

_WH: Final = Decimal(1)
_PER_KILO: Final = Decimal(1000)
_SHOWN: Final = Decimal("0.001")
"""Resolution of what is no energy, and of what people tell."""
_SLACK: Final = Decimal("1e-9")
"""A step counts as reached within a billionth of it, so that rounding decides nothing."""
_US_PER_H: Final = 3_600_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A reading that was written down."""

    at_us: int
    number: str
    """The number on the meter."""
    values: Registers
    channel: str
    """How it came: PORTAL, PHONE and so on; empty = the meter itself."""
    reason: str = ""
    """Why it was taken although it is not plausible."""


class Book:
    """The entries of a world's meters. Unknown meters raise KeyError."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._steps: dict[int, Decimal] = {}
        self._entries: dict[int, list[Entry]] = {}
        fuses = [
            each.fuse_w
            for each in world.scenario.components
            if isinstance(each, parts.GridConnectionPoint) and each.fuse_w is not None
        ]
        self._fuse_kw = fuses[0] / 1000.0 if fuses else inf
        for each in world.scenario.components:
            if isinstance(each, parts.Meter):
                step = each.errors.step_wh if each.errors else 0.0
                self._steps[each.id] = Decimal(step) if step else _WH
                self._entries[each.id] = []
                self.note(each.id)

    @property
    def meters(self) -> Collection[int]:
        """The ids of all meters."""
        return self._entries.keys()

    def shown(self, meter_id: int) -> Registers:
        """Return what a meter shows now; nothing where nothing arrives from it."""
        step = self._steps[meter_id]
        found = {}
        for text, value in self._world.registers(meter_id).items():
            code = parse_obis(text)
            found[code] = _down(value, step) / _PER_KILO if code.is_cumulative else _down(value)
        return found

    def note(self, meter_id: int, channel: str = "") -> None:
        """Write down what a meter shows now, if it shows anything."""
        if values := self.shown(meter_id):
            self.write(meter_id, values, channel)

    def write(self, meter_id: int, values: Registers, channel: str, reason: str = "") -> None:
        """Write down a reading, also in the world's log."""
        entry = Entry(
            at_us=self._world.now_us,
            number=self._world.repairs.numbers[meter_id],
            values=dict(values),
            channel=channel,
            reason=reason,
        )
        self._entries[meter_id].append(entry)
        if channel:
            shown = {str(code): str(value) for code, value in values.items()}
            self._world.log(
                "READING",
                component_id=meter_id,
                number=entry.number,
                channel=channel,
                reason=reason,
                values=shown,
            )

    def entries(self, meter_id: int) -> tuple[Entry, ...]:
        """Return what was written down of a place, whichever meter hung there."""
        return tuple(self._entries[meter_id])

    def previous(self, meter_id: int) -> dict[Obis, Decimal]:
        """Return the latest known value of each register of the meter that hangs there now."""
        number = self._world.repairs.numbers[meter_id]
        known: dict[Obis, Decimal] = {}
        for entry in self._entries[meter_id]:
            if entry.number == number:
                known.update(entry.values)
        return known

    def counting(self, meter_id: int) -> tuple[Obis, ...]:
        """Return the registers that people read: those that only grow, of no phase or storage."""
        return tuple(
            sorted(
                code
                for code in self.previous(meter_id)
                if code.is_cumulative and code.c <= _LAST_SUM
            )
        )

    def is_plausible(self, meter_id: int, code: Obis, value: Decimal, *, excused: bool) -> bool:
        """Whether a register can show a value now, or somebody has said why it does."""
        number = self._world.repairs.numbers[meter_id]
        times = [each.at_us for each in self._entries[meter_id] if each.number == number]
        found = implausible(
            {code: float(value)},
            {known: float(other) for known, other in self.previous(meter_id).items()},
            hours=(self._world.now_us - max(times, default=self._world.start_us)) / _US_PER_H,
            fuse_kw=self._fuse_kw,
            excused=excused,
        )
        return not any(each.fatal for each in found)


_LAST_SUM: Final = 20
"""Quantities above are of single phases."""


def rounded(value: float) -> Decimal:
    """Return a number that somebody told, to the resolution of meters."""
    return Decimal(repr(value)).quantize(_SHOWN)


def _down(value: float, step: Decimal = _SHOWN) -> Decimal:
    """Return the exact value of a register, rounded down to a step."""
    with localcontext(prec=60):
        steps = (Decimal(value) / step + _SLACK).to_integral_value(ROUND_FLOOR)
        return steps * step
