"""What a segment adds to rows of a record, for many cases at once; sums need none of it."""

from __future__ import annotations

import numpy as np

from . import columns as k
from .lanes_laws import decay
from .memory import Floats, Ints


def write_rows(m: Ints, before: Floats, s: Floats, t: Floats) -> None:
    """Write the columns of rows after t seconds were settled; `before` is the state at first."""
    for i in range(m[k.N_DEVICES]):
        d = i * k.N_DEVICE
        kind = s[d + k.KIND, 0]
        s[d + k.ROW_END] = np.where(s[d + k.L1] != 0.0, s[d + k.ROW_END], s[d + k.P])
        for row, register in ((k.ROW_IN, k.INTO), (k.ROW_OUT, k.OUT)):
            s[d + row] = s[d + register] - before[d + register]
        if kind == k.STORAGE:
            _write_battery(s, d, t)
        elif kind == k.PRODUCER:
            s[d + k.ROW_LOSS] = s[d + k.CURTAILED] - before[d + k.CURTAILED]
        else:
            s[d + k.ROW_LOSS] = s[d + k.LOSS] - before[d + k.LOSS]
            soc = s[d + k.STORED] / s[d + k.CAPACITY]
            s[d + k.ROW_DC_END] = np.where(s[d + k.PRESENT] != 0.0, soc, np.nan)
    for node in range(m[k.N_NODES]):
        _write_end(m, s, int(m[k.W_NODES]) + node * k.N_NODE)


def _write_battery(s: Floats, d: int, t: Floats) -> None:
    p, moved = s[d + k.DC], s[d + k.MOVED]
    passed = decay(s[d + k.MU], t)
    s[d + k.ROW_LOSS] = s[d + k.ENERGY] - moved
    s[d + k.ROW_DC_END] = p + (s[d + k.DC_INF] - p) * s[d + k.LAM] * passed
    s[d + k.ROW_DC_IN], s[d + k.ROW_DC_OUT] = np.maximum(moved, 0.0), np.maximum(-moved, 0.0)


def _write_end(m: Ints, s: Floats, n: int) -> None:
    """Write the power of a node in the end, after those of what is below."""
    s[n + k.N_END] = s[n + k.N_LOAD]
    first = int(s[n + k.N_CHILDREN, 0])
    for child in m[first : first + int(s[n + k.N_N_CHILDREN, 0])].tolist():
        s[n + k.N_END] += s[child + k.ROW_END] if child >= 0 else s[-1 - child + k.N_END]
