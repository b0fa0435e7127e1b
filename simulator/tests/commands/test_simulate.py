import json
from pathlib import Path

import pytest

from simulator.commands import fetching
from simulator.commands.simulate import simulate
from simulator.microgrid.scenario_file import load_dispatches
from simulator.tests.commands.calling import call

SITE = """\
schema: 1
scenario: {name: small, start: 2026-06-01, end: 2026-06-02, zone: Europe/Berlin, microgrid_id: 9}
components:
- {id: 1, category: grid_connection_point}
- {id: 2, category: meter}
- {id: 3, category: inverter, type: battery, rated_power_w: 5000}
- {id: 4, category: battery, capacity_wh: 10000}
connections: [[1, 2], [2, 3], [3, 4]]
loads: [{meter: 2, input: house}]
inputs: [{name: house, kind: constant, power_w: 1000}]
dispatches:
- {type: set_power, start_time: 2026-06-01T10:00:00Z, duration_s: 3600,
   target: {component_ids: [4]}, payload: {power_w: 9000}}
"""
OTHER = """\
- {id: 8, type: set_power, start_time: 2026-06-01T08:00:00Z, duration_s: 1800,
   target: {component_categories: [battery]}, payload: {power_w: -1000}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "site.yaml").write_text(SITE)
    (tmp_path / "other.yaml").write_text(OTHER)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def summary(*words: str) -> dict:
    result = call(simulate, "site.yaml", "--json", *words)
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    found: dict = json.loads(result.stdout)
    return found


@pytest.mark.usefixtures("folder")
def test_table_says_what_was_asked_delivered_and_why_not():
    result = call(simulate, "site.yaml")
    assert result.exit_code == 0
    assert "a power limit or rating (rating" in " ".join(result.stdout.split())
    assert "24.00  kWh" in result.stdout
    assert result.stderr == ""


@pytest.mark.usefixtures("folder")
def test_schedule_of_the_scenario_or_of_a_file():
    (own,) = summary()["occurrences"]
    (other,) = summary("--dispatches", "other.yaml")["occurrences"]
    assert (own["dispatch_id"], own["asked_kwh"]) == (1, 9.0)
    assert (other["dispatch_id"], other["asked_kwh"]) == (8, -0.5)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "start", "end"),
    [
        ([], "2026-05-31T22:00:00Z", "2026-06-01T22:00:00Z"),
        (["--days", "2"], "2026-05-31T22:00:00Z", "2026-06-02T22:00:00Z"),
        (["--from", "2026-06-01T06:00:00Z"], "2026-06-01T06:00:00Z", "2026-06-02T06:00:00Z"),
        (["--to", "2026-06-03"], "2026-05-31T22:00:00Z", "2026-06-02T22:00:00Z"),
        (
            ["--from", "2026-03-29", "--to", "2026-03-30"],
            "2026-03-28T23:00:00Z",
            "2026-03-29T22:00:00Z",
        ),
    ],
)
def test_stretch(words, start, end):
    run = summary(*words)["run"]
    assert (run["start"], run["end"]) == (start, end)


@pytest.mark.usefixtures("folder")
def test_seed_is_an_option():
    assert summary("--seed", "77")["run"]["seed"] == 77


def test_output_directory(folder):
    result = call(simulate, "site.yaml", "--out", "a", "--no-plots", "--format", "csv")
    assert result.exit_code == 0
    assert "Written to a: events.jsonl, occurrences.csv" in result.stdout
    assert (folder / "a" / "series.csv").read_text().startswith("ts_us,time,")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        (["none.yaml"], 2, "none.yaml: no such file, and no shipped scenario of that name"),
        (["site.yaml", "--days", "2", "--to", "2026-07-01"], 2, "--to and --days: expected one"),
        (["site.yaml", "--from", "noon"], 2, "--from: found 'noon', expected a date such as"),
        (["site.yaml", "--from", "2026-13-01"], 2, "--from: found '2026-13-01', expected a date"),
        (["site.yaml", "--to", "2026-05-01"], 2, "--to: expected a moment after the start"),
        (["site.yaml", "--to", "9999-12-31T23:59:59+00:00", "--days", "1"], 2, "expected one"),
        (["site.yaml", "--from", "9999-12-30"], 2, "expected a moment in the years 1900 to 2999"),
        (["site.yaml", "--from", "0001-01-01"], 2, "expected a moment in the years 1900 to 2999"),
        (["site.yaml", "--from", "2999-12-31", "--days", "9"], 2, "the run would end too late"),
        (["."], 2, ".: a directory, expected a file"),
        (["site.yaml", "--plots"], 2, "--plots: expected --out to say where"),
        (["site.yaml", "--out", "site.yaml"], 2, "--out: site.yaml is not a directory"),
        (["site.yaml", "--out", "site.yaml/x"], 2, "--out: cannot write site.yaml/x"),
        (["site.yaml", "--microgrid-id", "3"], 2, "expected only beside --dispatches-from"),
        (["site.yaml", "--dispatches", "none.yaml"], 2, "none.yaml: No such file or directory"),
        (
            ["site.yaml", "--dispatches", "other.yaml", "--dispatches-from", "x:1"],
            2,
            "--dispatches and --dispatches-from: expected one of them",
        ),
        (["site.yaml", "--dispatches-from", "127.0.0.1:1"], 3, "127.0.0.1:1 cannot be reached"),
        (
            ["site.yaml", "--dispatches-from", "x:1", "--metadata", "key"],
            2,
            "--metadata 'key': expected key=value",
        ),
    ],
)
def test_wrong_use_is_one_sentence_and_its_code(words, code, expected):
    result = call(simulate, *words)
    assert result.exit_code == code
    assert result.stdout == ""
    assert expected in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert "Traceback" not in result.stderr


def test_every_mistake_of_a_file_is_a_line(folder):
    (folder / "site.yaml").write_text(SITE.replace("capacity_wh", "capacity").replace("9000", "[]"))
    (folder / "other.yaml").write_text(OTHER.replace("type", "typ").replace("08:00:00Z", "8"))
    result = call(simulate, "site.yaml")
    assert result.exit_code == 2
    assert "site.yaml:7: components[3].capacity: unknown key; did you mean capacity_wh?" in (
        result.stderr
    )
    (folder / "site.yaml").write_text(SITE)
    result = call(simulate, "site.yaml", "--dispatches", "other.yaml")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 3
    assert all("other.yaml:1: [0]." in line for line in result.stderr.splitlines())


def test_a_check_runs_nothing(folder):
    result = call(simulate, "site.yaml", "--check")
    assert result.exit_code == 0
    assert "no mistakes" in result.stdout
    (folder / "site.yaml").write_text(SITE.replace("id: 1", "id: -1").replace("schema: 1", ""))
    result = call(simulate, "site.yaml", "--check")
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert lines[-1] == f"{len(lines) - 1} mistakes"


def test_input_that_cannot_be_built_names_it(folder):
    (folder / "site.yaml").write_text(
        SITE.replace("kind: constant, power_w: 1000", "kind: csv, path: load.csv, column: p")
    )
    result = call(simulate, "site.yaml")
    assert result.exit_code == 2
    assert "site.yaml: input house: no file load.csv" in result.stderr


def test_component_that_is_not_simulated_is_refused(folder):
    hybrid = "- {id: 5, category: inverter, type: hybrid, rated_power_w: 11000}\n"
    (folder / "site.yaml").write_text(
        SITE.replace("connections: [", f"{hybrid}connections: [[2, 5], ")
    )
    result = call(simulate, "site.yaml")
    assert result.exit_code == 2
    assert "inverter 5 (5) has no battery" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.usefixtures("folder")
def test_schedule_from_an_endpoint_is_asked_for_the_microgrid_of_the_site(monkeypatch):
    asked = []
    (entry,) = load_dispatches("other.yaml")

    def fetch(endpoint, microgrid_id):
        asked.append((endpoint, microgrid_id))
        return (entry.to_dispatch(8),)

    monkeypatch.setattr(fetching, "fetch_schedule", fetch)
    words = ["--dispatches-from", "host:1", "--metadata", "key=K", "--tls"]
    assert [row["dispatch_id"] for row in summary(*words)["occurrences"]] == [8]
    summary(*words, "--microgrid-id", "4")
    assert [microgrid_id for _, microgrid_id in asked] == [9, 4]
    assert (asked[0][0].metadata, asked[0][0].tls) == ((("key", "K"),), True)


EVENT = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:test
BEGIN:VEVENT
UID:a
SUMMARY:set_power: noon
CATEGORIES:BATTERY
DESCRIPTION:power_w: -1000
DTSTART:20260601T120000
DURATION:PT30M
RRULE:FREQ=DAILY
END:VEVENT
END:VCALENDAR
"""


