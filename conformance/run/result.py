"""What a run found, and the exit code that it stands for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from conformance.run.settings import Settings
from conformance.verdicts import EXERCISED, Row
from fixtures.terminal import Exit


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """The history that was judged instead of a target.

    Attributes:
        file: path of the history.
        lines: of the file.
        streams: in it.
        span_s: seconds from its first call to its last.
        sole_writer: whether it says that nobody else wrote.
        notes: what was passed over, a sentence each.
    """

    file: str
    lines: int
    streams: int
    span_s: float
    sole_writer: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Result:
    """A finished run.

    Attributes:
        rows: one for each selected requirement.
        calls: requests sent in all, cleaning included.
        residue: things made that still exist.
        interrupted: whether it was stopped half way.
        lost: whether the target no longer answered at the end.
        broken: troubles of ours outside of the checks.
        options_replay: the command line of the run, without the choice of checks.
        replayed: the history, if one was judged; `calls` are those in it.
    """

    settings: Settings
    rows: tuple[Row, ...]
    started: datetime
    duration_s: float
    calls: int
    residue: int
    interrupted: bool = False
    lost: bool = False
    broken: tuple[str, ...] = ()
    options_replay: str = "gridproof conform"
    replayed: Replayed | None = None

    @property
    def exit(self) -> Exit:
        """Findings come before our own troubles: they stand whatever else went wrong."""
        verdicts = {row.verdict for row in self.rows}
        if self.lost:
            return Exit.UNREACHABLE
        if not verdicts & EXERCISED and "error" not in verdicts and not self.broken:
            return Exit.INCONCLUSIVE
        if verdicts & {"fail", "stale"}:
            return Exit.BAD
        if "error" in verdicts or self.broken:
            return Exit.ERROR
        if "untestable" in verdicts or self.residue:
            return Exit.BAD
        return Exit.GOOD
