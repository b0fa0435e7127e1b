from conformance.report.html import page, traits
from conformance.tests.report.samples import sample_document


def test_page_shows_findings_requirements_and_traits() -> None:
    text = page(sample_document())
    assert "DSP-GET-003" in text
    assert "GetMicrogridDispatch" in text
    assert "got &lt;b&gt;UNKNOWN&lt;/b&gt;" in text
    assert "When is a start in the past?" in text


def test_page_needs_nothing_from_elsewhere() -> None:
    text = page(sample_document())
    assert "http://" not in text
    assert "https://" not in text
    assert "src=" not in text


def test_traits_tell_what_was_seen() -> None:
    rows = {trait["id"]: trait for trait in traits(sample_document()["requirements"])}
    assert rows["A5"]["taken"] == ["included"]
    assert rows["A1"]["taken"] == []
