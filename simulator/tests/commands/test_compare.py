import json

import pytest

from simulator.commands.compare import compare
from simulator.outcome.tables import write
from simulator.tests.commands.calling import call
from simulator.tests.microgrid import sites


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, power_w in (("a", 2000.0), ("b", 3000.0)):
        record = sites.run(
            sites.site(hours=2), sites.dispatch(8, s=1800, power_w=power_w), load=500.0
        )
        write(record, tmp_path / name, "csv", plots=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_differences_as_table_and_plot(folder):
    result = call(compare, "a", "b", "--plot", "c.png")
    assert result.exit_code == 0
    assert "import_kwh (kWh)" in result.stdout
    row = next(line for line in result.stdout.splitlines() if "dispatch 8 asked (kWh)" in line)
    assert row.split()[-3:] == ["1.000", "1.500", "+0.500"]
    assert (folder / "c.png").exists()


@pytest.mark.usefixtures("folder")
def test_differences_as_json():
    found = json.loads(call(compare, "a", "b", "--json").stdout)
    assert [run["name"] for run in found["runs"]] == ["a", "b"]
    assert found["same_stretch"]


@pytest.mark.usefixtures("folder")
def test_equal_runs_have_no_difference():
    same = call(compare, "a", "a")
    assert same.exit_code == 0
    assert same.stdout.splitlines() == ["site: no difference", "dispatches: no difference"]


def test_runs_over_different_stretches_are_warned_of(folder):
    write(sites.run(sites.site(hours=1)), folder / "short", "csv", plots=False)
    result = call(compare, "a", "short")
    assert result.exit_code == 0
    assert "different stretches of time" in result.stderr


@pytest.mark.usefixtures("folder")
def test_plot_that_cannot_be_written_is_told():
    result = call(compare, "a", "b", "--plot", "none/c.png")
    assert result.exit_code == 2
    assert (
        result.stderr == "gridproof: --plot: cannot write none/c.png: No such file or directory\n"
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["one"], "expected at least two directories to compare"),
        (["one", "two"], "one: no such directory"),
    ],
)
def test_comparison_of_what_is_not_there(tmp_path, monkeypatch, words, expected):
    monkeypatch.chdir(tmp_path)
    result = call(compare, *words)
    assert result.exit_code == 2
    assert expected in result.stderr
