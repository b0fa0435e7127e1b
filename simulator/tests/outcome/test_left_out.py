from dataclasses import replace

from simulator.microgrid.recurrence import Frequency, Rule
from simulator.outcome.left_out import left_out
from simulator.outcome.notes import notes_of
from simulator.outcome.run import run
from simulator.tests.microgrid import sites
from simulator.tests.microgrid.sites import H


def test_each_dispatch_that_never_ran_says_why():
    ran = sites.dispatch(1, at=0, s=60, power_w=1.0)
    daily = Rule(freq=Frequency.DAILY)
    silent = [
        replace(sites.dispatch(2, at=0, s=60, power_w=1.0), active=False),
        sites.dispatch(3, at=9 * H, s=60, power_w=1.0),
        sites.dispatch(4, at=-9 * H, s=60, power_w=1.0),
        sites.dispatch(5, at=-9 * H, s=60, power_w=1.0, rule=daily),
    ]
    record = sites.run(sites.site(hours=1), ran)
    found = {each["dispatch_id"]: each["why"] for each in left_out([*silent, ran], record)}
    assert found == {
        2: "is inactive",
        3: "starts on 2026-01-01T09:00:00Z, after the run",
        4: "started on 2025-12-31T15:00:00Z and ended before the run",
        5: "has no occurrence within the run",
    }


def test_a_run_notes_what_its_schedule_has_and_it_has_not():
    scenario = sites.site(hours=1)
    late = sites.dispatch(3, at=9 * H, s=60, power_w=1.0)
    (note,) = notes_of(run(scenario, schedule=[late]))
    assert note.startswith("dispatch 3 did not run: it starts on")
    assert notes_of(run(scenario, schedule=[])) == []
