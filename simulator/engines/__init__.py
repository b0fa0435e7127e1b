"""Three engines behind one interface: `record(case, engine)` gives the same record from each.

`reference` is the world on SimPy and simulates everything. `batch` (NumPy, many cases side by side)
and `compiled` (numba, the extra `compiled`) simulate most sites much faster; what they do not
cover they refuse by name. All agree to 1e-9 of what flows.

A fast run has two parts. What is discrete - dispatches, vehicles, inputs - does not depend on the
physics: `script.py` plays it alone with the world's own parts and `plans.py` arbitrates. The rest
is `loop.py` and what it calls, over the two arrays of `memory.py`. Many cases at once obey the same
laws in lanes (`lanes_*.py`, in the words of `lanewise.py`): as they are in NumPy, driven by
`lanes.py`, and on vectors of the processor, driven by `side_by_side.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from simulator.microgrid.record import Record

from .case import Case, EngineError, Missing, NotCovered

__all__ = ["ENGINES", "Case", "EngineError", "Missing", "NotCovered", "record"]

ENGINES = ("reference", "batch", "compiled")


def record(
    case: Case, engine: str = "reference", report: Callable[[int], None] = lambda t_us: None
) -> Record:
    """Run a case and return everything that happened.

    `engine` is one of `ENGINES`; `report` is called with the simulated time as it passes.

    Raises:
        EngineError: the engine does not cover the case, or its extra is not installed.
        Unsupported: the scenario has a part that nothing simulates.
        InputError: a profile cannot be built.
    """
    found: Record = import_module(f"{__name__}.{engine}").record(case, report)
    return found
