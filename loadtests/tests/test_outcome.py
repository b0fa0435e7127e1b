from __future__ import annotations

from dataclasses import replace

import pytest

from loadtests.histogram import Histogram
from loadtests.outcome import Outcome
from loadtests.report.summary import build
from loadtests.report.text import text
from loadtests.tests.outcomes import add, outcome
from loadtests.verdict import Verdict, judge_run


def played(scenario: str) -> Outcome:
    made = outcome()
    made.plan = replace(made.plan, scenario=scenario)
    return made


def test_the_share_of_hard_resets_after_storms() -> None:
    made = played("L-META-4")
    assert made.scalars()["resume.hard"] == 0
    assert "resume.hard_share" not in made.scalars()
    made.totals.counts.update({"resume.resumed": 40, "resume.hard": 10, "resume.replayed": 3})
    found = made.scalars()
    assert (found["resume.hard_share"], found["resume.replayed"]) == (0.25, 3)
    assert "slow.stalled" not in found


@pytest.mark.parametrize(
    ("scenario", "stream"),
    [("L-META-5", "meta_stateless"), ("L-DSP-4", "dispatch"), ("L-SVC-2", "services")],
)
def test_others_are_compared_with_the_part_before_readers_stalled(
    scenario: str, stream: str
) -> None:
    made = played(scenario)
    made.totals.distributions.clear()
    made.totals.counts["slow.stalled"] = 1
    assert "slow.deliver_ratio" not in made.scalars()
    add(made, 1, {f"deliver.{stream}": 2000, f"deliver.{stream}.quiet": 2000}, {})
    made.totals.distributions[f"deliver.{stream}"].record(40_000, times=100)
    found = made.scalars()
    assert 3.5 < found["slow.deliver_ratio"] < 4.5
    assert found["slow.stalled"] == 1


def test_feeds_that_were_cut_are_told_without_snapshots() -> None:
    made = played("L-TSK-2")
    made.totals.counts.update({"resume.resumed": 7, "resume.replayed": 6})
    found = made.scalars()
    assert (found["resume.resumed"], found["resume.replayed"]) == (7, 6)
    assert not {"resume.hard", "resume.hard_share"} & set(found)
    assert "7 streams resumed, 6 changes were delivered again" in shown(made)


def test_claims_are_told_apart_from_those_that_were_lost() -> None:
    made = played("L-TSK-1")
    assert "claims_per_s" not in made.scalars()
    made.totals.counts.update({"claims": 50, "claims.lost": 200})
    found = made.scalars()
    assert (found["claims_per_s"], found["lost_claims_per_s"]) == (5, 20)
    assert "5.0 tasks claimed per second, 20.0 claims lost to somebody else" in shown(made)


def shown(made: Outcome) -> str:
    return text(build(made, judge_run(made, made.entry, []), made.entry))


def test_what_only_shows_over_all_processes_is_a_violation_too() -> None:
    made = played("L-TSK-1")
    made.find("INT-ONCE", "a was claimed 2 times", 0, 5)
    assert made.integrity == {"INT-ONCE": 1}
    assert made.violations[0]["text"] == "a was claimed 2 times"
    assert judge_run(made, made.entry, []).exit == 1


def test_a_claim_is_something_that_was_checked() -> None:
    made = played("L-TSK-1")
    made.totals.counts.update({"messages": -2000})
    assert judge_run(made, made.entry, []).exit == 5
    made.totals.counts["claims"] = 1
    assert judge_run(made, made.entry, []).exit == 0


def test_streams_that_cycle_are_counted_as_openings() -> None:
    made = played("L-META-1")
    made.totals.counts["openings"] = 80
    assert made.scalars()["churn.open_rate"] == 8


def test_a_busy_client_says_nothing_against_counts() -> None:
    made = played("L-META-2")
    add(made, 1, {"deliver.meta_stateless": 10, "batch.meta_stateless": 10}, {})
    add(made, 1, {"harness.lateness": 10}, {})
    made.lateness["x"] = made.totals.distributions["harness.lateness"]
    made.lateness["x"].record(900_000, times=50)
    untrusted = made.measured().untrusted
    assert {"deliver", "slow.deliver_ratio"} <= set(untrusted)
    assert "batch" not in untrusted


