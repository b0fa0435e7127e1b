from __future__ import annotations

import random
from collections import Counter

import pytest

from loadtests.apis.meta.writing import MOST_UPDATES, MetaAuthor, whole
from loadtests.tests.apis.meta.frames import RUN, TOKEN, api, carry_out, write
from loadtests.tests.apis.meta.registry import Registry, data_of


def author(seed: int = 1) -> MetaAuthor:
    return api().author("0.0", 0, random.Random(seed))


def test_lives_follow_one_another_under_all_parents() -> None:
    methods, scopes = Counter[str](), Counter[int]()
    for step in write(Registry(), [author()], 400):
        methods[step.method] += 1
        scopes[step.scope] += 1
    assert 3 <= methods["Upsert"] / methods["Delete"] <= MOST_UPDATES + 1
    assert min(scopes.values()) > 100


def test_everything_carries_the_run_and_moves_through_filters_and_windows() -> None:
    registry, looks = Registry(), Counter[tuple[str, str]]()
    for step in write(registry, [author()], 200):
        if step.mark:
            labels = data_of(registry.objects[step.key])["metadata"]["labels"]
            assert labels["gridproof_run"] == RUN
            looks["class", labels["gp_class"]] += 1
            looks["rank", labels["gp_rank"]] += 1
    assert min(looks["class", name] for name in "abc") > 10
    assert len(looks) > 50


def test_numbers_ascend_for_each_object_and_count_the_writes_under_a_parent() -> None:
    newest: dict[str, int] = {}
    counts = Counter[int]()
    for step in write(Registry(), [author()], 200):
        if step.mark:
            assert step.mark.number == counts[step.scope]
            assert step.mark.number > newest.get(step.key, -1)
            newest[step.key] = step.mark.number
        counts[step.scope] += 1


def test_the_same_seed_writes_the_same() -> None:
    def script(seed: int) -> list[bytes]:
        steps = write(Registry(), [author(seed)], 50)
        return [step.request.SerializeToString(deterministic=True) for step in steps]

    assert script(3) == script(3)
    assert script(3) != script(4)


def test_what_was_confirmed_has_to_be_listed() -> None:
    writer, registry = author(), Registry()
    list(write(registry, [writer], 23))
    ((name, number),) = [item for living in writer.confirmed.values() for item in living.items()]
    listed: dict[str, dict[str, tuple[int, str]]] = {whole(TOKEN, n).key: {} for n in (0, 1)}
    ((scope, text),) = writer.differences(listed)
    assert "the listing shows nothing" in text
    listed[whole(TOKEN, scope).key][name] = (number, "")
    assert list(writer.differences(listed)) == []


def test_what_is_left_can_be_deleted() -> None:
    writer, registry = author(), Registry()
    list(write(registry, [writer], 23))
    assert len(registry.objects) == 1
    for step in list(writer.leftovers()):
        carry_out(step, registry)
        writer.succeeded(step, None)
    assert not registry.objects
    assert not list(writer.leftovers())


@pytest.mark.parametrize("status", ["DEADLINE_EXCEEDED", "UNAVAILABLE", "NOT_FOUND"])
def test_a_deployment_whose_state_is_unclear_is_given_up(status: str) -> None:
    writer = author()
    first = writer.next(0)
    writer.succeeded(first, None)
    writer.failed(writer.next(1), status)
    assert writer.unclear == {first.key}
    assert writer.next(2).key != first.key


def test_a_refused_change_had_no_effect() -> None:
    writer = author()
    first = writer.next(0)
    writer.succeeded(first, None)
    writer.failed(writer.next(1), "PERMISSION_DENIED")
    assert not writer.unclear
    assert writer.next(2).key == first.key


def test_padding_makes_what_is_written_larger() -> None:
    writer = api(padding=5000).author("0.0", 0, random.Random(1))
    assert writer.next(0).request.ByteSize() > 5000
