import subprocess
import sys
from pathlib import Path

import pytest

from simulator.outcome.compare import Row, Run
from simulator.outcome.plots import _thinned, draw, draw_comparison
from simulator.outcome.summary import summarise
from simulator.outcome.tables import series_table
from simulator.tests.microgrid import sites

PNG = b"\x89PNG\r\n\x1a\n"


def test_pictures_of_a_run(tmp_path):
    run = sites.run(
        sites.site(hours=3),
        sites.dispatch(1, s=3600, power_w=3000.0),
        sites.dispatch(2, at=3_600_000_000, s=0, type_="switch", state="off", latch=True),
        sites.dispatch(3, at=3_600_000_000, s=None, power_w=100.0, dry_run=True),
        load=500.0,
    )
    names = draw(summarise(run), series_table(run), tmp_path)
    assert names == ["power.png", "soc.png", "dispatches.png"]
    for name in names:
        assert (tmp_path / name).read_bytes().startswith(PNG)
        assert len((tmp_path / name).read_bytes()) > 5000


def test_nothing_is_drawn_that_has_no_data(tmp_path):
    run = sites.run(sites.site(hours=1), load=500.0)
    assert draw(summarise(run), series_table(run), tmp_path) == ["power.png", "soc.png"]


def test_long_series_is_drawn_as_means_that_keep_the_energy():
    run = sites.run(sites.site(hours=24 * 30), load=sites.steps([100.0, 900.0] * 360, sites.H))
    means, text = _thinned(series_table(run))
    assert text == ", means of 1 h"
    assert len(means) == 720
    assert means["site.load_w"].to_list()[:3] == pytest.approx([100, 900, 100])


@pytest.mark.parametrize("rows", [[], [Row(figure="a", unit="kWh", values=(1.0, None))]])
def test_comparison_of_any_number_of_figures(tmp_path: Path, rows):
    runs = [Run(name=name, summary={}) for name in ("a", "b")]
    draw_comparison(runs, rows, tmp_path / "c.png")
    assert (tmp_path / "c.png").read_bytes().startswith(PNG)


def test_importing_needs_no_display_and_no_large_library():
    code = (
        "import sys, simulator.outcome.plots, simulator.commands.simulate\n"
        "assert not {'matplotlib', 'polars', 'numpy', 'grpc', 'simpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
