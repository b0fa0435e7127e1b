import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance.targets.hooks.exec_hook import ExecHook
from conformance.targets.hooks.model import HookError

CHILD = str(Path(__file__).with_name("child.py"))


@contextmanager
def hook(how: str = "", *, deadline_s: float = 10.0) -> Iterator[ExecHook]:
    child = ExecHook([sys.executable, CHILD, how], deadline_s=deadline_s)
    try:
        yield child
    finally:
        child.close()


def test_one_child_answers_in_order() -> None:
    with hook() as child:
        assert child.send({"op": "capabilities"})["capabilities"] == ["mutate", "barrier"]
        resource = {"name": "regions/ä"}
        assert child.send({"op": "upsert", "resource": resource}) == {"ok": True, "revision": "1"}
        assert child.send({"op": "delete", "name": "regions/ä"})["ok"]
        assert child.send({"op": "delete", "name": "regions/ä"})["code"] == "NOT_FOUND"
        assert child.send({"op": "barrier", "timeout": 3})["stalled"] == 2
        assert child.send({"op": "reset", "fixture": "empty"})["unsupported"]


def test_last_words_of_a_child_that_dies_are_shown() -> None:
    with hook("dies") as child:
        with pytest.raises(
            HookError, match=r"it ended with 3; it said: child is up\nout of cheese"
        ):
            child.send({"op": "capabilities"})
        with pytest.raises(HookError, match="ended with 3"):
            child.send({"op": "capabilities"})


def test_answer_that_is_none() -> None:
    with hook("garbage") as child, pytest.raises(HookError, match="answered 'nonsense'"):
        child.send({"op": "capabilities"})


def test_late_answer_ends_the_child_which_is_not_waited_for() -> None:
    began = time.monotonic()
    late = pytest.raises(HookError, match=r"did not answer within 0\.3 s")
    with hook("slow", deadline_s=0.3) as child, late:
        child.send({"op": "capabilities"})
    assert time.monotonic() - began < 5


def test_command_that_does_not_exist() -> None:
    with pytest.raises(HookError, match="hook nothing-like-it does not start: No such file"):
        ExecHook(["nothing-like-it"])
