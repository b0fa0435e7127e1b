"""What a real meter makes of the truth: gain, noise, steps, readings that never arrive.

A pure function of the moment: the same reading comes out however often, and in whatever order, it
is asked for.
"""

from dataclasses import dataclass, replace
from math import floor, hypot
from typing import Self

from .randomness import stream

__all__ = ["Errors"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Errors:
    """The error model of one meter; the defaults show the truth."""

    gain: float = 1.0
    """Factor on power and registers."""
    noise_w: float = 0.0
    """Standard deviation of the power, W."""
    step_w: float = 0.0
    step_wh: float = 0.0
    """Resolution of powers (rounded) and registers (rounded down), 0 = none."""
    dropout: float = 0.0
    """Probability that a reading does not arrive."""
    offset_wh: float = 0.0
    """Added to the import register."""
    seed: int | None = None
    """Of noise and losses; None = that of the world."""

    def worse(self, noise_w: float, step_w: float, step_wh: float) -> Self:
        """Return the model with more noise and coarser steps."""
        return replace(
            self,
            noise_w=hypot(self.noise_w, noise_w),
            step_w=max(self.step_w, step_w),
            step_wh=max(self.step_wh, step_wh),
        )

    def read(
        self, seed: int, component_id: int, t_us: int, power: float, into: float, out: float
    ) -> tuple[float, float, float] | None:
        """Return power, import and export as the meter shows them; None = nothing arrives."""
        power, into, out = power * self.gain, into * self.gain, out * self.gain
        if self.offset_wh:
            into += self.offset_wh
        if self.noise_w or self.dropout:
            own = seed if self.seed is None else self.seed
            draws = stream(own, "meter", component_id, t_us)
            if draws.random() < self.dropout:
                return None
            power += self.noise_w * float(draws.standard_normal())
        if self.step_w:
            power = round(power / self.step_w) * self.step_w
        if self.step_wh:
            # A step counts as reached within a billionth of it, so that rounding decides nothing.
            into = floor(into / self.step_wh + 1e-9) * self.step_wh
            out = floor(out / self.step_wh + 1e-9) * self.step_wh
        return power, into, out
