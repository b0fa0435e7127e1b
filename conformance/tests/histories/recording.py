"""Records a run against a naive server, faulty or not, in this process."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from pathlib import Path

from conformance.histories import tape
from conformance.mutants.change import Mutant, Variant
from conformance.mutants.endpoints import target_of
from conformance.mutants.trial import _checks, _run, _Unrepeated
from conformance.requirements import load
from conformance.run.settings import Settings


def recorded(change: Mutant | Variant, ids: Collection[str], path: Path, *, seed: int = 1) -> None:
    """Write the history of a run of the checks of some requirements, whose beginnings suffice."""
    chosen = [r.id for r in load().select(services=[change.api], only=ids)]
    checks = [(spec, body) for spec, body in _checks(chosen) if spec.lasts_s is None]
    with target_of(change) as target, tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            run_id=change.id,
            folder=Path(folder),
            journal=Path(folder) / "journal",
            target=target,
            depth="full",
            writes=True,
            seed=seed,
            selected=tuple(chosen),
            alone=True,
            record=path,
        )
        settings.journal.mkdir()
        tape.begin(path, target, run_id=change.id, sole_writer=True)
        runner = _Unrepeated(settings)
        try:
            _run(runner, checks)
        finally:
            runner.close()
