"""Runs against naive servers are recorded, and their faults found again in the histories alone."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from conformance.mutants.catalogue import mutant
from conformance.mutants.change import Api, Variant
from conformance.tests.histories.files import findings, verdicts
from conformance.tests.histories.recording import recorded
from conformance.tests.histories.test_replay import SCHEMA

FAULTS = {
    "dispatch": ("create-answers-data-only", "token-forgets-query", "end-only-of-active"),
    "meta": ("filter-not-of-first", "get-malformed-empty"),
    "services": ("services-create-config-time", "services-counts-idle"),
    "tasks": ("tasks-claim-again", "tasks-list-forgets", "tasks-update-links-added"),
    "exchange": ("exchange-texts-unescaped", "exchange-export-other-format"),
}
"""Some of each API whose checks take a moment."""

SAMPLES: dict[Api, tuple[str, ...]] = {
    "dispatch": ("DSP-CRE-001", "DSP-PAG-001", "DSP-UPD-001"),
    "meta": ("META-GET-001", "META-WSL-004"),
    "services": ("SVC-CRE-001", "SVC-LST-002", "SVC-PLS-003"),
    "tasks": ("TSK-CRT-001", "TSK-LST-006", "TSK-CLM-001"),
    "exchange": ("DX-FI-001", "DX-TS-007", "DX-WS-001"),
}
"""Requirements of each API whose checks a correct server is recorded by."""


@pytest.mark.parametrize("id_", [id_ for ids in FAULTS.values() for id_ in ids])
def test_fault_is_found_offline(tmp_path: Path, id_: str) -> None:
    change = mutant(id_)
    file = tmp_path / "h.jsonl"
    recorded(change, change.kills, file)
    assert findings(file)


@pytest.mark.parametrize("api", SAMPLES)
def test_a_correct_server_has_no_finding(tmp_path: Path, api: Api) -> None:
    straight = Variant(id="straight", sentence="", trait="", changes={}, api=api, profile="sdk")
    file = tmp_path / "h.jsonl"
    recorded(straight, SAMPLES[api], file, seed=3)
    assert findings(file) == {}
    rows = verdicts(file)
    assert [id_ for id_ in SAMPLES[api] if rows[id_].verdict == "pass"]
    good = Draft202012Validator(SCHEMA)
    for line in file.read_text().splitlines():
        good.validate(json.loads(line))
