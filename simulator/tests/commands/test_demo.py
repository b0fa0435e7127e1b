"""The story that the demo tells, run as a person would run it."""

import json
import os
import subprocess
import sys

import pytest

from simulator.commands import story


def told(folder, **environment):
    command = [sys.executable, "-m", "gridproof", "demo", "--story", "burning-meter"]
    return subprocess.run(
        [*command, "--out", str(folder)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize("has_curl", [True, False])
def test_every_step_goes_as_told(tmp_path, has_curl):
    # Without curl the same requests are made, and the same commands shown.
    environment = {} if has_curl else {"PATH": str(tmp_path)}
    ran = told(tmp_path / "out", **environment)
    assert ran.returncode == 0, ran.stderr
    commands = [line for line in ran.stderr.splitlines() if line.startswith("$ ")]
    assert commands[0].startswith("$ gridproof serve upkeep --start")
    assert len(commands) == 16
    assert all(line.startswith("$ curl ") for line in commands[1:])
    assert "Meter meter-8 at machines is burning (104 degrees)." in ran.stderr
    assert "should not be valid under" in ran.stderr
    log = (tmp_path / "out" / "story" / "run" / "events.jsonl").read_text()
    events = [json.loads(line)["event"] for line in log.splitlines()]
    order = ["CONDITION", "TASK_OPENED", "TASK_COMPLETED", "TASK_EFFECT", "METER_REPLACED"]
    places = [events.index(each) for each in order]
    assert places == sorted(places)


def test_a_story_that_goes_otherwise_ends_with_1(capsys):
    with pytest.raises(SystemExit) as left:
        story._expect(False, "the meter to say nothing")
    assert left.value.code == 1
    assert "expected the meter to say nothing" in capsys.readouterr().err
