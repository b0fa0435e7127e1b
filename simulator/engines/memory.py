"""The memory of a run: one array of integers and one of floats that hold everything.

Kernels take two arrays instead of fifty, which is what keeps their compilation short. Integers
begin with the numbers that `columns.py` names: moments, counts, and the places of everything else.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

import numpy as np
from numpy.typing import NDArray

from . import columns as k

__all__ = ["Floats", "Ints", "Memory"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Memory:
    """Collects what belongs into a memory, then holds it."""

    def __init__(self) -> None:
        self._front = [0] * k.N_FRONT
        self._whole: list[Ints] = []
        self._floats: list[Floats] = []
        self._n_whole = k.N_FRONT
        self._n_floats = 0
        self.m: Ints = np.zeros(0, dtype=np.int64)
        """The integers, once it is sealed."""
        self.w: Floats = np.zeros(0)
        """The floats, once it is sealed."""

    @classmethod
    def sealed(cls, m: Ints, w: Floats) -> Self:
        """Return one that holds two arrays as they are."""
        found = cls()
        found.m, found.w = m, w
        return found

    def put(self, name: int, value: int) -> None:
        """Set one of the numbers at the front."""
        self._front[name] = int(value)

    def whole(self, values: Iterable[int] | Ints) -> int:
        """Add integers; return their place."""
        array = np.asarray(
            values if isinstance(values, np.ndarray) else list(values), dtype=np.int64
        ).ravel()
        self._whole.append(array)
        self._n_whole += len(array)
        return self._n_whole - len(array)

    def floats(self, values: Floats) -> int:
        """Add floats; return their place."""
        array = np.asarray(values, dtype=np.float64).ravel()
        self._floats.append(array)
        self._n_floats += len(array)
        return self._n_floats - len(array)

    def room(self, count: int) -> int:
        """Add so many zeros to the floats; return their place."""
        return self.floats(np.zeros(count))

    def seal(self) -> None:
        """Put everything into the two arrays; nothing can be added any more."""
        self.m = np.concatenate([np.array(self._front, dtype=np.int64), *self._whole])
        self.w = np.concatenate(self._floats)

    def table(self, place: int, rows: int, columns: int) -> Floats:
        """Return a view of a table of floats."""
        return self.w[place : place + rows * columns].reshape(rows, columns)

    def front(self, name: int) -> int:
        """Return one of the numbers at the front."""
        return int(self.m[name])
