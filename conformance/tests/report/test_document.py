import json

from conformance.report.document import document
from conformance.tests.report.samples import sample, sample_document
from conformance.verdicts import VERDICTS


def test_keys_are_those_of_the_contract() -> None:
    report = sample_document()
    assert set(report) == {
        "schema",
        "gridproof",
        "target",
        "profile",
        "seed",
        "started",
        "duration_s",
        "calls",
        "residue",
        "summary",
        "requirements",
    }
    assert set(report["requirements"][0]) == {
        "id",
        "service",
        "level",
        "text",
        "source",
        "verdict",
        "reason",
        "checks",
        "observed",
        "counterexample",
    }
    assert set(report["summary"]["must"]) == set(VERDICTS)
    json.dumps(report)


def test_finding_has_its_exchange_and_a_command_that_repeats_it() -> None:
    finding = document(sample())["requirements"][1]["counterexample"]
    assert len(finding["steps"]) == 2
    assert finding["replay"] == "gridproof conform --only DSP-GET-003 --seed 3"


def test_no_finding_has_no_counterexample() -> None:
    assert sample_document()["requirements"][0]["counterexample"] is None


def test_nothing_secret_is_told_of_the_target() -> None:
    assert "auth_key" not in json.dumps(sample_document()["target"])
