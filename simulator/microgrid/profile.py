"""Inputs as the world consumes them: one stream of rows, a row where any input changes.

Several series with labels of their own become one sequence of moments, so that the event queue
holds one entry for all of them. Series are merged a stretch at a time, and built that way for a
served world, which goes on without end.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .inputs import Series
from .units import US_PER_S

__all__ = ["Build", "Row", "rows"]

Build = Callable[[int, int], Mapping[str, Series]]
"""Returns the series of every input over a stretch `[start_us, end_us)`."""

Row = tuple[int, tuple[float, ...]]
"""A moment and the value of every input from then on, in W."""

_CHUNK_US = 31 * 86_400 * US_PER_S
"""How much of a bounded run is merged at once."""


def rows(build: Build, names: Sequence[str], start_us: int, end_us: int | None) -> Iterator[Row]:
    """Yield the inputs `names` over `[start_us, end_us)`; the first row stands at the start.

    Without an end the series are built a month at a time, as the moments come; each month begins
    with a row, even if nothing changes.

    Raises:
        InputError: an input cannot be built; without an end possibly later than at the start.
    """
    if not names:
        yield start_us, ()
        return
    previous: tuple[float, ...] | None = None
    whole = build(start_us, end_us) if end_us is not None else None
    from_us = start_us
    while end_us is None or from_us < end_us:
        to_us = from_us + _CHUNK_US if end_us is None else min(from_us + _CHUNK_US, end_us)
        found = build(from_us, to_us) if whole is None else whole
        for moment, values in _merge([found[name] for name in names], from_us, to_us):
            if values != previous or (end_us is None and moment == from_us):
                yield moment, values
                previous = values
        from_us = to_us


def _merge(series: Sequence[Series], from_us: int, to_us: int) -> Iterator[Row]:
    moments = [np.array([from_us], dtype=np.int64)]
    for each in series:
        first = int(np.searchsorted(each.t_us, from_us, side="right"))
        last = int(np.searchsorted(each.t_us, to_us, side="left"))
        moments.append(each.t_us[first:last])
    union = np.unique(np.concatenate(moments))
    columns = [_at(each, union).tolist() for each in series]
    return zip(union.tolist(), zip(*columns, strict=True), strict=True)


def _at(series: Series, moments: NDArray[np.int64]) -> NDArray[np.float64]:
    return series.values[np.searchsorted(series.t_us, moments, side="right") - 1]
