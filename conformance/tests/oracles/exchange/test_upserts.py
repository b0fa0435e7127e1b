from dataclasses import replace

import pytest
from hypothesis import given, settings

from conformance.oracles.exchange.records import Record, measure, multi, single
from conformance.oracles.exchange.upserts import Rejection, Table
from conformance.strategies.exchange_histories import histories

AT = 1_700_000_000 * 10**9


def stored(table: Table, **attributes: str) -> dict[str, object]:
    """Meaning of each measure at AT, of the row that has these dimensions."""
    return {
        name: meant
        for (_, dimensions, _, at), row in table.rows.items()
        if at == AT and dimensions == frozenset(attributes.items())
        for name, (_, meant) in row.measures.items()
    }


def test_the_first_version_is_one():
    table = Table()
    assert table.publish("a", [single("P", "1.0", AT)]) == []
    assert table.publish("a", [single("P", "2.0", AT, version=1)]) == [
        Rejection(index=0, cause="version", existing_version=1)
    ]
    assert stored(table) == {"P": 1.0}


def test_a_higher_version_replaces_and_a_repetition_is_accepted():
    table = Table()
    table.publish("a", [single("P", "1.0", AT)])
    assert table.publish("a", [single("P", "2.0", AT, version=5)]) == []
    assert table.publish("a", [single("P", "2.0", AT, version=3)]) == []
    assert table.publish("a", [single("P", "1.0", AT, version=4)])[0].existing_version == 5
    assert stored(table) == {"P": 2.0}
    assert table.publish("a", [single("P", "2.0", AT, version=9)]) == []
    assert table.publish("a", [single("P", "3.0", AT, version=9)])[0].existing_version == 9


def test_measures_of_a_multi_record():
    table = Table()
    both = [measure("a", "1.0"), measure("b", "2.0")]
    table.publish("x", [multi("m", both, AT)])
    assert table.publish("x", [multi("m", both[:1], AT)]) == []
    assert table.publish("x", [multi("m", [measure("c", "3.0")], AT)])[0].cause == "version"
    assert table.publish("x", [multi("m", [measure("b", "9.0")], AT, version=2)]) == []
    assert stored(table) == {"a": 1.0, "b": 9.0}


def test_what_makes_another_record():
    table = Table()
    one = single("P", "1.0", AT, dimensions={"phase": "A", "site": "x"})
    same_ = replace(one, dimensions=tuple(reversed(one.dimensions)))
    assert table.publish("a", [one, same_]) == []
    assert len(table.rows) == 1
    others = [single("P", "2.0", AT), single("Q", "2.0", AT), single("P", "2.0", AT + 10**6)]
    assert table.publish("a", others) == []
    assert table.publish("b", [single("P", "3.0", AT)]) == []
    assert len(table.rows) == 5


def test_good_records_of_a_call_are_kept():
    table = Table()
    good, bad = single("P", "1.0", AT), single("P", "NaN", AT + 10**6)
    later = single("P", "2.0", AT + 2 * 10**6)
    assert table.publish("a", [good, bad, later]) == [Rejection(index=1, cause="invalid")]
    assert len(table.rows) == 2


def test_a_measure_keeps_its_type():
    table = Table()
    table.publish("a", [single("P", "1.0", AT)])
    assert table.publish("b", [single("P", "1", AT, type="BIGINT")])[0].cause == "type"


@pytest.mark.parametrize(
    "record",
    [
        single("", "1.0", AT),
        single("P" * 257, "1.0", AT),
        single("P", "x" * 2049, AT, type="VARCHAR"),
        single("P", "1.0", AT, version=0),
        single("P", "1.0", AT, dimensions=[("a", "1"), ("a", "2")]),
        single("P", "1.0", AT, dimensions={"": "1"}),
        single("P", "1.0", AT, dimensions={f"d{n}": "1" for n in range(129)}),
        multi("m", [], AT),
        multi("m", [measure("a", "1.0"), measure("a", "2.0")], AT),
        Record(measure_name="P", type="DOUBLE", measures=(measure("P", "1.0"),), time="1"),
        Record(measure_name="P", type="DOUBLE", value="1.0", time="1.5"),
        Record(measure_name=None, type="DOUBLE", value="1.0", time="1"),
    ],
)
def test_records_that_are_no_good(record):
    table = Table()
    assert [r.cause for r in table.publish("a", [record])] == ["invalid"]
    assert not table.rows


def test_the_name_of_an_asset_is_that_of_the_latest_record():
    table = Table()
    for name, at in (("new", AT + 10**9), ("old", AT)):
        table.publish("a", [single("P", "1.0", at, dimensions={"name": name})])
    assert table.names["a"][1] == "new"


@settings(max_examples=40)
@given(histories())
def test_a_history_said_twice_is_rejected_nowhere_new(history):
    table = Table()
    for write in history:
        taken = not table.publish("a", [write.record(AT)])
        before = {key: dict(row.measures) for key, row in table.rows.items()}
        if taken:  # A retry is always accepted, and changes nothing.
            assert table.publish("a", [write.record(AT)]) == []
        assert {key: dict(row.measures) for key, row in table.rows.items()} == before


def test_a_copy_goes_its_own_way():
    table = Table()
    table.publish("a", [single("P", "1.0", AT)])
    other = table.copied()
    other.publish("a", [single("P", "2.0", AT, version=2)])
    assert [row.version for row in table.rows.values()] == [1]
    assert [row.version for row in other.rows.values()] == [2]
