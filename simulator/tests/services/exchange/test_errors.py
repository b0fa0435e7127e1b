"""Refusals."""

import pytest

from simulator.services.exchange import errors
from simulator.services.exchange.errors import invalid, rejected, unauthorized


def test_missing_and_forbidden_look_the_same() -> None:
    first, second = unauthorized(), unauthorized()
    assert (first.kind, first.text, first.info) == (second.kind, second.text, second.info)
    assert first.kind == "Unauthorized"


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (errors.invalid, "ValidationError"),
        (errors.conflict, "ConflictException"),
        (errors.bad_token, "InvalidPaginationToken"),
        (errors.limit, "LimitExceeded"),
        (errors.bad_sql, "ValidationException"),
        (errors.timed_out, "QueryTimeout"),
    ],
)
def test_each_refusal_has_its_type_and_text(make: object, kind: str) -> None:
    error = make("why")
    assert (error.kind, error.text, str(error), error.info) == (kind, "why", "why", None)


def test_a_long_text_is_cut() -> None:
    assert invalid("x" * 500).text == "x" * 500
    assert invalid("x" * 501).text == "x" * 499 + "…"


def test_rejected_records_are_told() -> None:
    records = [{"RecordIndex": 1, "Reason": "because"}]
    assert rejected(records).kind == "RejectedRecordsException"
    assert rejected(records).info == {"RejectedRecords": records}
