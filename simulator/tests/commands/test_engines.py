"""`--engine` of `simulate` and `sweep`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.commands.simulate import simulate
from simulator.commands.sweep import sweep
from simulator.tests.commands.calling import call
from simulator.tests.sweep.conftest import SITE


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "site.yaml").write_text(SITE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(command, *words: str):
    result = call(command, "site.yaml", "--json", *words)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.parametrize("engine", ["batch", "compiled"])
def test_simulate_says_the_same(engine):
    wanted, found = told(simulate), told(simulate, "--engine", engine)
    assert found["run"]["engine"] == engine
    for part in ("site", "components", "occurrences", "days", "what_if"):
        assert json.dumps(found[part]) == json.dumps(wanted[part]), part


@pytest.mark.parametrize("engine", ["batch", "compiled"])
def test_sweep_says_the_same(engine):
    words = ("--vary", "components.store.capacity_wh=5000,10000", "--workers", "1")
    assert told(sweep, *words, "--engine", engine) == told(sweep, *words)


def test_what_is_not_covered_is_refused_with_2(folder):
    text = (folder / "site.yaml").read_text()
    (folder / "site.yaml").write_text(
        text.replace("scenario: {", "scenario: {arbitration: sum, ", 1)
    )
    result = call(simulate, "site.yaml", "--engine", "compiled")
    assert result.exit_code == 2
    assert "--engine: the engine compiled does not cover arbitration by sum" in result.stderr


def test_a_sweep_does_not_mix_engines():
    words = ("site.yaml", "--repeat", "2", "--workers", "1", "--out", "out")
    assert call(sweep, *words).exit_code == 0
    result = call(sweep, *words, "--engine", "batch")
    assert result.exit_code == 2
    assert "engine: was" in result.stderr
