from __future__ import annotations

import random
from collections import Counter

import pytest

from loadtests.apis.services.writing import MOST_STEPS, ServicesAuthor
from loadtests.tests.apis.services.frames import NAMES, RUN, Stand, api, authors, write
from loadtests.tests.apis.services.shelf import Shelf


def author(seed: int = 1) -> ServicesAuthor:
    return api().author("0.0", 0, random.Random(seed))


def shelf() -> Shelf:
    return Shelf(names=NAMES, services={name: {} for name in NAMES})


def test_lives_follow_one_another_in_all_collections() -> None:
    methods, scopes = Counter[str](), Counter[int]()
    for step in write(shelf(), [author()], 400):
        methods[step.method] += 1
        scopes[step.scope] += 1
    assert set(methods) == {
        "CreateService",
        "ConfigureService",
        "StartService",
        "StopService",
        "DeleteService",
    }
    assert 2 <= sum(methods.values()) / methods["DeleteService"] <= MOST_STEPS + 2
    assert min(scopes.values()) > 100


def test_residents_get_most_of_the_work_of_their_only_author() -> None:
    stand = Stand(api(population=4), 0)
    own = authors(stand.api, 6)
    touched: dict[str, Counter[str]] = {}
    for number, step in enumerate(write(stand.shelf, own, 600)):
        touched.setdefault(step.key, Counter())[own[number % 6].name] += 1
    residents = [id_ for _, id_ in stand.api._residents]
    assert [len(touched[id_]) for id_ in residents] == [1, 1, 1, 1]
    assert min(touched[id_].total() for id_ in residents) > 50


def test_marked_writes_carry_ascending_numbers_and_only_they_count() -> None:
    counts = Counter[int]()
    for step in write(shelf(), [author()], 200):
        assert step.counts == (step.mark is not None)
        if step.mark is not None:
            assert step.mark.number == counts[step.scope]
            assert RUN in step.request.SerializeToString().decode("latin-1")
            counts[step.scope] += 1


def test_the_same_seed_writes_the_same() -> None:
    def script(seed: int) -> list[bytes]:
        steps = write(shelf(), [author(seed)], 50)
        return [step.request.SerializeToString(deterministic=True) for step in steps]

    assert script(3) == script(3)
    assert script(3) != script(4)


def test_what_was_confirmed_has_to_be_listed() -> None:
    stand = Stand(api(population=0), 0)
    writer = author()
    steps = write(stand.shelf, [writer], 100)
    while not any(writer.confirmed.values()):
        next(steps)
    listing = stand.api.listing(stand.desk.listing())
    assert list(writer.differences(listing)) == []
    ((scope, living),) = [(s, ids) for s, ids in writer.confirmed.items() if ids]
    (id_,) = living
    del stand.shelf.services[NAMES[scope]][id_]
    ((where, text),) = writer.differences(stand.api.listing(stand.desk.listing()))
    assert where == scope
    assert "the listing shows nothing" in text


def test_what_is_left_can_be_deleted() -> None:
    writer, store = author(), shelf()
    steps = write(store, [writer], 100)
    while not any(store.services.values()):
        next(steps)
    for step in list(writer.leftovers()):
        writer.succeeded(step, store.take(step.method, step.request))
    assert not any(store.services.values())
    assert not list(writer.leftovers())


def started(writer: ServicesAuthor) -> str:
    store = shelf()
    step = next(write(store, [writer], 1))
    return str(step.key) or next(iter(store.services[NAMES[step.scope]]))


def test_a_service_that_is_busy_is_configured_later() -> None:
    writer = author()
    id_ = started(writer)
    step = writer.next(1)
    while step.method != "ConfigureService":
        writer.succeeded(step, None)
        step = writer.next(1)
    assert step.excuses["FAILED_PRECONDITION"] == "busy"
    writer.failed(step, "FAILED_PRECONDITION")
    assert not writer.unclear
    assert writer.next(2).key == id_


@pytest.mark.parametrize("status", ["DEADLINE_EXCEEDED", "UNAVAILABLE", "NOT_FOUND"])
def test_a_service_whose_state_is_unclear_is_given_up(status: str) -> None:
    writer = author()
    id_ = started(writer)
    writer.failed(writer.next(1), status)
    assert writer.unclear == {id_}
    assert writer.next(2).key != id_


def test_unknown_is_an_excuse_only_where_the_target_is_known_for_it() -> None:
    said = api().target.services.model_copy(update={"quirks": ("bare-errors",)})
    for made, excused in ((api(), False), (api(target=said), True)):
        writer = made.author("0.0", 0, random.Random(1))
        started(writer)
        step = writer.next(1)
        while step.method != "ConfigureService":
            writer.succeeded(step, None)
            step = writer.next(1)
        assert ("UNKNOWN" in step.excuses) == excused
