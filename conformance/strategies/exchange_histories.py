"""Histories of publishing about few keys, so that versions and values meet often."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from conformance.oracles.exchange.records import Measure, Record, multi, single

STEP_NS = 1_000_000_000

SINGLES = ("gridproof_p", "gridproof_q")
MEASURES = ("gridproof_a", "gridproof_b")
"""Names of measures; a database that others use too keeps their types for good."""

VERSIONS = (None, 1, 2, 3)
"""Versions that are drawn; None sends none, which is 1."""


@dataclass(frozen=True, kw_only=True)
class Write:
    """One record, as a history draws it; the instant is a number of steps after a base.

    Attributes:
        step: when, in whole seconds after the base.
        measures: name and number; one alone is a single record unless `multi`.
        multi: whether it is a MULTI record.
        phase: a dimension; None leaves it out.
        version: None sends none.
    """

    step: int
    measures: tuple[tuple[str, int], ...]
    multi: bool = False
    phase: str | None = None
    version: int | None = None

    def record(self, base_ns: int) -> Record:
        """The record with its instant."""
        at = base_ns + self.step * STEP_NS
        dimensions = {} if self.phase is None else {"phase": self.phase}
        if self.multi:
            measures = [Measure(name=n, type="DOUBLE", value=f"{v}.0") for n, v in self.measures]
            return multi("m", measures, at, dimensions=dimensions, version=self.version)
        name, value = self.measures[0]
        return single(name, f"{value}.0", at, dimensions=dimensions, version=self.version)


def writes(*, steps: int = 2, values: int = 2) -> st.SearchStrategy[Write]:
    """Writes about two single measures and one MULTI record with two measures.

    Args:
        steps: how many instants there are.
        values: how many values there are.
    """
    at = st.integers(0, steps - 1)
    number = st.integers(1, values)
    phase = st.sampled_from((None, "A"))
    version = st.sampled_from(VERSIONS)
    alone = st.tuples(st.sampled_from(SINGLES), number).map(lambda pair: (pair,))
    # A name is of a single measure or of a MULTI record, never of both.
    several = st.lists(
        st.tuples(st.sampled_from(MEASURES), number),
        min_size=1,
        max_size=2,
        unique_by=lambda pair: pair[0],
    ).map(tuple)
    return st.one_of(
        st.builds(Write, step=at, measures=alone, phase=phase, version=version),
        st.builds(Write, step=at, measures=several, multi=st.just(True), version=version),
    )


def histories(*, max_size: int = 8) -> st.SearchStrategy[list[Write]]:
    """Writes one after the other, each a call of its own."""
    return st.lists(writes(), min_size=1, max_size=max_size)
