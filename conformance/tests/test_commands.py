import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from conformance.commands import conform, requirements
from fixtures.terminal import Exit

APP = typer.Typer()
APP.command("conform", context_settings={"allow_extra_args": True})(conform)
APP.command("requirements")(requirements)


def run(*words: str) -> Result:
    return CliRunner().invoke(APP, list(words))


def test_requirements_as_json() -> None:
    done = run("requirements", "--level", "must", "--format", "json")
    records = json.loads(done.stdout)
    assert len(records) == 121 + 129 + 86 + 96 + 90
    assert {r["level"] for r in records} == {"must"}


def test_list_calls_nothing() -> None:
    done = run("conform", "--list", "--only", "DSP-DEL", "--endpoint", "127.0.0.1:1")
    assert done.exit_code == Exit.GOOD
    assert "DSP-DEL-006" in done.stdout
    assert "6 requirements" in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["--only", "DSP-PAGE"], Exit.USAGE, "no requirement 'dsp-page'"),
        (["--services", "dispach"], Exit.USAGE, "did you mean dispatch?"),
        (["--target", "/no/such/file"], Exit.USAGE, "no such file"),
        (["--http", "http://127.0.0.1:1"], Exit.USAGE, "no endpoint"),
        (["--known-failing", "/no/such/file"], Exit.USAGE, "no such file"),
        (["--clean", "20300101-x"], Exit.USAGE, "--clean needs --endpoint, --http or --target"),
        (["--profile", "fool"], Exit.USAGE, "fool"),
        (["--seed", "-1"], Exit.USAGE, "seed"),
        (["--endpoint", "foo"], Exit.USAGE, "--endpoint foo: expected host:port"),
        (["--endpoint", "a:1", "--http", "a:2"], Exit.USAGE, "--http a:2: expected http"),
    ],
)
def test_wrong_usage_is_told_in_a_sentence(words: list[str], code: Exit, text: str) -> None:
    done = run("conform", *words)
    assert done.exit_code == code
    assert text in done.stderr.lower()
    assert "Traceback" not in done.stderr


def test_report_has_to_be_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("x")
    done = run("conform", "--endpoint", "127.0.0.1:1", "--report", str(path))
    assert done.exit_code == Exit.USAGE
    assert "not a folder" in done.stderr


def test_without_a_file_the_apis_that_are_named_are_claimed() -> None:
    words = ["conform", "--endpoint", "127.0.0.1:1", "--services", "meta", "--list", "--json"]
    done = run(*words)
    assert done.exit_code == Exit.GOOD
    assert {row["service"] for row in json.loads(done.stdout)} == {"meta"}


def test_an_http_address_is_enough_for_an_api_without_grpc() -> None:
    words = ["conform", "--http", "http://127.0.0.1:1", "--services", "exchange"]
    done = run(*words, "--list", "--json")
    assert done.exit_code == Exit.GOOD
    rows = {row["id"]: row["level"] for row in json.loads(done.stdout)}
    assert len(rows) == 116
    assert rows["DX-TR-008"] == "should"
    both = run("conform", "--http", "http://127.0.0.1:1", "--services", "exchange,tasks", "--list")
    assert both.exit_code == Exit.USAGE
    assert "no endpoint" in both.stderr
