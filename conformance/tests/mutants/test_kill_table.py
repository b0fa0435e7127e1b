"""The suite judged: every seeded fault is caught, and no legal variant is rejected.

A fault is judged by all requirements that name it, a variant by those nearest to it; the table's
own command judges variants by the whole suite. Most of a trial is waiting for events and calls,
so the trials run side by side in threads.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from conformance.mutants.catalogue import MUTANTS, VARIANTS
from conformance.mutants.change import Mutant, Variant
from conformance.mutants.table import lines
from conformance.mutants.trial import Trial, try_mutant, try_variant

SIDE_BY_SIDE = 4

pytestmark = pytest.mark.filterwarnings(
    # gRPC's own thread asks for the state of a channel for a moment after it was closed.
    "ignore::pytest.PytestUnhandledThreadExceptionWarning",
)

Trials = dict[str, "Future[Trial]"]


@pytest.fixture(scope="module")
def trials() -> Iterator[Trials]:
    with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
        started = {mutant.id: threads.submit(try_mutant, mutant) for mutant in MUTANTS}
        for variant in VARIANTS:
            started[variant.id] = threads.submit(try_variant, variant, variant.near)
        yield started


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.id)
def test_every_fault_is_caught(mutant: Mutant, trials: Trials) -> None:
    trial = trials[mutant.id].result()
    assert trial.survived == (), "\n".join(lines(trial))


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.id)
def test_no_variant_is_rejected(variant: Variant, trials: Trials) -> None:
    trial = trials[variant.id].result()
    assert trial.rows
    assert trial.rejected == (), "\n".join(lines(trial))
