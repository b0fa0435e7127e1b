"""The runs of a sweep: every combination of values, or a Latin hypercube, each repeated.

Repeat 0 has the seed of the scenario, further ones have seeds derived from it. All combinations
share their seeds, so that what differs between them is not chance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import product
from typing import Any

from simulator.microgrid.randomness import stream

from .base import Base
from .errors import SweepError
from .keys import get
from .variation import Variation

MAX_RUNS = 1_000_000
_LHS = re.compile(r"lhs:([1-9]\d{0,6})")


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """One run."""

    run: int
    """From 0, in the order of the results."""
    combination: int
    repeat: int
    seed: int
    values: tuple[Any, ...]
    """One for each key."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """All runs of a sweep."""

    base: Base
    variations: tuple[Variation, ...]
    sample: str
    """`grid` or `lhs:N`."""
    repeat: int
    points: tuple[Point, ...]
    engine: str = "reference"
    """One of `simulator.engines.ENGINES`."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys as they were written: names of columns."""
        return tuple(each.key.text for each in self.variations)


def plan_of(base: Base, variations: tuple[Variation, ...], sample: str, repeat: int) -> Plan:
    """Return every run.

    Args:
        base: what is varied.
        variations: how.
        sample: `grid` for every combination, `lhs:N` for N of a Latin hypercube.
        repeat: runs of each combination.

    Raises:
        SweepError: the way of sampling does not fit the keys, or nothing is varied.
    """
    if not variations and repeat == 1:
        raise SweepError("expected --vary key=v1,v2,… or --repeat of at least 2")
    rows = list(_rows(base, variations, sample, repeat))
    points = tuple(
        Point(
            run=number * repeat + again,
            combination=number,
            repeat=again,
            seed=derived_seed(_seed(base, variations, values), again),
            values=values,
        )
        for number, values in enumerate(rows)
        for again in range(repeat)
    )
    return Plan(base=base, variations=variations, sample=sample, repeat=repeat, points=points)


def derived_seed(seed: int, repeat: int) -> int:
    """Return the seed of a repeat: the given one for the first, 63 bits of a hash for others."""
    if repeat == 0:
        return seed
    return int.from_bytes(sha256(f"{seed}/repeat/{repeat}".encode()).digest()[:8]) >> 1


def _rows(
    base: Base, variations: Sequence[Variation], sample: str, repeat: int
) -> Iterator[tuple[Any, ...]]:
    match = _LHS.fullmatch(sample)
    if sample != "grid" and match is None:
        raise SweepError(f"--sample: found {sample!r}, expected grid or lhs:N, such as lhs:50")
    count = 1
    for each in variations:
        if match is None and each.span is not None:
            raise SweepError(
                f"--vary {each.key.text}: a range is drawn from; expected --sample lhs:N beside "
                "it, or :n behind it for n evenly spaced values"
            )
        count *= len(each.values)
    count = count if match is None else int(match[1])
    if count * repeat > MAX_RUNS:
        raise SweepError(f"{count * repeat} runs are too many, expected at most {MAX_RUNS}")
    if match is None:
        return product(*(each.values for each in variations))
    if not variations:
        raise SweepError("--sample lhs:N: expected --vary to say from what to draw")
    return zip(*(_drawn(base, each, count) for each in variations), strict=True)


def _drawn(base: Base, variation: Variation, count: int) -> list[Any]:
    """Draw one value from each of `count` strata of equal width, in random order.

    Each key has a random stream of its own: adding another key does not change it.
    """
    seed = get(base.document, ("scenario", "seed")) or 0
    generator = stream(seed, "sweep", "lhs", variation.key.text)
    shares = (generator.permutation(count) + generator.random(count)) / count
    if variation.span is not None:
        return [variation.span.at(float(share)) for share in shares]
    values = variation.values
    return [values[int(share * len(values))] for share in shares]


def _seed(base: Base, variations: Sequence[Variation], values: Sequence[Any]) -> int:
    for each, value in zip(variations, values, strict=True):
        if each.key.path == ("scenario", "seed"):
            return int(value)
    return int(get(base.document, ("scenario", "seed")) or 0)
