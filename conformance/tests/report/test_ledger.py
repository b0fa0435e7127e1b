import json

import pytest

from conformance.report.ledger import render
from conformance.requirements import load


def test_json_has_every_record_with_its_checks() -> None:
    records = json.loads(render(load().select(only=["DSP-DEL"]), "json"))
    assert [r["id"] for r in records] == [f"DSP-DEL-00{n}" for n in range(1, 7)]
    assert all(r["checks"] for r in records)


@pytest.mark.parametrize("form", ["table", "md"])
def test_other_forms_show_id_level_text_and_terms(form: str) -> None:
    text = render(load().select(only=["DSP-CRE-008"]), form)  # type: ignore[arg-type]
    for part in ("DSP-CRE-008", "start_immediately", "generation 1.x"):
        assert part in " ".join(text.split())
