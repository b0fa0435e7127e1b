"""What others own is judged again before it counts: they may have changed it and taken it back."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from conformance.failures import Nonconformance, Untestable
from conformance.suite.meta import reading
from conformance.suite.meta.reading import TRIES, while_quiet
from conformance.targets.meta_population import Population

META: Any = SimpleNamespace(over_grpc=lambda: None)


class Judge:
    """Fails so many times, then accepts."""

    def __init__(self, fails: int) -> None:
        self.left = fails
        self.looks = 0

    def __call__(self, population: Population) -> None:
        self.looks += 1
        self.left -= 1
        if self.left >= 0:
            raise Nonconformance("the list", got="something", wanted="something else")


def population(*names: str, owned: bool = False) -> Population:
    items = tuple({"name": name} for name in names)
    return Population(
        kind="regions", parent=None, filter="", items=items, owned=owned, label="label"
    )


def shows(monkeypatch: pytest.MonkeyPatch, *found: Population) -> None:
    """What the target lists after each failure."""
    left = iter(found)
    monkeypatch.setattr(reading, "found", lambda meta, kind, least: next(left))


def test_what_fails_once_may_have_been_changed_and_changed_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judge, same = Judge(fails=1), population("regions/a")
    shows(monkeypatch, same)
    while_quiet(META, same, judge)
    assert judge.looks == 2


def test_what_fails_twice_in_a_row_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    same = population("regions/a")
    shows(monkeypatch, same, same)
    with pytest.raises(Nonconformance):
        while_quiet(META, same, Judge(fails=9))


def test_what_is_ours_is_wrong_at_once() -> None:
    judge = Judge(fails=9)
    with pytest.raises(Nonconformance):
        while_quiet(META, population("regions/a", owned=True), judge)
    assert judge.looks == 1


def test_what_always_changes_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    shows(monkeypatch, *(population(f"regions/{n}") for n in range(TRIES)))
    with pytest.raises(Untestable):
        while_quiet(META, population("regions/a"), Judge(fails=9))
