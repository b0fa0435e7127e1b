"""What a dispatch wants while it runs, in the terms of the controller.

Many types of dispatches share an effect: a cap on production is a limit, self-consumption and peak
shaving hold the grid connection within a band. Powers in W, positive = into the component.
"""

from dataclasses import dataclass
from math import inf
from typing import Final

__all__ = ["EVERYTHING", "SITE", "Effect"]

SITE: Final = "site"
"""The grid connection point, which stands for the balance of the site."""
EVERYTHING: Final = ("storage", "producer", "engine", "charger", "load", SITE)
"""All roles of devices (see `Device.role`), and the site."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """What a dispatch wants; `kind` says which of the values count."""

    kind: str
    """`power`, `power_pu`, `points`, `band`, `soc`, `charge`, `limit` or `switch`."""
    acts_on: tuple[str, ...] = EVERYTHING
    """Roles that can do something with it."""
    power: float = 0.0
    """`power`: W for the whole selection; `power_pu`: fraction of its rating."""
    points: tuple[tuple[float, float], ...] = ()
    """`points`: seconds since the start of the occurrence and the power from then on; 0 W before
    the first one."""
    low_w: float = -inf
    high_w: float = inf
    """`limit`: the interval of each device; `band`: that of the grid connection; `charge`: most for
    all chargers together."""
    low_pu: float = -inf
    """`limit`: lowest power as a fraction of the rating."""
    total_w: float = inf
    """`limit`: most production of all selected devices together, in proportion to their ratings."""
    rest_w: float = 0.0
    """`band`: what the batteries draw beside, where the band leaves room."""
    reserve_soc: float = 0.0
    ceiling_soc: float = 1.0
    """`band`: no discharge at or below, and no drawing beside at or above."""
    grid_charge: bool = False
    """`band`: batteries below the reserve are filled from the grid."""
    soc: float = 0.0
    by_us: int | None = None
    """`soc`: state of charge to reach, and when; None = as soon as possible."""
    strategy: str = "asap"
    """`charge`: `asap`, `even` (constant until departure) or `latest`."""
    min_energy_wh: float = 0.0
    """`charge`: what every vehicle gets as soon as possible."""
    on: bool = True
    latch: bool = False
    """`switch`: the state, and whether it stays after the end."""