def test_schedule_of_a_calendar_is_in_the_time_of_the_site(folder):
    (folder / "plan.ics").write_text(EVENT)
    first, second = summary("--dispatches", "plan.ics", "--days", "2")["occurrences"]
    assert (first["start"], first["end"]) == ("2026-06-01T10:00:00Z", "2026-06-01T10:30:00Z")
    assert second["start"] == "2026-06-02T10:00:00Z"
    assert first["asked_kwh"] == -0.5
    assert call(simulate, "site.yaml", "--dispatches", "plan.ics", "--check").exit_code == 0
    (folder / "plan.ics").write_text(EVENT.replace("power_w", "power").replace("DAILY", "DAYLY"))
    for words in ([], ["--check"]):
        result = call(simulate, "site.yaml", "--dispatches", "plan.ics", *words)
        assert result.exit_code == 2
        assert "plan.ics:11: RRULE: expected a rule such as" in result.stderr


@pytest.mark.usefixtures("folder")
def test_what_the_dispatches_change():
    found = summary()
    assert found["what_if"]["without"]["import_kwh"] == 24.0
    assert found["what_if"]["difference"]["import_kwh"] > 0.0
    assert "what the dispatches change" in call(simulate, "site.yaml").stdout
    assert "what_if" not in summary("--no-what-if")
    assert "what the dispatches change" not in call(simulate, "site.yaml", "--no-what-if").stdout


