import json
from pathlib import Path

from simulator.commands.scenarios import scenarios
from simulator.tests.commands.calling import call


def test_shipped_scenarios_are_listed():
    rows = json.loads(call(scenarios, "--json").stdout)
    assert {"home", "commercial"} <= {row["name"] for row in rows}
    assert all(Path(row["file"]).is_file() for row in rows)
    listed = call(scenarios).stdout
    assert all(row["name"] in listed for row in rows)
