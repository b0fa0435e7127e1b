from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.oracles.exchange.upserts import meanings
from conformance.oracles.exchange.values import meaning
from conformance.strategies.exchange import (
    contents,
    dimensions,
    file_names,
    multis,
    singles,
    timestamps,
    typed_values,
    units,
)
from conformance.strategies.exchange_histories import histories

AT = st.just(1_700_000_000 * 10**9)


@settings(max_examples=60)
@given(typed_values())
def test_values_mean_something(value):
    type_, text = value
    assert meaning(type_, text, "MILLISECONDS") is not None
    assert 1 <= len(text) <= 2048


@settings(max_examples=30)
@given(units().flatmap(lambda unit: st.tuples(st.just(unit), timestamps(unit))))
def test_timestamps_are_whole_milliseconds(drawn):
    unit, text = drawn
    assert meaning("TIMESTAMP", text, unit) % 10**6 == 0


@settings(max_examples=40)
@given(singles(at_ns=AT), multis(at_ns=AT))
def test_records_are_good(one, several):
    assert meanings(one)
    assert len(meanings(several) or ()) == len(several.measures)


@settings(max_examples=40)
@given(file_names(), contents(max_size=100), dimensions())
def test_names_and_contents_have_to_be_taken(name, data, pairs):
    assert name
    assert not set(name) & {"/", "\0"}
    assert len(name.encode()) <= 255
    assert len(data) <= 100
    assert len(dict(pairs)) == len(pairs)


@settings(max_examples=30)
@given(histories())
def test_histories_hold_good_records(history):
    assert all(meanings(write.record(0)) for write in history)
