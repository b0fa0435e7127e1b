from __future__ import annotations

import random
from collections import Counter

import pytest

from loadtests.apis.dispatch import wire as dispatch
from loadtests.apis.dispatch.wire import Wire
from loadtests.apis.dispatch.writing import MOST_UPDATES, DispatchAuthor
from loadtests.tests.apis.dispatch.frames import GRIDS, RUN, Backend

WIRE = Wire()


def author(seed: int = 1) -> DispatchAuthor:
    return DispatchAuthor("0.0", WIRE, RUN, GRIDS, first=0, chance=random.Random(seed))


def test_lives_follow_one_another_over_all_microgrids() -> None:
    backend, writer = Backend(WIRE), author()
    methods, grids = Counter[str](), Counter[int]()
    for due in range(400):
        step = writer.next(due)
        methods[step.method] += 1
        grids[step.scope] += 1
        if step.mark:
            assert step.mark.due_us == due
        writer.succeeded(step, backend.apply(step)[0])
    assert 0 <= methods[dispatch.CREATE] - methods[dispatch.DELETE] <= 1
    assert 1 < methods[dispatch.UPDATE] / methods[dispatch.CREATE] < MOST_UPDATES
    assert min(grids.values()) > 100


def test_the_book_is_what_the_server_lists() -> None:
    backend, writer = Backend(WIRE), author()
    for due in range(37):
        step = writer.next(due)
        writer.succeeded(step, backend.apply(step)[0])
        listed = backend.listing()
        booked = {grid: {key: seen.number for key, seen in listed[grid].items()} for grid in GRIDS}
        assert {grid: writer.confirmed.get(grid, {}) for grid in GRIDS} == booked


def test_the_same_seed_writes_the_same() -> None:
    def script(seed: int) -> list[bytes]:
        backend, writer, found = Backend(WIRE), author(seed), []
        for due in range(50):
            step = writer.next(due)
            found.append(step.request.SerializeToString(deterministic=True))
            writer.succeeded(step, backend.apply(step)[0])
        return found

    assert script(3) == script(3)
    assert script(3) != script(4)


def started() -> tuple[Backend, DispatchAuthor]:
    backend, writer = Backend(WIRE), author()
    step = writer.next(0)
    writer.succeeded(step, backend.apply(step)[0])
    return backend, writer


@pytest.mark.parametrize("status", ["DEADLINE_EXCEEDED", "UNAVAILABLE", "INTERNAL", "NOT_FOUND"])
def test_a_dispatch_whose_state_is_unclear_is_given_up(status: str) -> None:
    _, writer = started()
    step = writer.next(1)
    writer.failed(step, status)
    assert writer.unclear == {step.key}
    assert writer.next(2).method == dispatch.CREATE


def test_a_refused_update_had_no_effect_and_its_number_is_used_again() -> None:
    _, writer = started()
    refused = writer.next(1)
    writer.failed(refused, "INVALID_ARGUMENT")
    again = writer.next(2)
    assert refused.mark is not None
    assert again.mark is not None
    assert (again.method, again.mark.number) == (refused.method, refused.mark.number)


def test_a_failed_creation_is_followed_by_another() -> None:
    writer = author()
    step = writer.next(0)
    writer.failed(step, "DEADLINE_EXCEEDED")
    then = writer.next(1)
    assert then.method == dispatch.CREATE
    assert step.mark is not None
    assert then.mark is not None
    assert then.mark.object != step.mark.object
