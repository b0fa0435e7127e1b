import subprocess
import sys
from pathlib import Path

from conformance.mutants.server import served
from conformance.report.replay import write
from conformance.report.replay_plan import plan
from conformance.targets.profile import Target
from conformance.tests.report.samples import AT_US, STEPS, sample_document


def test_ids_become_variables_and_near_times_offsets() -> None:
    first, second = plan(STEPS)
    assert first["request"]["dispatch_data"]["start_time"] == "{{now+3600}}"
    assert first["saves"] == {"v1": "dispatch.metadata.dispatch_id"}
    assert second["request"]["dispatch_id"] == "{{v1}}"
    assert second["was"] == "UNKNOWN: secret-text"


def test_times_far_away_and_tokens() -> None:
    reply = {"pagination_info": {"next_page_token": "tok"}}
    listed = {"kind": "call", "method": "List", "at_us": AT_US, "reply": reply}
    again = {
        "kind": "call",
        "method": "List",
        "at_us": AT_US,
        "request": {"token": "tok", "at": "2096-02-29T00:00:00Z", "q": "#tok", "n": 3},
    }
    _, second = plan([{**listed, "request": {}}, again])
    assert second["request"] == {
        "token": "{{v1}}",
        "at": "2096-02-29T00:00:00Z",
        "q": "#{{v1}}",
        "n": 3,
    }


def test_python_script_repeats_the_exchange(tmp_path: Path) -> None:
    write(sample_document(), Target(endpoint="127.0.0.1:1"), tmp_path)
    with served() as endpoint:
        done = subprocess.run(
            [sys.executable, "DSP-GET-003.py", endpoint],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert done.returncode == 0, done.stderr
    # The sample lacks a target, so a correct endpoint refuses to create it.
    assert "<- INVALID_ARGUMENT" in done.stdout
    assert "(in the run: OK)" in done.stdout
    assert "-- GetMicrogridDispatch left out" in done.stdout


def test_shell_script_is_well_formed_and_substitutes(tmp_path: Path) -> None:
    write(sample_document(), Target(endpoint="127.0.0.1:1"), tmp_path)
    tools = tmp_path / "bin"
    tools.mkdir()
    # Stands in for grpcurl: shows the request it was given and answers with an id.
    (tools / "grpcurl").write_text(
        '#!/usr/bin/env bash\ncat >&2\necho \'{"dispatch": {"metadata": {"dispatchId": "99"}}}\'\n'
    )
    (tools / "jq").write_text("#!/usr/bin/env bash\necho 99\n")
    for tool in tools.iterdir():
        tool.chmod(0o755)
    done = subprocess.run(
        ["bash", "DSP-GET-003.sh"],
        cwd=tmp_path,
        env={"PATH": f"{tools}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    assert "a 'quoted' $text `x`" in done.stderr
    assert '"dispatch_id": "99"' in done.stderr
