"""What a real meter makes of the truth: gain, noise, steps, readings that never arrive.

A pure function of the moment: the same reading comes out however often, and in whatever order, it
is asked for.
"""

from dataclasses import dataclass
from math import floor

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

    def read(
        self, seed: int, component_id: int, t_us: int, power: float, into: float, out: float
    ) -> tuple[float, float, float] | None:
        """Return power, import and export as the meter shows them; None = nothing arrives."""
        power, into, out = power * self.gain, into * self.gain, out * self.gain
        if self.noise_w or self.dropout:
            draws = stream(seed, "meter", component_id, t_us)
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
