from dataclasses import replace

import pytest

from conformance.oracles.exchange.exports import Point
from conformance.oracles.exchange.model import AssetData, AttributeData
from conformance.oracles.exchange.records import measure, multi, single
from conformance.oracles.exchange.series import (
    differing,
    last_values,
    queried,
    values,
    wrong_last_values,
)
from conformance.oracles.exchange.times import iso
from conformance.oracles.exchange.upserts import Table

AT = 1_700_000_000 * 10**9
STEP = 10**9


@pytest.fixture
def table():
    found = Table()
    found.publish("a", [single("P", f"{n}.0", AT + n * STEP) for n in (2, 0, 1)])
    found.publish("a", [multi("m", [measure("SOC", "5"), measure("n", "7", "BIGINT")], AT)])
    found.publish("b", [single("P", "9.0", AT)])
    return found


def points_of(wanted):
    return [
        Point(asset=v.asset, attribute=v.attribute, time_ns=v.time_ns, value=str(v.meaning))
        for v in wanted
    ]


def test_interval_assets_and_attributes(table):
    found = queried(table, {"a": ("P",)}, AT + STEP, AT + 2 * STEP)
    assert [v.time_ns for v in found] == [AT + STEP, AT + 2 * STEP]
    assert len(queried(table, {"a": ("P",)}, AT, AT + 2 * STEP, end_inclusive=False)) == 2
    assert {v.attribute for v in queried(table, {"a": ()}, AT, AT)} == {"P", "SOC", "n"}
    assert queried(table, {}, AT, AT + STEP) == []
    assert queried(table, {"c": ()}, AT, AT + STEP) == []


def test_points_are_compared_whatever_their_order(table):
    wanted = values(table, "a")
    points = points_of(wanted)
    assert differing(wanted, points[::-1]) is None
    assert "are missing" in str(differing(wanted, points[1:]))
    assert "nothing more is there" in str(differing(wanted, [*points, points[0]]))
    other = replace(points[0], value="8.5")
    assert "there it is" in str(differing(wanted, [other, *points[1:]]))
    assert "should not be found" in str(differing([], points[:1]))


def test_two_rows_may_have_a_value_of_one_attribute_at_one_instant():
    table = Table()
    for phase, value in (("A", "1.0"), ("B", "2.0")):
        table.publish("a", [single("P", value, AT, dimensions={"phase": phase})])
    wanted = values(table)
    assert differing(wanted, points_of(wanted)[::-1]) is None
    assert {v.meaning for v in last_values(table)["a", "P"]} == {1.0, 2.0}


def asset(**attributes):
    return AssetData(
        asset_id="a",
        attributes=tuple(
            AttributeData(name=n, attribute_type=t, last_value=v, last_value_time=iso(at))
            for n, (t, v, at) in attributes.items()
        ),
    )


def test_last_values_are_those_of_the_latest_instant(table):
    good = {"P": ("DOUBLE", "2.0", AT + 2 * STEP), "SOC": ("DOUBLE", "5.0", AT)}
    good["n"] = ("BIGINT", "7", AT)
    assert wrong_last_values(table, {"a": asset(**good)}, "a") is None
    for name, changed, told in (
        ("P", ("DOUBLE", "1.0", AT + 2 * STEP), "written was"),
        ("P", ("DOUBLE", "2.0", AT + STEP), "is of"),
        ("n", ("DOUBLE", "7", AT), "written as BIGINT"),
        ("X", ("DOUBLE", "7", AT), "never written"),
    ):
        wrong = asset(**{**good, name: changed})
        assert told in str(wrong_last_values(table, {"a": wrong}, "a"))
    less = asset(P=good["P"], n=good["n"])
    assert "missing" in str(wrong_last_values(table, {"a": less}, "a"))
    twice = replace(less, attributes=less.attributes * 2)
    assert "comes 2 times" in str(wrong_last_values(table, {"a": twice}, "a"))
