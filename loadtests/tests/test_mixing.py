from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from loadtests.catalogue import find
from loadtests.mixing import ENDED_WITH_ANOTHER, mixed
from loadtests.outcome import Outcome
from loadtests.report.summary import build
from loadtests.report.text import text
from loadtests.tests.outcomes import outcome
from loadtests.verdict import Verdict, judge_run

SOAK = find("L-ALL-1")


def part(scenario: str) -> Outcome:
    """A good run of ten seconds of a part; its clock begins at 100."""
    made = outcome()
    made.plan = replace(made.plan, scenario=scenario, part=scenario)
    made.window_s = (100.0, 110.0)
    return made


def soak(*parts: Outcome) -> Outcome:
    plan = replace(parts[0].plan, scenario="L-ALL-1", part="")
    return mixed(plan, parts)


def grown(made: Outcome, *, client: float = 0.0, server: float | None = 0.0) -> Outcome:
    """The same run over half an hour, with so many MB per hour; a server that is not seen: None."""
    for at_s in range(0, 1800, 2):
        made.client.add(at_s, {"a": round(1e8 + client * 1e6 * at_s / 3600)})
        if server is not None:
            made.server.add(at_s, {"server": round(2e8 + server * 1e6 * at_s / 3600)})
    made.window_s = (0.0, 1800.0)
    return made


def judged(made: Outcome) -> Verdict:
    return judge_run(made, SOAK, [])


def test_figures_add_up_and_what_was_found_stays_with_its_part() -> None:
    fanout, snapshot = part("L-DSP-1"), part("L-META-1")
    snapshot.totals.counts.update({"openings": 80, "integrity.INT-GAP": 3})
    snapshot.notes = ("a note",)
    snapshot.residue = 2
    fanout.add_violation({"code": "INT-DUP", "text": "twice", "stream": "s"})
    fanout.window_s = (101.0, 111.0)
    made = soak(fanout, snapshot)
    assert (made.watched, made.residue) == (40, 2)
    assert dict(made.streams) == {"opened": 40, "closed": 40}
    assert made.totals.distributions["deliver.dispatch"].count == 4000
    assert made.integrity == {"INT-GAP": 3}
    assert made.violations == [
        {"code": "INT-DUP", "text": "twice", "stream": "s", "scenario": "L-DSP-1"}
    ]
    assert made.notes == ("L-META-1: a note",)
    assert made.window_s == (101.0, 110.0)
    assert len(list(made.timeline)) == 10
    assert made.scalars()["offered_per_s"] == 40
    assert made.scalars()["churn.open_rate"] == 8


def test_the_reason_for_an_early_end_is_that_of_the_part_that_began_it() -> None:
    first, second, third = part("L-DSP-1"), part("L-META-1"), part("L-TSK-2")
    first.stopped = third.stopped = ENDED_WITH_ANOTHER
    second.stopped = "the target showed distress twice"
    assert soak(first, second, third).stopped == "L-META-1: the target showed distress twice"
    second.stopped, second.faults = ENDED_WITH_ANOTHER, ["a user of the harness failed"]
    made = soak(first, second)
    assert made.faults == ["L-META-1: a user of the harness failed"]
    assert made.stopped == ENDED_WITH_ANOTHER


def test_an_interrupt_of_all_is_one_reason() -> None:
    first, second = part("L-DSP-1"), part("L-META-1")
    first.stopped = second.stopped = "interrupted"
    assert soak(first, second).stopped == "interrupted"


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    [
        (lambda made: grown(made), 0, ""),
        (lambda made: grown(made, client=40), 1, "memory.client_mb_per_h<=30 not held"),
        (lambda made: grown(made, server=40), 1, "memory.server_mb_per_h<=30 not held"),
        (lambda made: grown(made, server=None), 0, ""),
        (lambda made: made, 5, "memory.client_mb_per_h<=30: it was not measured"),
    ],
)
def test_memory_is_judged_where_it_is_seen(
    change: Callable[[Outcome], Outcome], code: int, sentence: str
) -> None:
    found = judged(change(soak(part("L-DSP-1"), part("L-META-2"))))
    assert (found.exit, sentence in " ".join(found.reasons)) == (code, True)


def test_a_server_that_has_to_keep_what_is_written_may_grow_and_that_is_said() -> None:
    made = grown(soak(part("L-DSP-1"), part("L-TSK-2")), server=400)
    assert judged(made).exit == 0
    shown = text(build(made, judged(made), SOAK))
    assert "growing by 400.00 MB/h" in shown
    assert "not judged, as it has to keep what was written" in shown
    assert judge_run(made, SOAK, ["memory.server_mb_per_h<100"]).exit == 1


def test_the_text_tells_each_part_and_what_was_not_measured() -> None:
    made = grown(soak(part("L-DSP-1"), part("L-META-2")), server=None)
    made.streams_left = 0
    shown = text(build(made, judged(made), SOAK))
    assert "| L-META-2 | 20 | 20.0 | 20.0 | 200.0 | 0.00% | 0 |" in shown
    assert "memory of the server: not measured: not exposed" in shown
    assert "the server has 0 streams more than before the run" in shown


def test_what_is_not_read_yet_is_no_leak() -> None:
    made = grown(soak(part("L-DSP-1"), part("L-META-2")), client=400, server=400)
    assert judged(made).exit == 1
    made.lagging = [{"stream": "stream 7", "distance": 1475}]
    found = judged(made)
    assert found.exit == 5
    assert sum("what is not read yet fills memory" in why for why in found.inconclusive) == 2
