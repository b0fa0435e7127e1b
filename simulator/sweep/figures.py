"""The figures of runs: those of `site` in the summary, from whichever engine.

The reference engine gives a record, which is summarised. The fast ones add up what flows between
the edges of the accounts while they run, so that nobody keeps or reads trajectories.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from simulator.engines import Case, record
from simulator.microgrid.record import Record
from simulator.outcome.accounts import Account, Ledger
from simulator.outcome.shape import rounded
from simulator.outcome.summary import site_figures, summarise, vehicles_of

__all__ = ["exact_figures", "figures", "figures_of"]


def figures(cases: Sequence[Case], engine: str) -> list[Mapping[str, Any] | Exception]:
    """Return the section `site` of the summary of each case, or why it cannot be run."""
    if engine == "reference":
        return [_of_reference(each) for each in cases]
    return [
        each if isinstance(each, Exception) else rounded(each)
        for each in exact_figures(cases, engine)
    ]


def exact_figures(cases: Sequence[Case], engine: str) -> list[Mapping[str, Any] | Exception]:
    """Return the same from a fast engine, not rounded."""
    ledgers: list[Ledger | Exception] = []
    for case in cases:
        try:
            ledgers.append(_ledger(case, ledgers[-1] if ledgers else None))
        except ValueError as error:
            ledgers.append(error)
    results: list[Mapping[str, Any] | Exception] = [
        each if isinstance(each, Exception) else {} for each in ledgers
    ]
    able = [(i, each) for i, each in enumerate(ledgers) if isinstance(each, Ledger)]
    run = import_module(f"simulator.engines.{engine}").sums
    for place, found in run([cases[i] for i, _ in able], [each.edges_us for _, each in able]):
        i, ledger = able[place]
        if isinstance(found, Exception):
            results[i] = found
            continue
        ledger.import_wh, ledger.export_wh, ledger.pv_wh = found.bins
        results[i] = site_figures(found.record, ledger, found.wanted_wh, found.missing_wh)
        del ledger.import_wh, ledger.export_wh, ledger.pv_wh
    return results


def figures_of(found: Record) -> Mapping[str, Any]:
    """Return the same from the record of any engine, not rounded."""
    return site_figures(found, Account(found), *vehicles_of(found))


def _of_reference(case: Case) -> Mapping[str, Any] | Exception:
    try:
        site: Mapping[str, Any] = summarise(record(case))["site"]
    except Exception as error:
        # Whatever it is, it is told with the run.
        return error
    return site


def _ledger(case: Case, before: Ledger | Exception | None) -> Ledger:
    """Return the edges and prices of a case; those of the case before where they are the same."""
    if isinstance(before, Ledger) and before.suits(case.recorded, case.start_us, case.end_us):
        return before.again()
    return Ledger(case.recorded, case.start_us, case.end_us)
