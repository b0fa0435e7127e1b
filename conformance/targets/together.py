"""Calls at the same moment, for checks of what happens when several callers want the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from conformance.failures import Refused

T = TypeVar("T")

TOGETHER_S = 10.0
"""How long the threads may take until all of them are there."""


def together(calls: Sequence[Callable[[], T]]) -> list[T | Refused]:
    """Make calls that begin at the same moment; the result or the refusal of each, in order.

    Raises:
        JudgeError: one of them ended in another way.
    """
    if not calls:
        return []
    gate = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T | Refused:
        gate.wait(TOGETHER_S)
        try:
            return call()
        except Refused as refusal:
            return refusal

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