def with_memory(made: Outcome, *, mb_per_h: float, measured_s: int = 1800) -> Outcome:
    """The same run, so long, with a client that grew and a server that did not."""
    for at_s in range(measured_s):
        made.client.add(at_s, {"a": round(1e8 + mb_per_h * 1e6 * at_s / 3600)})
        made.server.add(at_s, {"server": 2 * 10**8})
    made.window_s = (0.0, float(measured_s))
    return made


def test_memory_is_a_figure_with_an_interval_once_the_run_is_long_enough() -> None:
    made = with_memory(played("L-DSP-3"), mb_per_h=36)
    found = made.measured()
    assert found.scalars["memory.client_mb_per_h"] == pytest.approx(36, abs=0.1)
    assert found.scalars["memory.server_mb_per_h"] == 0
    low, high = found.intervals["memory.client_mb_per_h"]
    assert 35 < low < high < 37
    assert "memory of the client: 117.7 MB in the end, growing by 36.00 MB/h" in shown(made)


def test_what_may_be_history_is_neither_good_nor_bad() -> None:
    def judged(*, kb_per_change: float) -> Verdict:
        made = played("L-DSP-3")
        for at_s in range(1800):
            held = round(1e8 + kb_per_change * 1e3 * 10 * at_s)
            made.server.add(at_s, {"server": held}, committed=10 * at_s)
        made.window_s = (0.0, 1800.0)
        found.append(shown(made))
        return judge_run(made, made.entry, ["memory.server_mb_per_h<=30"])

    found: list[str] = []
    assert [judged(kb_per_change=kb).exit for kb in (0.5, 3.0, 6.0)] == [0, 5, 1]
    assert "growing by 108.00 MB/h (108.00 to 108.00), of which 144 may be history" in found[1]


def test_a_short_run_says_nothing_of_memory() -> None:
    made = with_memory(played("L-DSP-3"), mb_per_h=900, measured_s=60)
    assert "memory.client_mb_per_h" not in made.scalars()
    assert "memory of" not in shown(made)
    expression = "memory.client_mb_per_h<=30"
    found = judge_run(made, made.entry, [expression])
    assert found.exit == 5
    assert "not enough time to tell" in found.inconclusive[0]
    assert judge_run(made, made.entry, []).exit == 0


def test_streams_that_a_server_still_has_are_bad() -> None:
    made = played("L-DSP-3")
    made.streams_left = 0
    assert judge_run(made, made.entry, []).exit == 0
    made.streams_left = 2
    found = judge_run(made, made.entry, [])
    assert found.exit == 1
    assert "streams.left<=0 not held: measured 2" in found.bad[0]
    assert "the server has 2 streams more than before the run" in shown(made)
    assert judge_run(made, made.entry, ["streams.left<3"]).exit == 0


def test_uneven_gaps_are_jitter() -> None:
    made = played("L-DSP-1")
    assert "jitter_ms.dispatch" not in made.scalars()
    for gap_us, times in ((100, 980), (200, 20)):
        histogram = made.totals.distributions.setdefault("gap.dispatch", Histogram())
        histogram.record(gap_us * 1000, times=times)
    assert made.scalars()["jitter_ms.dispatch"] == pytest.approx(100, abs=1)
    assert judge_run(made, made.entry, ["jitter_ms.dispatch<=90"]).exit == 1
    assert "jitter_ms.dispatch" in made.entry.figures


def test_processor_time_of_all_processes_counts_once() -> None:
    made = played("L-DSP-1")
    made.totals.counts.update({"cpu_us.locust": 3_000_000, "cpu_us.engine": 2_000_000})
    assert made.scalars()["cpu.client_cores"] == pytest.approx(0.5)
    made.parts = (played("L-DSP-1"), played("L-DSP-2"), played("L-META-1"))
    assert made.scalars()["cpu.client_cores"] == pytest.approx(0.3)
