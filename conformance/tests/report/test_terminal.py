import io

from rich.console import Console

from conformance.report.terminal import MANY, show
from conformance.tests.report.samples import sample_document


def printed(document: dict[str, object]) -> str:
    target = io.StringIO()
    show(document, Console(file=target, width=100), report="somewhere")
    return target.getvalue()


def test_findings_come_with_their_exchange_and_replay() -> None:
    text = printed(sample_document())
    assert text.index("DSP-GET-003") < text.index("requirements")
    assert "← UNKNOWN: secret-text" in text
    assert "replay: gridproof conform --only DSP-GET-003 --seed 3" in text
    assert "not applicable: no TLS (DSP-AUT-008)" in text
    assert "report: somewhere" in text


def test_many_rows_with_one_reason_are_one_line() -> None:
    document = sample_document()
    document["requirements"] += [document["requirements"][-1]] * MANY
    assert printed(document).count("no check ran") == 1
