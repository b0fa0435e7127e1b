"""One run of a sweep, in whatever process it is done: a job in, an outcome out.

A combination that cannot be run is an outcome, too: its error is a sentence that does not depend
on where it happened.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fixtures.documents.problems import DocumentError
from simulator.microgrid.inputs_errors import InputError
from simulator.microgrid.site import Unsupported
from simulator.outcome.run import run
from simulator.outcome.summary import summarise

from .base import Base, Change


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """What a worker has to know."""

    run: int
    base: Base
    changes: tuple[Change, ...]
    seed: int


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
    try:
        scenario = job.base.build(job.changes)
        record = run(scenario, schedule=job.base.schedule, seed=job.seed)
        site = summarise(record)["site"]
    except DocumentError as error:
        text = "; ".join(f"{each.field}: {_expected(each.text)}" for each in error.problems)
        return Outcome(run=job.run, figures={}, error=text)
    except (InputError, Unsupported) as error:
        return Outcome(run=job.run, figures={}, error=str(error))
    except Exception as error:
        # The other runs go on; this one says that the fault is not the user's.
        text = f"internal error: {type(error).__name__}: {error}"
        return Outcome(run=job.run, figures={}, error=text)
    return Outcome(run=job.run, figures=_flat(site), currency=site["currency"])


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
