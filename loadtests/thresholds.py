"""What has to hold after a run: `metric[.percentile] op value`, judged as pass, fail, inconclusive.

Examples: `deliver.dispatch.p99<250ms`, `unary.ListMicrogridDispatches.p99<500ms`,
`failures<0.1%`, `deliveries_per_s>2000`, `ratio(deliver.p99, baseline)<1.5`. A metric may be cut
short where that is unambiguous (`deliver.p99`). A percentile with fewer than ten samples beyond
it, and a latency that a saturated client took, are inconclusive: they say nothing either way.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from fixtures.documents.names import nearest, neighbour
from loadtests.errors import UsageError
from loadtests.histogram import Histogram

_EXPRESSION = re.compile(
    r"\s*(?:ratio\(\s*(?P<ratio>[\w.-]+)\s*,\s*baseline\s*\)|(?P<name>[A-Za-z][\w.-]*))"
    r"\s*(?P<op><=|>=|<|>)\s*(?P<value>\d+(?:\.\d+)?)\s*(?P<unit>us|ms|s|%)?\s*"
)
_STATISTIC = re.compile(r"(?P<metric>.+?)[._](?P<statistic>p\d+(?:\.\d+)?|max|count)")
_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MICROSECONDS = {"us": 1.0, "ms": 1e3, "s": 1e6}
_PLAIN = ("batch", "lag")
"""Distributions that count things instead of microseconds."""


class Result(StrEnum):
    """How a threshold came out."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What a run measured: distributions (microseconds or counts) and single numbers.

    `untrusted` gives, for the families of distributions (first part of the name) and the single
    numbers whose values must not be judged, the reason. `intervals` are those in which estimated
    numbers lie, low and high: both ends have to keep a bound.
    """

    distributions: Mapping[str, Histogram]
    scalars: Mapping[str, float]
    untrusted: Mapping[str, str] = field(default_factory=dict)
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """One expression, understood: `bound` is in microseconds for latencies, a share for %."""

    text: str
    metric: str
    statistic: str | None
    compare: str
    bound: float
    is_ratio: bool


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A threshold, how it came out, what was measured (same unit as the bound) and why."""

    threshold: Threshold
    result: Result
    value: float | None
    reason: str


def read(given: Iterable[str], distributions: Iterable[str], scalars: Iterable[str]) -> list[str]:
    """The expressions of the arguments, each an expression or a file of them, all well-formed.

    Lines of a file that are empty or begin with # are passed over.

    Raises:
        UsageError: an expression is wrong; names file and line, and what was expected.
    """
    texts = []
    for item in given:
        path = Path(item)
        if "<" in item or ">" in item or not path.is_file():
            parse(item, distributions, scalars)
            texts.append(item)
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            try:
                parse(line, distributions, scalars)
            except UsageError as error:
                raise UsageError(f"{path}:{number}: {error}") from None
            texts.append(line.strip())
    return texts


def parse(text: str, distributions: Iterable[str], scalars: Iterable[str]) -> Threshold:
    """Understand one expression, given the names of what the scenario measures.

    Raises:
        UsageError: not an expression, or no such metric; names the nearest one.
    """
    match = _EXPRESSION.fullmatch(text)
    if not match:
        raise UsageError(
            f"threshold {text!r}: expected METRIC[.PERCENTILE] OP VALUE, for example "
            "deliver.p99<250ms or failures<0.1%"
        )
    name, unit, bound = match["ratio"] or match["name"], match["unit"], float(match["value"])
    metric, statistic = _named(text, name, tuple(distributions), tuple(scalars))
    is_ratio = match["ratio"] is not None
    is_latency = (
        statistic not in (None, "count") and not is_ratio and metric.split(".")[0] not in _PLAIN
    )
    if is_latency:
        if unit not in _MICROSECONDS:
            raise UsageError(f"threshold {text!r}: {metric} needs a bound in us, ms or s")
        bound *= _MICROSECONDS[unit]
    elif unit == "%":
        bound /= 100
    elif unit:
        raise UsageError(f"threshold {text!r}: {name} is not a time, the bound has no unit")
    return Threshold(
        text=text.strip(),
        metric=metric,
        statistic=statistic,
        compare=match["op"],
        bound=bound,
        is_ratio=is_ratio,
    )


