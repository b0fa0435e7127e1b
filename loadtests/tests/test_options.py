from __future__ import annotations

import argparse
import inspect
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.catalogue import ENTRIES, find
from loadtests.commands import load
from loadtests.errors import UsageError
from loadtests.options import Options, add_arguments, from_namespace, resolve, seconds

FANOUT = find("L-DSP-1")


@pytest.mark.parametrize(
    ("text", "value"), [("60", 60), ("90s", 90), ("2m", 120), ("1.5h", 5400), ("500ms", 0.5)]
)
def test_lengths_of_time(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "5x", "-3s", "s", "1 minute"])
def test_what_is_no_length_of_time(text: str) -> None:
    with pytest.raises(ValueError, match="such as 60s"):
        seconds(text)


def test_defaults_come_from_the_scenario() -> None:
    assert resolve({}, FANOUT).subscribers == 100
    assert resolve({}, find("dispatch-churn")).flaps == 20
    assert resolve({"subscribers": "7"}, FANOUT).subscribers == 7


@settings(max_examples=40)
@given(
    st.fixed_dictionaries(
        {
            "rate": st.floats(0.1, 1e4),
            "subscribers": st.integers(0, 5000),
            "duration": st.floats(0.1, 1e4),
            "fail": st.lists(st.sampled_from(["a.p99<3ms", "failures<1%"])).map(tuple),
            "small_window": st.booleans(),
            "report": st.none() | st.just("out dir"),
        }
    )
)
def test_options_survive_the_way_to_locust_and_to_a_worker(values: dict[str, object]) -> None:
    options = Options(**values)  # type: ignore[arg-type]  # drawn with the right types
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    assert from_namespace(parser.parse_args(options.to_args()), FANOUT) == options
    assert Options.from_json(options.to_json()) == options


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"rate": "fast"}, "--rate: 'fast' is not a number"),
        ({"rate": "-1"}, "--rate -1.0: expected at least 0"),
        ({"rate": "inf"}, "finite"),
        ({"subscribers": "1.5"}, "--subscribers: '1.5' is not a whole number"),
        ({"duration": "0"}, "--duration 0.0: expected at least 0.1"),
        ({"plane": "fast"}, "--plane 'fast': expected one of auto, greenlet, engine"),
        ({"rate": "0", "subscribers": "0"}, "there is nothing to do"),
        ({"max_inflight": "0"}, "--max-inflight 0: expected at least 1"),
    ],
)
def test_a_wrong_value_names_the_option_and_what_was_expected(
    given: dict[str, str], sentence: str
) -> None:
    with pytest.raises(UsageError) as caught:
        resolve(given, FANOUT)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("subscribers", "grids"), [(0, 2), (1, 2), (20, 2), (30, 3), (100, 4), (1000, 4)]
)
def test_there_are_at_least_two_microgrids(subscribers: int, grids: int) -> None:
    assert Options(subscribers=subscribers).grids == grids


def test_many_subscribers_are_read_by_the_engine() -> None:
    assert Options(subscribers=100).reads_in_engine
    assert not Options(subscribers=20).reads_in_engine
    assert not Options(subscribers=100, plane="greenlet").reads_in_engine


def test_every_option_is_on_the_command_line() -> None:
    inner = {"run_id", "lifeline"}
    names = {"require" if f.name == "fail" else f.name for f in fields(Options)} - inner
    assert names <= set(inspect.signature(load).parameters)


@pytest.mark.parametrize("name", ["L-DSP-1", "l-dsp-1", "dispatch-fanout", "Dispatch-Fanout"])
def test_a_scenario_has_two_names(name: str) -> None:
    assert find(name) is FANOUT


def test_an_unknown_scenario_names_the_nearest_and_all() -> None:
    with pytest.raises(UsageError, match="did you mean L-DSP-1") as caught:
        find("dispatch-fanot")
    assert all(entry.id in str(caught.value) for entry in ENTRIES)


def test_every_scenario_has_its_file() -> None:
    assert all(entry.path.is_file() for entry in ENTRIES)
