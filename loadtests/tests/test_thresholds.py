from __future__ import annotations

from pathlib import Path

import pytest

from loadtests.errors import UsageError
from loadtests.histogram import Histogram
from loadtests.thresholds import Measured, Result, judge, parse, percent_of, read

DISTRIBUTIONS = (
    "deliver.dispatch",
    "deliver.dispatch.quiet",
    "unary.ListMicrogridDispatches",
    "unary.ListMicrogridDispatches.service",
    "lag.dispatch",
)
SCALARS = ("failures", "deliveries_per_s", "memory.client_mb_per_h")


def measured(**untrusted: str) -> Measured:
    deliver, lag = Histogram(), Histogram()
    deliver.record(40_000, times=990)
    deliver.record(200_000, times=20)
    lag.record(3, times=50)
    return Measured(
        distributions={"deliver.dispatch": deliver, "lag.dispatch": lag},
        scalars={"failures": 0.002, "deliveries_per_s": 900.0},
        untrusted=untrusted,
    )


def result_of(text: str, run: Measured | None = None, baseline: Measured | None = None) -> str:
    return judge(parse(text, DISTRIBUTIONS, SCALARS), run or measured(), baseline).result


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("deliver.dispatch.p50<41ms", Result.PASS),
        ("deliver.p50 < 0.041 s", Result.PASS),
        ("deliver.p50<39ms", Result.FAIL),
        ("deliver_p99>=150ms", Result.PASS),
        ("deliver.max<=200000us", Result.PASS),
        ("deliver.count>1000", Result.PASS),
        ("lag.max<=3", Result.PASS),
        ("failures<0.1%", Result.FAIL),
        ("failures<=0.2%", Result.PASS),
        ("deliveries_per_s>2000", Result.FAIL),
        ("integrity.INT-GAP<=0", Result.PASS),
    ],
)
def test_expressions_hold_or_fail(text: str, result: Result) -> None:
    assert result_of(text) == result


def test_too_few_samples_are_inconclusive() -> None:
    judgement = judge(parse("deliver.p99.9<1s", DISTRIBUTIONS, SCALARS), measured())
    assert judgement.result is Result.INCONCLUSIVE
    assert "too few" in judgement.reason


def test_a_metric_without_samples_is_inconclusive() -> None:
    assert result_of("unary.ListMicrogridDispatches.p50<1s") == Result.INCONCLUSIVE


def test_untrusted_latencies_are_inconclusive_and_rates_are_not() -> None:
    late = measured(deliver="the client was saturated")
    assert result_of("deliver.p50<1s", late) == Result.INCONCLUSIVE
    assert result_of("deliveries_per_s>1", late) == Result.PASS


def test_a_ratio_compares_with_the_baseline() -> None:
    slower = measured()
    slower.distributions["deliver.dispatch"].record(80_000, times=3000)
    assert result_of("ratio(deliver.p50, baseline)<1.5", slower, measured()) == Result.FAIL
    assert result_of("ratio(deliver_p50, baseline)<2.5", slower, measured()) == Result.PASS
    assert result_of("ratio(deliver.p50, baseline)<2.5", slower) == Result.INCONCLUSIVE


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("deliver.p99", "expected METRIC"),
        ("deliver.p99<", "expected METRIC"),
        ("delivr.p99<3ms", "did you mean deliver.dispatch.p99"),
        ("failurs<1%", "did you mean failures"),
        ("deliver.p99<3", "needs a bound in us, ms or s"),
        ("deliveries_per_s>3ms", "has no unit"),
        ("deliver.dispatch<3ms", "say which of"),
    ],
)
def test_a_wrong_expression_tells_what_was_expected(text: str, hint: str) -> None:
    with pytest.raises(UsageError, match=hint):
        parse(text, DISTRIBUTIONS, SCALARS)


def test_expressions_come_from_a_file_too(tmp_path: Path) -> None:
    path = tmp_path / "limits"
    path.write_text("# fan-out\n\ndeliver.p99<250ms\nfailures<1%\n", "utf-8")
    assert read([str(path), "lag.max<9"], DISTRIBUTIONS, SCALARS) == [
        "deliver.p99<250ms",
        "failures<1%",
        "lag.max<9",
    ]


def test_a_wrong_line_of_a_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "limits"
    path.write_text("failures<1%\nfailurs<1%\n", "utf-8")
    with pytest.raises(UsageError, match=r"limits:2: .*did you mean failures"):
        read([str(path)], DISTRIBUTIONS, SCALARS)


@pytest.mark.parametrize(
    ("statistic", "percent"), [("p50", 50), ("p99", 99), ("p99.9", 99.9), ("p999", 99.9)]
)
def test_percentiles_are_written_in_two_ways(statistic: str, percent: float) -> None:
    assert percent_of(statistic) == percent


@pytest.mark.parametrize(
    ("bound", "result"), [(5, Result.FAIL), (9, Result.INCONCLUSIVE), (11, Result.PASS)]
)
def test_both_ends_of_an_estimate_have_to_keep_its_bound(bound: int, result: Result) -> None:
    name = "memory.client_mb_per_h"
    run = Measured(distributions={}, scalars={name: 8.0}, intervals={name: (6.0, 10.0)})
    found = judge(parse(f"{name}<={bound}", DISTRIBUTIONS, SCALARS), run)
    assert (found.result, found.value) == (result, 8.0)
    assert ("between 6 and 10" in found.reason) == (result is Result.INCONCLUSIVE)


def test_a_figure_that_is_missing_may_have_a_reason() -> None:
    name = "memory.client_mb_per_h"
    run = Measured(distributions={}, scalars={}, untrusted={name: "the run was too short"})
    found = judge(parse(f"{name}<=1", DISTRIBUTIONS, SCALARS), run)
    assert (found.result, found.reason) == (Result.INCONCLUSIVE, "the run was too short")
