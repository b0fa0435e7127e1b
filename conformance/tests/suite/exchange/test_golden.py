"""Golden queries: their text, their rows by hand, and what differs from them."""

import pytest

from conformance.oracles.exchange.timestream import Column, Result, Sample
from conformance.suite.exchange.golden import BASIC, FULL, filled, power, wrong
from conformance.suite.exchange.telemetry import METER_POINTS, telemetry
from conformance.tests.targets.exchange_target import target


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    with target(tmp_path_factory.mktemp("golden")) as made:
        yield made


def result(*rows, types=("DOUBLE",)):
    columns = tuple(Column(name="v", type=type_) for type_ in types)
    return Result(query_id="q", columns=columns, rows=rows, progress=100.0)


def test_telemetry_is_published_once(exchange):
    given = telemetry(exchange)
    assert telemetry(exchange) is given
    assert len(power(given)) == METER_POINTS
    assert power(given)[0][0] == given.start_ns


@pytest.mark.parametrize("name", [*BASIC, *FULL])
def test_queries_have_no_placeholder_left(exchange, name):
    given = telemetry(exchange)
    query = filled({**BASIC, **FULL}[name].query, exchange, given)
    assert not set("{}") & set(query)


def test_rows_differ_by_more_than_the_last_digits():
    assert wrong(result(("0.30000000000000004",)), [(0.3,)]) is None
    assert wrong(result(("0.31",)), [(0.3,)])
    assert wrong(result(("0.3",), ("0.3",)), [(0.3,)])
    assert "DOUBLE" in (wrong(result(("0,3",)), [(0.3,)]) or "")


def test_series_are_compared_point_by_point():
    at = "1970-01-01 00:00:01.000000000"
    series = (Sample(time=at, value="1.5"), Sample(time=at, value=None))
    rows = result((series,), types=("TIMESERIES",))
    assert wrong(rows, [([(10**9, 1.5), (10**9, None)],)]) is None
    assert wrong(rows, [([(10**9, 1.5)],)])


def test_lists_are_numbers_or_instants():
    lists = result((("1", "4"), ("1970-01-01 00:00:00.000000007",)), types=("ARRAY", "ARRAY"))
    assert wrong(lists, [([1, 4], [7])]) is None


def test_the_column_of_the_asset_is_that_of_the_profile(tmp_path):
    with target(tmp_path, asset_column="asset id") as odd:
        assert filled("{asset}", odd, telemetry(odd)) == '"asset id"'
