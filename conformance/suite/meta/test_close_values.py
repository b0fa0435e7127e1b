"""Values that differ, but not for a double or for UTF-16 (seed 003, order_by and filter fields).

Integers are of 64 bits, of which a double holds 53. Texts compare by their bytes, which is the
order of code points; in UTF-16 rare letters stand before the last ones of the basic plane.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from conformance.judging import (
    BAD_ARGUMENT,
    Refused,
    attempt,
    by_depth,
    requirement,
    sampled,
)
from conformance.oracles.meta.model import Data
from conformance.oracles.meta.paths import resolve
from conformance.strategies.meta_filters import literal, quoted
from conformance.suite.meta.filtering import Own, agrees
from conformance.suite.meta.ordering import ordered
from conformance.suite.meta.reading import TEXTS
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import Population

NUMBERS = (2**53 + 1, 2**53, -(2**53), -(2**53) - 1)
"""Names ascend with the position, so that an order which takes two for equal shows."""

LETTERS = ("Ton \N{MUSICAL SYMBOL G CLEF}", "Ton \N{ORNATE LEFT PARENTHESIS}", "Ton €", "Ton")
NUMBER = "metadata.shards.near"
SIGNS = ("=", "<", ">=", "!=", "<=", ">")
DIRECTIONS = ("", " desc")


def _close(meta: MetaTarget, plural: str) -> Population:
    """Resources of a kind, each with one of the numbers and one of the texts; only to be read."""
    made = partial(meta.population, plural, len(NUMBERS), shape=partial(_shaped, TEXTS[plural]))
    return meta.shared(("close", plural), made)


def _shaped(text: str, number: int, data: Data) -> Data:
    metadata = {**data["metadata"], "shards": {"near": NUMBERS[number]}}
    return {**data, text: LETTERS[number], "metadata": metadata}


def _plurals() -> Sequence[str]:
    return by_depth(full=("resources", "regions", "services"), staging=("resources",))


@requirement("META-FLT-002", needs=["mutate"])
def test_comparisons_tell_close_values_apart(meta: MetaTarget) -> None:
    for plural in _plurals():
        population = _close(meta, plural)
        if population.parent is None:
            # As little of the language as possible beside what is judged.
            listed = ", ".join(map(quoted, population.names))
            population = replace(population, filter=f"name IN ({listed})")
        own = Own(meta, population)
        _compared(own, TEXTS[plural], LETTERS)
        # Whether keys of maps can be compared is another requirement's.
        if not isinstance(attempt(partial(own.found, f"{NUMBER} >= 0")), Refused):
            _compared(own, NUMBER, NUMBERS)


def _compared(listed: Own, path: str, values: Sequence[Any]) -> None:
    leaf = resolve(path, listed.kind.message).leaf
    for value in values[: by_depth(full=len(values), staging=1)]:
        for sign in SIGNS[: by_depth(full=len(SIGNS), staging=3)]:
            agrees(listed, f"{path} {sign} {literal(value, leaf)}")
    agrees(listed, f"{path} IN ({literal(values[0], leaf)})")


@requirement("META-ORD-002", needs=["mutate"])
def test_orders_tell_close_values_apart(meta: MetaTarget) -> None:
    for plural in _plurals():
        population = _close(meta, plural)
        for direction in sampled(DIRECTIONS, 2):
            ordered(meta, population, f"{TEXTS[plural]}{direction}")
            try:
                ordered(meta, population, f"{NUMBER}{direction}")
            except Refused as refusal:
                # Whether paths lead into messages is another requirement's.
                if refusal.code not in BAD_ARGUMENT:
                    raise
