"""Reactive power of inverters: a fixed request or a fixed power factor, within what is rated.

Active power comes first: reactive power is clipped so that `P^2 + Q^2 <= S^2`, and never changes
it. Positive = inductive, as for loads; the sign stays the same whichever way active power flows
(under- or over-excited, as VDE-AR-N 4105 puts it). In an island it is not balanced.
"""

from math import acos, copysign, hypot, sqrt, tan
from typing import NamedTuple

__all__ = ["ReactiveRule", "beside", "tan_phi"]


def tan_phi(cos_phi: float) -> float:
    """Return the reactive power for each W of a power factor; negative = capacitive."""
    return copysign(tan(acos(abs(cos_phi))), cos_phi)


def beside(part: float, apparent: float) -> float:
    """Return what an apparent power leaves beside an active or reactive part of it."""
    return sqrt(max((apparent - part) * (apparent + part), 0.0))


class ReactiveRule(NamedTuple):
    """What an inverter does beside its active power, auxiliaries of batteries aside."""

    apparent_va: float
    """Rated; a derated inverter has as much less of it as of its active power."""
    request_var: float = 0.0
    tan_phi: float = 0.0
    """Beside a request 0."""

    def var(self, power_w: float, derate: float = 1.0) -> float:
        """Return the reactive power beside an active one."""
        wanted = self.request_var or self.tan_phi * abs(power_w)
        if not wanted:
            return 0.0
        return copysign(min(abs(wanted), beside(power_w, self.apparent_va * derate)), wanted)

    def knee_w(self, derate: float = 1.0) -> float:
        """Return the active power, a magnitude, beyond which the apparent power clips."""
        apparent_va = self.apparent_va * derate
        if self.request_var:
            return beside(self.request_var, apparent_va)
        return apparent_va / hypot(1.0, self.tan_phi)
