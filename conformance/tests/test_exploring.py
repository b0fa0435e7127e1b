from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st

from conformance.exploring import explore
from conformance.failures import Nonconformance, NotApplicable
from conformance.judging import by_depth, expect, sampled
from conformance.tests.checking import call, running


def failure_of(body: Callable[..., None], **arguments: Any) -> Nonconformance:
    with pytest.raises(Nonconformance) as caught:
        explore(body, **arguments)
    return caught.value


def test_directed_examples_run_first() -> None:
    seen: list[int] = []
    with running():
        explore(lambda n: seen.append(n), directed=[{"n": n} for n in range(5, 9)], n=st.just(1))
    assert seen == [5, 6, 7, 8, 1]


def test_profiles_other_than_full_run_the_first_directed_examples() -> None:
    seen: list[int] = []
    with running(profile="staging"):
        directed = [{"n": n} for n in range(5, 9)]
        explore(lambda n: seen.append(n), directed=directed, examples=0, n=st.just(1))
    assert seen == [5, 6]


def test_few_examples_are_not_the_simplest() -> None:
    seen: list[int] = []
    for seed in range(20):
        with running(profile="staging", seed=seed):
            explore(lambda n: seen.append(n), examples=1, n=st.integers(0, 10**9))
    assert len(seen) == 20
    assert 0 not in seen


def test_profiles_other_than_full_draw_a_share() -> None:
    counts = {}
    for profile in ("full", "staging"):
        seen: list[int] = []
        with running(profile=profile):
            explore(lambda n, seen=seen: seen.append(n), examples=60, n=st.integers())
        counts[profile] = len(seen)
    assert counts["full"] >= 50
    assert counts["staging"] == 3


def test_failure_is_made_as_small_as_possible() -> None:
    with running() as check:

        def body(n: int) -> None:
            call(check)
            expect(n < 100, "n", got=n)

        failure = failure_of(body, examples=200, n=st.integers(0, 10_000))
    assert failure.example == {"n": 100}


def test_failure_shows_only_its_own_exchange() -> None:
    with running() as check:
        call(check, "Before")

        def body(n: int) -> None:
            call(check, f"Call{n}")
            expect(n != 3, "n", got=n)

        failure = failure_of(body, directed=[{"n": n} for n in range(5)], n=st.just(0))
    assert [s["method"] for s in failure.steps or []] == ["Before", "Call3"]


@pytest.mark.parametrize("budget", [0, 1, 10, 40])
def test_no_call_beyond_the_budget_after_a_failure(budget: int) -> None:
    first_failure: list[int] = []
    with running(shrink_calls=budget) as check:

        def body(items: list[int]) -> None:
            call(check)
            if sum(items) >= 1000:
                first_failure.append(check.recorder.calls)
            expect(sum(items) < 1000, "sum", got=sum(items))

        failure = failure_of(body, examples=500, items=st.lists(st.integers(0, 400)))
    assert check.recorder.calls <= first_failure[0] + budget
    assert failure.what == "sum"


def test_search_ends_with_the_budget() -> None:
    drawn: list[int] = []
    with running(shrink_calls=5) as check:

        def note(items: list[int]) -> list[int]:
            drawn.append(check.recorder.calls)
            return items

        def body(items: list[int]) -> None:
            call(check)
            expect(sum(items) < 1000, "sum", got=sum(items))

        failure_of(body, examples=500, items=st.lists(st.integers(0, 400)).map(note))
    assert check.shrunk == 5
    # What is drawn once the last call is made is turned down, and ends it.
    assert drawn.count(check.recorder.calls) < 10


def test_sample_is_everything_in_profile_full() -> None:
    with running():
        assert sampled(range(9), 2) == list(range(9))


def test_sample_depends_on_the_seed_and_keeps_the_order() -> None:
    samples = set()
    for seed in range(30):
        with running(profile="staging", seed=seed):
            sample = sampled(range(9), 3)
            assert sample == sampled(range(9), 3) == sorted(sample)
            assert sampled(range(2), 3) == [0, 1]
        samples.add(tuple(sample))
    assert all(len(sample) == 3 for sample in samples)
    assert len(samples) > 10


def test_amounts_go_by_depth() -> None:
    for profile, amount in (("full", 20), ("staging", 3), ("smoke", 3)):
        with running(profile=profile):
            assert by_depth(full=20, staging=3) == amount


def test_same_seed_makes_the_same_examples() -> None:
    runs = []
    for _ in range(2):
        seen: list[int] = []
        with running(seed=7):
            explore(lambda n, seen=seen: seen.append(n), examples=30, n=st.integers())
        runs.append(seen)
    assert runs[0] == runs[1]


def test_other_seed_makes_other_examples() -> None:
    runs = []
    for seed in (7, 8):
        seen: list[int] = []
        with running(seed=seed):
            explore(lambda n, seen=seen: seen.append(n), examples=30, n=st.integers())
        runs.append(seen)
    assert runs[0] != runs[1]


def test_what_is_no_finding_ends_at_once() -> None:
    calls = 0

    def body(n: int) -> None:
        nonlocal calls
        calls += 1
        raise NotApplicable("never declared")

    with running(), pytest.raises(NotApplicable, match="never declared"):
        explore(body, n=st.integers())
    assert calls == 1
