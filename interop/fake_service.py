"""Judges the published test double of the dispatch service: a peer known to depart widely.

The suite has to find its departures, blame them on the double (never on itself), and show each.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from interop.environments import CLIENTS, environment, running
from interop.peers import FAKE_SERVICE

WANTED_FAILURES = 50
"""Distinct MUST requirements that the double breaks at the least."""


def judge_fake_service() -> bool:
    """Run the suite against the double: exit 1, enough MUST failures, no error, all shown."""
    python = environment(FAKE_SERVICE.requirements)
    with TemporaryDirectory() as folder:
        ready, report = Path(folder) / "ready.json", Path(folder) / "report"
        command: list[str | Path] = [python, "-W", "ignore", CLIENTS / FAKE_SERVICE.script, ready]
        with running(command, ready) as address:
            target = Path(folder) / "target.yaml"
            target.write_text(
                f'endpoint: "{address["grpc"]}"\n'
                'services: {dispatch: {generation: "1.1", simulated_site: true}}\n'
            )
            judged = subprocess.run(
                [
                    *(sys.executable, "-m", "gridproof", "conform", "--target", target),
                    *("--allow-writes", "--profile", "full", "-n", "2", "--report", report),
                ],
                check=False,
            )
        result = json.loads((report / "report.json").read_text())
    failed = [r for r in result["requirements"] if r["verdict"] == "fail" and r["level"] == "must"]
    unshown = [r["id"] for r in failed if not r["counterexample"]]
    errors = [r["id"] for r in result["requirements"] if r["verdict"] == "error"]
    print(
        f"exit {judged.returncode}, {len(failed)} MUST requirements fail, "
        f"without a counter-example: {unshown or 'none'}, errors: {errors or 'none'}"
    )
    enough = len(failed) >= WANTED_FAILURES
    return judged.returncode == 1 and enough and not unshown and not errors
