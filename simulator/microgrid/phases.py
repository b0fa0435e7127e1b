"""How something draws from the three phases: a share for each, 1 together."""

from collections.abc import Sequence

__all__ = ["BALANCED", "Shares", "mixed", "on_phase", "on_phases"]

Shares = tuple[float, float, float]
BALANCED: Shares = (1 / 3, 1 / 3, 1 / 3)


def on_phase(phase: int) -> Shares:
    """Return the shares of what is connected to one phase (1 to 3), or to all of them (0)."""
    if not phase:
        return BALANCED
    return (float(phase == 1), float(phase == 2), float(phase == 3))


def mixed(powers: Sequence[float], shares: Sequence[Shares]) -> Shares:
    """Return the shares of several powers together."""
    total = sum(powers)
    return on_phases(powers, shares, total) if total else BALANCED


def on_phases(powers: Sequence[float], shares: Sequence[Shares], unit: float) -> Shares:
    """Return what several powers together draw from each phase, as multiples of a unit."""
    one, two, three = (
        sum(power * each[phase] for power, each in zip(powers, shares, strict=True)) / unit
        for phase in range(3)
    )
    return (one, two, three)