def test_report_of_a_run_is_the_same_for_the_same_seed(folder):
    for name in ("a", "b"):
        result = call(simulate, "site.yaml", "--out", name, "--no-plots")
        assert result.exit_code == 0
    first, second = ((folder / name / "report.html").read_bytes() for name in ("a", "b"))
    assert first == second
    assert b"grid, without dispatches" in first


@pytest.mark.usefixtures("folder")
def test_credentials_may_come_from_the_environment_or_a_profile(monkeypatch, folder):
    asked = []

    def fetch(endpoint, microgrid_id):
        asked.append(endpoint)
        return ()

    monkeypatch.setattr(fetching, "fetch_schedule", fetch)
    monkeypatch.setenv("GRIDPROOF_AUTH_KEY", "K")
    (folder / "target.yaml").write_text(
        "endpoint: host:1\nmetadata: {a: '1'}\n"
        "services: {dispatch: {auth_key: other, sign_secret: S}}\n"
    )
    assert summary()["occurrences"] != []  # the variable alone fetches nothing
    summary("--dispatches-from", "host:2")
    summary("--target", "target.yaml", "--metadata", "b=2")
    first, second = asked
    assert (first.target, first.auth_key, first.sign_secret) == ("host:2", "K", None)
    assert (second.target, second.auth_key, second.sign_secret) == ("host:1", "K", "S")
    assert second.metadata == (("a", "1"), ("b", "2"))
