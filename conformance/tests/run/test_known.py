from datetime import date
from pathlib import Path

import pytest

from conformance.failures import UsageError
from conformance.requirements import load
from conformance.run.known import Known, read


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "known.yaml"
    path.write_text(text)
    return path


def test_entries_by_requirement(tmp_path: Path) -> None:
    path = written(tmp_path, "- id: DSP-SRT-004\n  reason: release 3\n  expires: 2030-01-31\n")
    expected = Known(id="DSP-SRT-004", reason="release 3", expires=date(2030, 1, 31))
    assert read(path, load()) == {"DSP-SRT-004": expected}


def test_empty_list(tmp_path: Path) -> None:
    assert read(written(tmp_path, ""), load()) == {}


def test_entry_counts_to_the_end_of_its_day() -> None:
    entry = Known(id="DSP-SRT-004", reason="r", expires=date(2030, 1, 31))
    assert entry.holds(date(2030, 1, 31))
    assert not entry.holds(date(2030, 2, 1))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {id: DSP-SRT-004, reason: r}\n", "known.yaml:1: lacks expires"),
        ("- {id: DSP-SRT-004, reason: '', expires: 2030-01-01}\n", "known.yaml:1: lacks reason"),
        (
            "- {id: DSP-SRT-004, reason: r, expires: soon}\n",
            "known.yaml:1: expires: 'soon', expected a date",
        ),
        (
            "- {id: DSP-SRT-04, reason: r, expires: 2030-01-01}\n",
            r"known.yaml:1: no requirement 'DSP-SRT-04'; did you mean DSP-SRT-00\d\?",
        ),
        ("\n- {id: DSP-SRT-004, raeson: r}\n", r"known.yaml:2: unknown key raeson; did you mean"),
        ("a: 1\n", "expected a list"),
        ("- x\n", "known.yaml:1: expected id, reason, expires"),
        ("- {id: [\n", "known.yaml:2"),
        (
            "- &a {id: DSP-SRT-004, reason: r, expires: 2030-01-01}\n- *a\n",
            "DSP-SRT-004 is listed twice",
        ),
    ],
)
def test_mistakes_name_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read(written(tmp_path, text), load())


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read(tmp_path / "absent.yaml", load())
