from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from conformance.histories.history import Call, load
from conformance.histories.looks import Look, Quiet, successions
from conformance.tests.histories.files import call, write

SPANS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 5), st.integers(0, 3)), max_size=12)


@given(SPANS)
def test_successions_are_the_highest_of_what_had_ended(spans: list[tuple[int, int, int]]) -> None:
    where: Any = None
    looks = [
        Look(key="a", value=value, where=where, began_us=began, ended_us=began + took)
        for began, took, value in spans
    ]
    found = {id(after): before for before, after in successions(looks, lambda value: value)}
    for look in looks:
        ended = [e.value for e in looks if e.ended_us < look.began_us]  # type: ignore[operator]
        if ended:
            assert found[id(look)].value == max(ended)
        else:
            assert id(look) not in found


def test_looks_of_other_things_and_unknown_ends_prove_nothing() -> None:
    where: Any = None
    looks = [
        Look(key="a", value=1, where=where, began_us=0, ended_us=None),
        Look(key="b", value=1, where=where, began_us=0, ended_us=1),
        Look(key="a", value=1, where=where, began_us=5, ended_us=6),
        Look(key="a", value=1, where=where, began_us=None, ended_us=6),
    ]
    assert list(successions(looks, lambda value: value)) == []


def calls(tmp_path: Path, *codes: str) -> list[Call]:
    lines = [
        call("CreateTask", 10 * n, {}, status={"code": code}) for n, code in enumerate(codes, 1)
    ]
    return load(write(tmp_path, *lines)).calls["tasks"]


def test_quiet_is_where_nothing_was_written(tmp_path: Path) -> None:
    one, other = calls(tmp_path, "OK", "OK")
    quiet = Quiet(True, [("a", one), ("a", other)])
    assert one.ended_us is not None
    between = (one.ended_us + 1, other.began_us - 1)
    assert quiet.between("a", *between)
    assert not quiet.between("a", one.ended_us, other.began_us - 1)
    assert quiet.between("b", one.began_us, other.began_us)
    assert not quiet.between("a", None, between[1])


def test_others_may_have_written_unless_the_file_says_no(tmp_path: Path) -> None:
    assert not Quiet(False, []).between("a", 1, 2)


def test_what_ended_in_no_answer_may_come_later(tmp_path: Path) -> None:
    (late,) = calls(tmp_path, "DEADLINE_EXCEEDED")
    assert not Quiet(True, [("a", late)]).between("a", late.began_us + 10**9, late.began_us + 10**9)


def test_what_a_call_did_itself_may_be_left_out(tmp_path: Path) -> None:
    one, other = calls(tmp_path, "OK", "OK")
    quiet = Quiet(True, [("a", one), ("a", other)])
    assert quiet.between("a", one.began_us, other.ended_us, one, other)
    assert not quiet.between("a", one.began_us, other.ended_us, one)
