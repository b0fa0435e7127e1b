"""How much work a tenant's text may cause: within a request, and in a process of its own.

The figures of `FULL` are those that the API documents of this project promise; those of `QUICK`
keep a call within about ten milliseconds, so that it may run on the event loop. Our choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

__all__ = ["CPU_S", "FULL", "QUICK", "SCHEMA_CHARS", "WAITING", "WALL_S", "Limits"]

SCHEMA_CHARS = 64 * 1024
"""Longest schema that holds no template; checking it takes some twenty milliseconds."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds of one evaluation."""

    source_chars: int
    """Of a template; parsing a dense one takes some five microseconds a character."""
    output_chars: int
    """Of a rendered text, and of any value that a function makes on the way."""
    iterations: int
    calls: int
    """Of template functions."""
    depth: int
    """Of templates that call templates."""
    keywords: int
    """Evaluations of schema keywords, each weighed by the size of what it looks at."""
    pattern_ways: float
    """Of trying all patterns of a schema on all texts of an input, see `patterns.ways`."""
    input_chars: int
    """Of a schema, and of an input, as JSON."""


FULL = Limits(
    source_chars=16 * 1024,
    output_chars=64 * 1024,
    iterations=10_000,
    calls=10_000,
    depth=16,
    keywords=10_000_000,
    pattern_ways=inf,
    input_chars=1024 * 1024,
)
QUICK = Limits(
    source_chars=4 * 1024,
    output_chars=8 * 1024,
    iterations=500,
    calls=500,
    depth=1,
    keywords=2_000,
    pattern_ways=100_000,
    input_chars=8 * 1024,
)

CPU_S = 0.8
"""Processor time that a worker may spend on one text."""
WALL_S = 4.0
"""Time after which a worker is ended whatever it did with it; on a busy machine it waits a while,
for its priority is the lowest."""
WAITING = 64
"""Texts that may wait for a worker; more are refused at once."""
