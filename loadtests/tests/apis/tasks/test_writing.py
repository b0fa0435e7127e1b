from __future__ import annotations

from collections import Counter

import pytest

from loadtests.tests.apis.tasks.frames import Stand, api, author, carry_out


def test_an_author_takes_whole_lives_or_leaves_them_to_claimants() -> None:
    for scenario, per_life in (("L-TSK-2", 3), ("L-TSK-1", 1)):
        stand = Stand(api(scenario), 0)
        writer = author(stand.api)
        methods = Counter[str]()
        for number in range(30):
            step = writer.next(number)
            methods[step.method] += 1
            writer.succeeded(step, carry_out(step, stand.ledger))
        assert methods["CreateTask"] == 30 / per_life
        assert not list(writer.leftovers())
        listing = stand.api.listing(stand.desk.listing())
        assert list(writer.differences(listing)) == []


def test_what_was_confirmed_has_to_be_listed() -> None:
    stand = Stand(api(), 0)
    writer = author(stand.api)
    for number in range(4):
        step = writer.next(number)
        writer.succeeded(step, carry_out(step, stand.ledger))
    data = stand.desk.listing()
    name = next(name for name in data["0"] if "-0-0-" in name)
    data["0"][name][0] = "NEW"
    ((scope, text),) = writer.differences(stand.api.listing(data))
    assert scope == 0
    assert "COMPLETED was confirmed, the listing shows NEW" in text
    data["0"].clear()
    data["1"].clear()
    assert len(list(writer.differences(stand.api.listing(data)))) == 2


@pytest.mark.parametrize(
    ("status", "is_unclear"), [("DEADLINE_EXCEEDED", True), ("PERMISSION_DENIED", False)]
)
def test_after_a_failure_another_task_is_made(status: str, is_unclear: bool) -> None:
    writer = author(api())
    step = writer.next(0)
    writer.failed(step, status)
    assert writer.unclear == ({step.key} if is_unclear else set())
    assert writer.next(1).key != step.key
    assert writer.next(1).method == "CreateTask"


def test_ids_are_legal_and_marks_are_kept() -> None:
    made = api(padding=100)
    step = author(made, 3).next(5)
    assert step.request.task_id == "gp-0123456789ab-0-3-3"
    assert step.key == f"{step.request.parent}/tasks/{step.request.task_id}"
    shown = made.wire.shown(step.request.task)
    assert shown.mark == step.mark
    assert step.request.ByteSize() > 100
