"""Trials and the table made of them, on verdicts that are known beforehand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.mutants import table
from conformance.mutants.catalogue import mutant, variant
from conformance.mutants.trial import Trial, caught, try_mutant, try_variant
from conformance.requirements import load
from conformance.verdicts import Row


def row(id_: str, verdict: Any, *, found: bool = False) -> Row:
    failure = {"what": "something"} if found else None
    return Row(requirement=load()[id_], verdict=verdict, failure=failure)


def test_only_findings_count_as_caught() -> None:
    assert caught(row("DSP-DEL-001", "fail", found=True))
    assert caught(row("DSP-DEL-005", "warn", found=True))
    assert not caught(row("DSP-PAG-003", "warn"))
    assert not caught(row("DSP-DEL-001", "untestable"))


def test_survivors_and_rejections() -> None:
    rows = (
        row("DSP-DEL-001", "fail", found=True),
        row("DSP-DEL-002", "untestable"),
        row("DSP-DEL-003", "observed"),
    )
    fault = Trial(change=mutant("delete-keeps"), rows=rows)
    assert fault.survived == ("DSP-DEL-002", "DSP-DEL-003")
    assert not table.good(fault)
    legal = Trial(change=variant("slow"), rows=rows)
    assert legal.rejected == ("DSP-DEL-001", "DSP-DEL-002")
    assert not table.good(legal)
    assert table.good(Trial(change=variant("slow"), rows=rows[2:]))


def test_a_fault_is_judged_by_its_requirements_only() -> None:
    trial = try_mutant(mutant("delete-answers-nothing"))
    assert [row.requirement.id for row in trial.rows] == ["DSP-DEL-001"]
    assert trial.survived == ()


def test_a_correct_endpoint_is_accepted_with_and_without_credentials() -> None:
    for id_ in ("straight", "ids-random"):
        trial = try_variant(variant(id_), ["DSP-DEL"])
        assert {row.verdict for row in trial.rows} == {"pass"}


def test_the_table_names_what_survived(capsys: pytest.CaptureFixture[str]) -> None:
    code = table.main(["delete-answers-nothing", "ids-high", "--only", "DSP-DEL"])
    assert code == 0
    out = capsys.readouterr().out
    assert "DSP-DEL-001 caught" in out
    assert "1 of 1 faults caught" in out
    assert "1 of 1 variants accepted" in out
    rows = (row("DSP-DEL-001", "pass"),)
    text = table.lines(Trial(change=mutant("delete-answers-nothing"), rows=rows))
    assert "DSP-DEL-001 SURVIVED" in text[0]
    assert "DSP-DEL-001 pass" in text[1]


def test_the_table_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert table.main(["delete-answers-nothing", "--json"]) == 0
    (record,) = json.loads(capsys.readouterr().out)
    assert record["kind"] == "mutant"
    assert record["good"] is True
    assert record["requirements"][0]["caught"] is True


def test_the_table_can_be_of_one_api(capsys: pytest.CaptureFixture[str]) -> None:
    assert table.main(["--services", "meta", "--only", "method-create"]) == 0
    out = capsys.readouterr().out
    assert "META-WIRE-006 caught" in out
    known = len(load().select(services=["meta"]))
    assert f"1 of 1 faults caught, by 1 of {known} requirements" in out
    assert table.main(["--services", "dispatch", "--only", "method-create"]) == 0
    assert "0 of 0 faults" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        table.main(["--services", "mata"])
    assert "did you mean meta" in capsys.readouterr().err


def test_unknown_ids_are_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        table.main(["nothing"])
    assert left.value.code == 2
    assert "no mutant or variant nothing" in capsys.readouterr().err
