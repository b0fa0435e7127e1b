"""One run of a sweep, in whatever process it is done: a job in, an outcome out.

A combination that cannot be run is an outcome, too: its error is a sentence that does not depend
on where it happened.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fixtures.documents.problems import DocumentError
from simulator.engines import Case, EngineError
from simulator.microgrid.inputs_errors import InputError
from simulator.microgrid.site import Unsupported

from .base import Base, Change
from .figures import figures


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """What a worker has to know."""

    run: int
    base: Base
    changes: tuple[Change, ...]
    seed: int
    engine: str = "reference"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a worker found out."""

    run: int
    figures: Mapping[str, float | None]
    """Those of `site` in the summary, nested ones as `cost.total`; empty for a failed run."""
    currency: str | None = None
    error: str | None = None


def execute(job: Job) -> Outcome:
    """Simulate once; whatever goes wrong with it is told in the outcome."""
    (outcome,) = execute_all((job,))
    return outcome


def execute_all(jobs: Sequence[Job]) -> tuple[Outcome, ...]:
    """Simulate jobs of one engine, side by side if it can; outcomes in the same order."""
    found: dict[int, Outcome] = {}
    cases: dict[int, Case] = {}
    for job in jobs:
        try:
            cases[job.run] = _case(job)
        except Exception as error:
            found[job.run] = _failed(job.run, error)
    try:
        sites = figures(list(cases.values()), jobs[0].engine)
    except Exception as error:
        sites = [error] * len(cases)
    for run, site in zip(cases, sites, strict=True):
        if isinstance(site, Exception):
            found[run] = _failed(run, site)
        else:
            found[run] = Outcome(run=run, figures=_flat(site), currency=site["currency"])
    return tuple(found[job.run] for job in jobs)


def _case(job: Job) -> Case:
    scenario, schedule = job.base.build(job.changes), job.base.schedule
    return Case(
        scenario=scenario,
        start_us=scenario.meta.start_us,
        end_us=scenario.meta.end_us,
        seed=job.seed,
        schedule=schedule,
    )


def _failed(run: int, error: Exception) -> Outcome:
    """Return the outcome of a run that went wrong; the others go on."""
    if isinstance(error, DocumentError):
        text = "; ".join(f"{each.field}: {_expected(each.text)}" for each in error.problems)
    elif isinstance(error, InputError | Unsupported | EngineError):
        text = str(error)
    else:
        # It says that the fault is not the user's.
        text = f"internal error: {type(error).__name__}: {error}"
    return Outcome(run=run, figures={}, error=text)


def _expected(text: str) -> str:
    """Leave out the keys of a whole section, which only say where values do not fit together."""
    return re.sub(r"^found a mapping.*?, expected ", "expected ", text)


def release() -> str:
    """Return the version of gridproof, the same way in every process."""
    try:
        return version("gridproof")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "unknown"


def _flat(figures: Mapping[str, Any], prefix: str = "") -> dict[str, float | None]:
    """Return nested figures under one name each; what is no figure is left out."""
    flat: dict[str, float | None] = {}
    for key, value in figures.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            flat[prefix + key] = float(value)
    return flat
