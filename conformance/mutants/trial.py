"""Judges one faulty or unusual endpoint: serves it in this process and runs checks against it.

The checks are run by the judge's own runner, but without pytest and without repeating failures,
so a trial of a few requirements costs little more than their calls. A change says of which API it
is; the endpoint is served and the adapter chosen accordingly.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from conformance.background import check_functions, spec_of
from conformance.context import ProfileName
from conformance.mutants.change import Mutant, Variant
from conformance.mutants.endpoints import target_of
from conformance.outcome import Outcome
from conformance.requirements import load
from conformance.run.settings import Settings
from conformance.running import Body, Runner, Spec
from conformance.verdicts import RED, Row, rows

DEPTH: ProfileName = "full"
"""All examples: what staging leaves out to be gentle is no reason to miss a fault."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A change and the verdicts on it, one row for each requirement asked."""

    change: Mutant | Variant
    rows: tuple[Row, ...]

    @property
    def survived(self) -> tuple[str, ...]:
        """Requirements that should have failed and did not."""
        return tuple(row.requirement.id for row in self.rows if not caught(row))

    @property
    def rejected(self) -> tuple[str, ...]:
        """Requirements with a verdict that a correct endpoint never gets."""
        return tuple(row.requirement.id for row in self.rows if row.verdict in RED or caught(row))


def caught(row: Row) -> bool:
    """Whether a check found the requirement broken, at whichever level."""
    return row.verdict in ("fail", "warn") and row.failure is not None


def try_mutant(mutant: Mutant, *, seed: int = 1, depth: ProfileName = DEPTH) -> Trial:
    """Judge a fault by the requirements that it names."""
    return _try(mutant, mutant.kills, seed, depth, list(_checks(mutant.kills)))


def try_variant(
    variant: Variant,
    only: Collection[str] = (),
    *,
    seed: int = 1,
    depth: ProfileName = DEPTH,
    long: bool = False,
) -> Trial:
    """Judge a variant by all requirements, or by those whose ids begin with one of `only`.

    Requirements that no check judges are left out, and unless `long` also those whose checks
    mostly wait.
    """
    ids = [r.id for r in load().select(services=[variant.api], only=only)]
    chosen = [(spec, body) for spec, body in _checks(ids) if long or spec.lasts_s is None]
    judged = {id_ for spec, _ in chosen for id_ in spec.ids}
    return _try(variant, [id_ for id_ in ids if id_ in judged], seed, depth, chosen)


def _try(
    change: Mutant | Variant,
    ids: Collection[str],
    seed: int,
    depth: ProfileName,
    checks: Sequence[tuple[Spec, Body]],
) -> Trial:
    with target_of(change) as target, tempfile.TemporaryDirectory(prefix="gridproof-") as folder:
        settings = Settings(
            run_id=change.id,
            folder=Path(folder),
            journal=Path(folder) / "journal",
            target=target,
            depth=depth,
            writes=True,
            seed=seed,
            selected=tuple(ids),
            alone=True,
        )
        settings.journal.mkdir()
        runner = _Unrepeated(settings)
        try:
            found = _run(runner, checks)
        finally:
            runner.close()
    ledger = load()
    selected = [ledger[id_] for id_ in ids]
    return Trial(change=change, rows=rows(selected, found, known={}, today=date.today()))


class _Unrepeated(Runner):
    """Judges by the first failure: making it smaller or seeing it again proves nothing here."""

    def _run_and_repeat(self, spec: Spec, body: Body) -> Outcome:
        return self._once(spec, body, shrink_calls=0)


def _run(runner: Runner, checks: Sequence[tuple[Spec, Body]]) -> list[Outcome]:
    """Run checks one by one, and beside them those that mostly wait."""
    waiting = [check for check in checks if check[0].lasts_s is not None]
    quick = [check for check in checks if check[0].lasts_s is None]
    with ThreadPoolExecutor(max(1, len(waiting))) as threads:
        for spec, _ in checks[:1]:
            runner.connect(spec)  # Once, before there are threads.
        late = [threads.submit(runner.run, spec, body) for spec, body in waiting]
        return [runner.run(spec, body) for spec, body in quick] + [f.result() for f in late]


def _checks(ids: Collection[str]) -> Iterator[tuple[Spec, Body]]:
    """Every check of one of these requirements, once for each of its parameters."""
    ledger = load()
    for node, function in check_functions():
        spec = spec_of(node, function)
        if not set(spec.ids) & set(ids):
            continue
        axes = [
            [_named(mark.args[0], value) for value in mark.args[1]]
            for mark in getattr(function, "pytestmark", [])
            if mark.name == "parametrize"
        ]
        for chosen in itertools.product(*axes):
            arguments = {k: v for part in chosen for k, v in part.items()}
            yield spec, _bound(function, ledger[spec.ids[0]].service, arguments)


def _named(names: str | Collection[str], value: Any) -> dict[str, Any]:
    given = getattr(value, "values", value)  # a pytest.param
    listed = [n.strip() for n in names.split(",")] if isinstance(names, str) else list(names)
    if len(listed) == 1:
        return {listed[0]: given[0] if given is not value else value}
    return dict(zip(listed, given, strict=True))


def _bound(function: Callable[..., Any], fixture: str, arguments: dict[str, Any]) -> Body:
    return lambda target: function(**{fixture: target}, **arguments)