def _named(
    text: str, name: str, distributions: tuple[str, ...], scalars: tuple[str, ...]
) -> tuple[str, str | None]:
    if name in scalars or name.startswith("integrity."):
        return name, None
    match = _STATISTIC.fullmatch(name)
    if not match:
        if name in distributions:
            raise UsageError(f"threshold {text!r}: say which of {name}: p50, p99, max, count …")
        hint = neighbour(name, [*scalars, *distributions], cutoff=0.4)
        raise UsageError(f"threshold {text!r}: no metric {name}{hint}")
    metric, statistic = match["metric"], match["statistic"]
    if metric in distributions:
        return metric, statistic
    longer = [known for known in distributions if known.startswith(f"{metric}.")]
    if longer:
        # The shortest one: `deliver` is deliver.dispatch, not a finer breakdown of it.
        return min(longer, key=len), statistic
    near = nearest(metric, distributions, cutoff=0.4)
    hint = f"; did you mean {near}.{statistic}?" if near else ""
    raise UsageError(f"threshold {text!r}: no metric {metric}{hint}")


def percent_of(statistic: str) -> float:
    """The percentile that a statistic asks for: p50, p99, p99.9 or p999, max."""
    if statistic == "max":
        return 100.0
    digits = statistic[1:]
    if "." in digits or len(digits) <= 2:
        return float(digits)
    return float(f"{digits[:2]}.{digits[2:]}")


def judge(threshold: Threshold, run: Measured, baseline: Measured | None = None) -> Judgement:
    """How the run did on one threshold."""
    value, reason = _value(threshold, run)
    if value is None or reason:
        return Judgement(
            threshold=threshold, result=Result.INCONCLUSIVE, value=value, reason=reason
        )
    if threshold.is_ratio:
        if baseline is None:
            return Judgement(
                threshold=threshold,
                result=Result.INCONCLUSIVE,
                value=None,
                reason="there is no baseline",
            )
        before, reason = _value(threshold, baseline)
        if not before:
            return Judgement(
                threshold=threshold,
                result=Result.INCONCLUSIVE,
                value=None,
                reason=f"baseline: {reason or 'zero'}",
            )
        value /= before
    compare, bound = _OPERATORS[threshold.compare], threshold.bound
    ends = (value, value)
    if not threshold.is_ratio:
        ends = run.intervals.get(threshold.metric, ends)
    holds = {compare(end, bound) for end in ends}
    if len(holds) > 1:
        reason = f"it lies between {ends[0]:.3g} and {ends[1]:.3g}: not enough time to tell"
        result = Result.INCONCLUSIVE
    else:
        result = Result.PASS if True in holds else Result.FAIL
    return Judgement(threshold=threshold, result=result, value=value, reason=reason)


def _value(threshold: Threshold, run: Measured) -> tuple[float | None, str]:
    metric, statistic = threshold.metric, threshold.statistic
    if statistic is None:
        if metric.startswith("integrity."):
            return run.scalars.get(metric, 0.0), ""
        if (found := run.scalars.get(metric)) is None:
            return None, run.untrusted.get(metric, f"{metric} was not measured")
        return found, run.untrusted.get(metric, "")
    histogram = run.distributions.get(metric)
    if histogram is None or not histogram.count:
        return None, f"{metric} has no samples"
    if statistic == "count":
        return float(histogram.count), ""
    percent = percent_of(statistic)
    value = histogram.percentile(percent)
    untrusted = run.untrusted.get(metric.split(".")[0], "")
    if not histogram.is_enough_for(percent):
        return value, f"{histogram.count} samples are too few for {statistic}"
    return value, untrusted
