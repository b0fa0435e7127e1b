"""A finished run with one finding of each kind, for the tests of the reports."""

from typing import Any

from conformance.report.document import document
from conformance.requirements import load
from conformance.run.result import Result
from conformance.tests.run.test_result import result
from conformance.verdicts import Row

AT_US = 1_893_456_000_000_000  # 2030-01-01T00:00:00Z

STEPS: list[dict[str, Any]] = [
    {
        "kind": "call",
        "method": "CreateMicrogridDispatch",
        "at_us": AT_US,
        "metadata": {"key": "…"},
        "request": {
            "microgrid_id": "5",
            "dispatch_data": {
                "type": "a 'quoted' $text `x` \\ \"y\" '''",
                "start_time": "2030-01-01T01:00:00Z",
            },
        },
        "reply": {"dispatch": {"metadata": {"dispatch_id": "17"}}},
        "took_ms": 1.2,
    },
    {
        "kind": "call",
        "method": "GetMicrogridDispatch",
        "at_us": AT_US + 1000,
        "request": {"microgrid_id": "5", "dispatch_id": "17"},
        "status": {"code": "UNKNOWN", "details": "secret-text"},
        "took_ms": 1.0,
    },
]


def sample() -> Result:
    ledger = load()
    failure = {"what": "w", "got": "g", "wanted": "x", "example": {}, "steps": STEPS}
    rows = (
        Row(requirement=ledger["DSP-CRE-001"], verdict="pass", checks=("a.py::t",)),
        Row(
            requirement=ledger["DSP-GET-003"],
            verdict="fail",
            reason="got <b>UNKNOWN</b>: secret-text \x00",
            failure=failure,
            node="a.py::t",
        ),
        Row(
            requirement=ledger["DSP-END-007"],
            verdict="observed",
            reason="A5: included",
            observed=({"trait": "A5", "reading": "included", "preferred": False},),
        ),
        Row(requirement=ledger["DSP-AUT-008"], verdict="not_applicable", reason="no TLS"),
        Row(requirement=ledger["DSP-STR-001"], verdict="untestable", reason="no check ran"),
    )
    return result("pass", rows=rows)


def sample_document() -> dict[str, Any]:
    return document(sample())
