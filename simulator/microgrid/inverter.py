"""Conversion losses of a battery inverter, parameterised on DC power.

`P_ac = P_dc + L(P_dc)` with `L(x) = l0 + l1 |x| + l2 x^2 / P_rated`, which is one formula for both
directions when positive means charging; l0 is lost only while the inverter is on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

__all__ = ["Losses"]


@dataclass(frozen=True, slots=True)
class Losses:
    """The three coefficients: l0 in W, l1 without unit, q = l2 / P_rated in 1/W."""

    l0: float = 0.0
    l1: float = 0.0
    q: float = 0.0

    def ac(self, dc: float) -> float:
        """Return the AC power of an inverter that is on."""
        return dc + self.l0 + self.l1 * abs(dc) + self.q * dc * dc

    def dc(self, ac: float) -> float:
        """Return the DC power for an AC power; 0 where only standby losses could be served.

        Beyond the largest power that the quadratic can reach, the one that delivers most.
        """
        x = ac - self.l0
        if x > 0.0:
            slope = 1.0 + self.l1
            return 2.0 * x / (slope + sqrt(slope * slope + 4.0 * self.q * x))
        if ac >= 0.0:
            return 0.0
        slope = 1.0 - self.l1
        root = slope * slope + 4.0 * self.q * x
        return 2.0 * x / (slope + (sqrt(root) if root > 0.0 else 0.0))

    def cut(self) -> float:
        """Return the DC discharge power (magnitude) that only just covers the losses."""
        slope = 1.0 - self.l1
        root = slope * slope - 4.0 * self.q * self.l0
        return 2.0 * self.l0 / (slope + (sqrt(root) if root > 0.0 else 0.0))

    def taper(self, p_inf: float, decay: float) -> tuple[float, float, float]:
        """Return (c, a, b) of `P_ac = c + a z + b z^2` for `P_dc = p_inf + decay z`, z in (0, 1].

        The DC power must keep the sign it has at z = 1.
        """
        slope = 1.0 + self.l1 if p_inf + decay >= 0.0 else 1.0 - self.l1
        q = self.q
        return (
            slope * p_inf + self.l0 + q * p_inf * p_inf,
            (slope + 2.0 * q * p_inf) * decay,
            q * decay * decay,
        )

    def tapers(
        self, sign: float, settled: float, decays: Sequence[tuple[float, float]]
    ) -> tuple[float, list[tuple[float, float]]]:
        """Return constant and terms of the AC power for a sum of several DC exponentials.

        `settled` is the constant part of the DC power, `decays` are pairs of coefficient and rate;
        `sign` is that of the DC power, which it must keep.
        """
        slope, q = 1.0 + self.l1 * sign, self.q
        terms = [((slope + 2.0 * q * settled) * decay, lam) for decay, lam in decays]
        for i, (decay, lam) in enumerate(decays):
            terms.append((q * decay * decay, 2.0 * lam))
            terms += [(2.0 * q * decay * other, lam + rate) for other, rate in decays[i + 1 :]]
        return slope * settled + self.l0 + q * settled * settled, terms
