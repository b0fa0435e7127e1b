from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from loadtests.commands import load
from loadtests.launch import free_port

APP = typer.Typer()
APP.command()(load)


def called(*arguments: str) -> Result:
    return CliRunner().invoke(APP, list(arguments))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["L-DSP-9"], "did you mean L-DSP-"),
        (["dispatch-fanot"], "did you mean L-DSP-1?"),
        (["L-DSP-1", "--endpoint", "nowhere"], "'nowhere': expected HOST:PORT"),
        (["L-DSP-1", "--endpoint", "192.0.2.1:1"], "load_allowed: true"),
        (["L-DSP-1", "--endpoint", "127.0.0.1:1", "--fail", "delivr.p99<3ms"], "did you mean"),
        (["L-DSP-1", "--endpoint", "127.0.0.1:1", "--duration", "5x"], "such as 60s"),
        (["L-DSP-1", "--endpoint", "127.0.0.1:1", "--baseline", "none"], "No such file"),
        (["L-DSP-1", "--target", "none.yaml"], "none.yaml: No such file"),
        (["L-DSP-1", "ld-1"], "only `cleanup` takes a run id"),
        (["L-DSP-1", "--workers", "2", "--master"], "exclude each other"),
        (["L-DSP-1", "--worker"], "needs --master-host"),
        (["meta-snapshott"], "did you mean L-META-1?"),
        (["L-META-5", "--endpoint", "127.0.0.1:1"], "name the mutation hook with --hook HOST:PORT"),
        (["L-META-1", "--endpoint", "127.0.0.1:1", "--hook", "x"], "'x': expected HOST:PORT"),
        (["L-META-1", "--endpoint", "127.0.0.1:1", "--chunk", "101"], "meta allows 0"),
        (["L-SVC-2", "--endpoint", "127.0.0.1:1"], "name a type with an ok_config"),
        (["L-TSK-1", "--endpoint", "127.0.0.1:1"], "services.tasks.tenants"),
        (["L-TSK-2", "--endpoint", "127.0.0.1:1", "--cut-share", "2"], "expected at most 1"),
        (["cleanup", "xx-0123456789ab-2", "--endpoint", "127.0.0.1:1"], "ids begin with xx"),
        (["cleanup"], "needs the id of the run"),
        (["cleanup", "ld-1", "--endpoint", "127.0.0.1:1"], "is not the id of a load run"),
        (["cleanup", "ld-0123456789ab-2"], "name a target"),
    ],
)
def test_wrong_usage_is_told_in_a_sentence(arguments: list[str], sentence: str) -> None:
    result = called(*arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stdout == ""


def test_a_rate_above_the_target_s_cap_is_refused(tmp_path: Path) -> None:
    profile = tmp_path / "target.yaml"
    profile.write_text("endpoint: 127.0.0.1:1\ncaps: {max_rate: 10}\n", "utf-8")
    result = called("L-DSP-1", "--target", str(profile), "--rate", "11")
    assert result.exit_code == 2
    assert "--rate 11 is above the target's cap of 10" in result.stderr


def test_a_target_that_does_not_answer_is_unreachable() -> None:
    result = called("L-DSP-1", "--endpoint", f"127.0.0.1:{free_port()}")
    assert result.exit_code == 3
    assert "does not answer: UNAVAILABLE" in result.stderr
