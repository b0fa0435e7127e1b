from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st

from conformance.exploring import explore
from conformance.failures import Nonconformance, NotApplicable
from conformance.judging import expect
from conformance.tests.checking import call, running


def failure_of(body: Callable[..., None], **arguments: Any) -> Nonconformance:
    with pytest.raises(Nonconformance) as caught:
        explore(body, **arguments)
    return caught.value


def test_directed_examples_run_first_and_always() -> None:
    seen: list[int] = []
    with running(profile="staging"):
        explore(lambda n: seen.append(n), directed=[{"n": 5}, {"n": 6}], n=st.just(1))
    assert seen[:2] == [5, 6]


def test_profiles_other_than_full_draw_a_share() -> None:
    counts = {}
    for profile in ("full", "staging"):
        seen: list[int] = []
        with running(profile=profile):
            explore(lambda n, seen=seen: seen.append(n), examples=60, n=st.integers())
        counts[profile] = len(seen)
    assert counts["full"] >= 50
    assert counts["staging"] <= 12


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
