"""The judgement of a run: thresholds, integrity, and the exit code that follows.

Several things may be wrong at once; a fault of ours (4) outweighs a bad target (1), and that
outweighs having nothing to say (5). The reasons of all of them are kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fixtures.terminal import Exit
from loadtests.catalogue import Entry
from loadtests.errors import UsageError
from loadtests.histogram import Histogram
from loadtests.metrics import CLIENT_GROWTH, LEFT, SERVER_GROWTH
from loadtests.outcome import Outcome
from loadtests.thresholds import Judgement, Measured, Result, judge, parse

DEFAULT_FAILURES = "failures<=1%"
"""Holds unless the user says something else about failures."""

NO_STREAM_LEFT = f"{LEFT}<=0"
"""Holds where a server tells of its streams, unless the user says something else about them."""
STEADY = "<=30"
"""What the memory of a soak may grow by, MB/h; our choice. Books of what was written take some."""

REGRESSING = ("deliver.", "unary.", "open.", "sync.", "resume.")
"""Distributions whose p99 may not regress against a baseline."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a run is worth: the exit code, each threshold, and why."""

    exit: Exit
    judgements: tuple[Judgement, ...] = ()
    errors: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()
    inconclusive: tuple[str, ...] = ()
    waived: Mapping[str, int] = field(default_factory=dict)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Everything that kept the run from being good, the weightiest first."""
        return (*self.errors, *self.bad, *self.inconclusive)


def judge_run(
    outcome: Outcome, entry: Entry, expressions: list[str], baseline: Measured | None = None
) -> Verdict:
    """Judge a run by its thresholds, its integrity and how it ended.

    `expressions` are well-formed; with a baseline no p99 may be worse than the allowed ratio.
    """
    options, run = outcome.plan.options, outcome.measured()
    named = {parse(text, entry.distributions, entry.figures).metric for text in expressions}
    texts = [*expressions]
    texts += (text for name, text in _defaults(outcome, entry) if name not in named)
    if baseline is not None:
        texts += _regressions(run, baseline, options.max_regression)
    judgements = tuple(
        judge(parse(text, entry.distributions, entry.figures), run, baseline) for text in texts
    )
    found = outcome.integrity
    waived = {code: count for code, count in found.items() if code in options.waive}
    broken = [f"{count} x {code}" for code, count in found.items() if code not in waived]
    bad = [f"integrity broken: {', '.join(broken)}"] if broken else []
    bad += [_failed(item) for item in judgements if item.result is Result.FAIL]
    unclear = [
        f"{item.threshold.text}: {item.reason}"
        for item in judgements
        if item.result is Result.INCONCLUSIVE
    ]
    unclear += _unclear(outcome, judgements)
    errors = tuple(dict.fromkeys(outcome.faults))
    code = (
        Exit.ERROR if errors else Exit.BAD if bad else Exit.INCONCLUSIVE if unclear else Exit.GOOD
    )
    return Verdict(
        exit=code,
        judgements=judgements,
        errors=errors,
        bad=tuple(bad),
        inconclusive=tuple(unclear),
        waived=waived,
    )


def _defaults(outcome: Outcome, entry: Entry) -> Iterator[tuple[str, str]]:
    """What has to hold unless the user says something else about the same figure."""
    if outcome.totals.counts["calls"]:
        yield "failures", DEFAULT_FAILURES
    if outcome.streams_left is not None:
        yield LEFT, NO_STREAM_LEFT
    if entry.parts:
        yield CLIENT_GROWTH, f"{CLIENT_GROWTH}{STEADY}"
        # Where an API deletes nothing a server has to grow with what it is told to keep.
        keeps = any(part.entry.leaves for part in outcome.parts)
        if not keeps and outcome.growths()[SERVER_GROWTH]:
            yield SERVER_GROWTH, f"{SERVER_GROWTH}{STEADY}"


def _unclear(outcome: Outcome, judgements: tuple[Judgement, ...]) -> list[str]:
    unclear = [f"the run was ended early: {outcome.stopped}"] if outcome.stopped else []
    if outcome.lagging:
        furthest = max(late["distance"] for late in outcome.lagging)
        unclear.append(
            f"{len(outcome.lagging)} streams were still catching up after the drain, "
            f"the furthest {furthest} changes behind"
        )
    if outcome.residue:
        unclear.append(
            f"what the run made could not be removed; try: gridproof load cleanup "
            f"{outcome.plan.run}"
        )
    counts, verifies = outcome.totals.counts, outcome.plan.options.verify != "off"
    is_checked = any(
        counts[name] for name in ("messages", "walks", "compared", "claims", "exports")
    )
    if verifies and not outcome.stopped and not is_checked:
        unclear.append("no event, no page, no claim and no file was checked")
    if not verifies and not any(item.result is Result.PASS for item in judgements):
        unclear.append("nothing was checked")
    return unclear


def _failed(item: Judgement) -> str:
    return f"threshold {item.threshold.text} not held: measured {shown(item)}"


def shown(item: Judgement) -> str:
    """The measured value of a threshold in a fitting unit."""
    if item.value is None:
        return "nothing"
    threshold = item.threshold
    is_plain = threshold.metric.startswith(("lag", "batch"))
    if threshold.is_ratio:
        return f"{item.value:.2f} x"
    if threshold.statistic not in (None, "count") and not is_plain:
        return f"{item.value / 1000:.2f} ms"
    if threshold.metric in ("failures", "dropped"):
        return f"{item.value * 100:.2f} %"
    return f"{item.value:g}"


def _regressions(run: Measured, baseline: Measured, most: float) -> list[str]:
    both = [
        name
        for name, histogram in run.distributions.items()
        if name.startswith(REGRESSING)
        and not name.endswith((".service", ".quiet", ".stalled", ".storm"))
        and histogram.is_enough_for(99)
        and (before := baseline.distributions.get(name)) is not None
        and before.is_enough_for(99)
    ]
    return [f"ratio({name}.p99, baseline)<={most:g}" for name in sorted(both)]


def read_baseline(path: Path) -> Measured:
    """The figures of an earlier run, from its summary.json.

    Raises:
        UsageError: not such a file.
    """
    try:
        data: Any = json.loads(path.read_text("utf-8"))
        distributions = {
            name: Histogram.from_json(metric["histogram"])
            for name, metric in data["metrics"].items()
        }
        scalars = {name: float(value) for name, value in data["scalars"].items()}
    except OSError as error:
        raise UsageError(f"--baseline {path}: {error.strerror}") from None
    except (ValueError, LookupError, TypeError, AttributeError):
        raise UsageError(f"--baseline {path}: expected the summary.json of a load run") from None
    return Measured(distributions=distributions, scalars=scalars)
