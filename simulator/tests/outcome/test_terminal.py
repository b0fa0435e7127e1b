import io

from rich.console import Console

from simulator.microgrid.recurrence import Frequency, Rule
from simulator.outcome.summary import summarise
from simulator.outcome.terminal import PIPE_WIDTH, print_summary
from simulator.tests.microgrid import sites
from simulator.tests.microgrid.sites import H

FULL = {"soc_initial": 0.95, "self_discharge_per_s": 0.0}


def shown(record) -> str:
    text = io.StringIO()
    print_summary(summarise(record), Console(file=text, width=PIPE_WIDTH, highlight=False))
    return text.getvalue()


def test_each_occurrence_tells_what_it_asked_got_and_lacked():
    text = shown(
        sites.run(
            sites.site(hours=3, battery=FULL, inverter=sites.LOSSLESS_INVERTER),
            sites.dispatch(1, at=H, s=1800, power_w=4000.0),
            sites.dispatch(2, at=2 * H, s=0, type_="switch", state="off", latch=True),
        )
    )
    row = next(line for line in text.splitlines() if "set_power" in line)
    assert row.split()[:8] == ["1", "set_power", "Thu", "01-01", "01:00", "-", "01:30", "3"]
    assert row.split()[8:11] == ["2.00", "0", "2.00"]
    assert "battery at its upper" in row
    assert "Thu 01-01 02:00 " in text
    assert "import" in text


def test_many_occurrences_are_one_row_per_dispatch():
    text = shown(
        sites.run(
            sites.site(hours=24),
            sites.dispatch(
                1, s=60, power_w=1000.0, rule=Rule(freq=Frequency.MINUTELY, interval=20)
            ),
        )
    )
    (row,) = [line for line in text.splitlines() if "set_power" in line]
    assert row.split()[:4] == ["1", "set_power", "72", "0"]


def test_run_without_dispatches_says_so():
    assert "No dispatch occurred." in shown(sites.run(sites.site(hours=1)))


def test_notes_come_last():
    text = shown(sites.run(sites.site(hours=2), sites.dispatch(4, "dance", s=60)))
    assert text.splitlines()[-1].startswith("Note: dispatch 4 had no effect")
