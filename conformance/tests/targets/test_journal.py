from pathlib import Path

import pytest

from conformance.failures import UsageError
from conformance.targets.journal import Journal, Made, discard, read, run_folder

ONE, OTHER = (Made(service="dispatch", parent="1", id=str(n)) for n in (7, 8))


def test_what_is_left_is_what_was_not_removed(tmp_path: Path) -> None:
    book = Journal(tmp_path / "run")
    book.created(ONE)
    book.created(OTHER)
    book.removed(ONE)
    book.close()
    assert read(tmp_path / "run") == ({ONE, OTHER}, {OTHER})


def test_what_is_made_again_is_left_again(tmp_path: Path) -> None:
    book = Journal(tmp_path)
    for op in (book.created, book.removed, book.created):
        op(ONE)
    assert read(tmp_path) == ({ONE}, {ONE})
    other = '{"op": "removed", "service": "dispatch", "in": "1", "id": "7"}'
    (tmp_path / "journal-0.jsonl").write_text(other)
    assert read(tmp_path) == ({ONE}, set())
    book.close()


def test_lines_are_on_disk_at_once_and_half_lines_do_no_harm(tmp_path: Path) -> None:
    book = Journal(tmp_path)
    book.created(ONE)
    (tmp_path / "journal-0.jsonl").write_text('{"op": "created", "ser')
    assert read(tmp_path) == ({ONE}, {ONE})
    book.close()


def test_discarded_folder_is_gone(tmp_path: Path) -> None:
    Journal(tmp_path / "run").close()
    discard(tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("run_id", ["../x", "", "a/b", "ab"])
def test_run_ids_are_no_paths(run_id: str) -> None:
    with pytest.raises(UsageError, match="is not a run id"):
        run_folder(run_id)


def test_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert run_folder("20300101-abc") == tmp_path / "gridproof" / "runs" / "20300101-abc"
