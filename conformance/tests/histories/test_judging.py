from collections.abc import Iterator
from pathlib import Path
from typing import Any

from conformance.histories.history import Call, History, load
from conformance.histories.judging import (
    BEYOND,
    UNSEEN,
    Dialect,
    Seen,
    judge,
    outcomes,
    rule,
)
from conformance.histories.rules.dialects import DIALECTS
from conformance.requirements import SERVICES
from conformance.requirements import load as load_ledger
from conformance.targets.profile import Target
from conformance.tests.histories.files import call, write


class View:
    notes = ("one thing was passed over",)

    def __init__(self, history: History, target: Target) -> None:
        self.calls: list[Call] = history.calls["tasks"]


@rule("TSK-GET-001", "TSK-GET-002")
def every(view: View) -> Iterator[Seen]:
    for number, each in enumerate(view.calls):
        yield Seen(id="TSK-GET-001", wrong=f"wrong {number}" if number else "", where=(each,))
        yield Seen(id="TSK-GET-002")


@rule("TSK-GET-003")
def crashes(view: View) -> Iterator[Seen]:
    raise KeyError("x")
    yield


DIALECT = Dialect(
    name="tasks", read=View, rules=(every, crashes), beyond={"TSK": "a", "TSK-L": "b"}
)


def judged(tmp_path: Path, count: int) -> Any:
    history = load(write(tmp_path, *(call("GetTask", n, {}) for n in range(count))))
    return judge(history, Target(), DIALECT)


def test_what_was_seen_is_counted_and_what_is_wrong_is_shown(tmp_path: Path) -> None:
    seen, notes, _ = judged(tmp_path, 3)
    assert notes == ["one thing was passed over"]
    assert (seen["TSK-GET-001"].kept, seen["TSK-GET-002"].kept) == (1, 3)
    failed, passed = outcomes(seen)
    assert (failed.state, passed.state) == ("fail", "pass")
    assert failed.message == "wrong 1 (line 2); 1 more such findings"
    assert failed.failure is not None
    assert [step["line"] for step in failed.failure["steps"]] == [2]
    assert failed.node == "histories/tasks::every"


def test_a_rule_that_breaks_is_trouble_of_ours(tmp_path: Path) -> None:
    seen, _, troubles = judged(tmp_path, 1)
    assert len(troubles) == 1
    assert "tasks: rule crashes" in troubles[0]
    assert "TSK-GET-001" in seen


def test_rows_without_a_situation_say_why() -> None:
    assert DIALECT.why_not("TSK-GET-001") == UNSEEN
    assert DIALECT.why_not("TSK-LST-001") == "b"
    assert DIALECT.why_not("TSK-GET-009") == "a"
    assert DIALECT.why_not("DSP-X-1") == BEYOND


def test_every_api_is_judged_by_rows_of_its_own() -> None:
    ledger = load_ledger()
    assert tuple(DIALECTS) == SERVICES
    for name, dialect in DIALECTS.items():
        assert {ledger[id_].service for id_ in dialect.ids} == {name}


def test_open_questions_are_not_judged() -> None:
    ledger = load_ledger()
    for dialect in DIALECTS.values():
        assert not [id_ for id_ in dialect.ids if ledger[id_].level == "may"]
