from __future__ import annotations

import json
import subprocess
import sys

from loadtests.plan import environment


def test_waiting_of_arrivals_counts_where_a_closed_loop_would_hide_it() -> None:
    """A stall of 1 s at 100/s: some 50 arrivals wait over half of it, but only ten users."""
    done = subprocess.run(
        [sys.executable, "-m", "loadtests.tests.stall_script"],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    assert found["arrivals"] == 300
    assert found["open"] >= 30
    assert found["open"] >= 2 * found["closed"]
