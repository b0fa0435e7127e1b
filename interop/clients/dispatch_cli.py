"""Runs beside a published dispatch client: its command line, as a person would type it."""

import os
import re
import subprocess
import sys
from pathlib import Path

ADDRESS, KEY_OPTION = sys.argv[1:]
CLI = Path(sys.executable).with_name("dispatch-cli")


def cli(*words):
    command = [CLI, "--url", f"grpc://{ADDRESS}?ssl=false", KEY_OPTION, "any", *words]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, env={**os.environ, "NO_COLOR": "1"}
    )
    output = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
    assert done.returncode == 0, f"{words}: exit {done.returncode}\n{output}"
    return output


def id_in(output):
    found = re.search(r"\bid=(?:DispatchId\()?(?:DID)?(\d+)|^\W*(?:DID)?(\d+)\b", output, re.M)
    assert found, f"no id in: {output}"
    return next(group for group in found.groups() if group)


raw = ("--raw",) if KEY_OPTION == "--auth-key" else ()

created = cli(
    *(*raw, "create", "5", "TRIAL", "BATTERY", "in 2 hours", "10 minutes"),
    *("--frequency", "daily", "--count", "3"),
)
dispatch_id = id_in(created)
assert "TRIAL" in cli(*raw, "list", "5")
assert "TRIAL" in cli(*raw, "get", "5", dispatch_id)
changed = cli(*raw, "update", "5", dispatch_id, "--active", "false")
assert re.search(r"active=False|inactive|Active\W+False", changed, re.I), changed
cli(*raw, "delete", "5", dispatch_id)
assert "TRIAL" not in cli(*raw, "list", "5")
if raw:
    assert "PROMPT" in cli(*raw, "create", "5", "PROMPT", "BATTERY", "NOW", "10 minutes")
print("create, list, get, update, delete by command line: agreed")
