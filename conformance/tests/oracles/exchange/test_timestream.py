import json

import pytest

from conformance.oracles.exchange.pages import wrong_sql_pages
from conformance.oracles.exchange.timestream import (
    BadResult,
    Column,
    Row,
    Sample,
    joined,
    read_result,
)


def document(**parts):
    return {
        "QueryId": "q",
        "ColumnInfo": [
            {"Name": "t", "Type": {"ScalarType": "TIMESTAMP"}},
            {"Name": "x", "Type": {"ScalarType": "DOUBLE"}},
        ],
        "Rows": [
            {
                "Data": [
                    {"ScalarValue": "1970-01-01 00:00:01.000000000"},
                    {"NullValue": True},
                ]
            }
        ],
        "QueryStatus": {"ProgressPercentage": 100.0},
        **parts,
    }


def test_a_result_is_read():
    result = read_result(json.dumps(document(NextToken="n")))
    assert result.columns == (Column(name="t", type="TIMESTAMP"), Column(name="x", type="DOUBLE"))
    assert result.rows == (("1970-01-01 00:00:01.000000000", None),)
    assert result.typed() == [(10**9, None)]
    assert (result.next_token, result.progress) == ("n", 100.0)
    assert not read_result(json.dumps(document())).has_token_key


def test_values_that_hold_others():
    number = {"ScalarType": "BIGINT"}
    columns = [
        {"Name": "a", "Type": {"ArrayColumnInfo": {"Type": number}}},
        {"Name": "r", "Type": {"RowColumnInfo": [{"Name": "f", "Type": number}]}},
        {"Name": "s", "Type": {"TimeSeriesMeasureValueColumnInfo": {"Type": number}}},
    ]
    one = {"ScalarValue": "1"}
    data = [
        {"ArrayValue": [one, {"NullValue": True}]},
        {"RowValue": {"Data": [one]}},
        {"TimeSeriesValue": [{"Time": "1970-01-01 00:00:00.000000000", "Value": one}]},
    ]
    result = read_result(json.dumps(document(ColumnInfo=columns, Rows=[{"Data": data}])))
    assert result.types == ("ARRAY", "ROW", "TIMESERIES")
    series = (Sample(time="1970-01-01 00:00:00.000000000", value="1"),)
    assert result.rows == ((("1", None), Row(values=("1",)), series),)
    assert series[0].time_ns == 0


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"QueryId": None}, "QueryId is None"),
        ({"Rows": None}, "Rows is None"),
        ({"Rows": [{"Data": [{"NullValue": True}]}]}, "a row of 2 columns"),
        ({"Rows": [{"Data": [{"ScalarValue": 1.5}, {"NullValue": True}]}]}, "ScalarValue is 1.5"),
        ({"Rows": [{"Data": [{}, {"NullValue": True}]}]}, "a datum is"),
        (
            {"Rows": [{"Data": [{"NullValue": True, "ScalarValue": "1"}, {"NullValue": True}]}]},
            "a datum is",
        ),
        ({"ColumnInfo": [{"Name": "t", "Type": {"ScalarType": "TEXT"}}]}, "ScalarType is 'TEXT'"),
        ({"ColumnInfo": [{"Name": "t", "Type": {}}]}, "Type of 't'"),
        ({"QueryStatus": {}}, "ProgressPercentage is None"),
        ({"NextToken": ""}, "NextToken is ''"),
    ],
)
def test_what_is_not_in_the_documented_form(parts, told):
    with pytest.raises(BadResult, match=told):
        read_result(json.dumps(document(**parts)))


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_what_is_no_result_at_all(text):
    with pytest.raises(BadResult):
        read_result(text)


@pytest.mark.parametrize(
    ("type_", "text"),
    [("TIMESTAMP", "1970-01-01T00:00:00Z"), ("BIGINT", "1.0"), ("BOOLEAN", "1"), ("DOUBLE", "x")],
)
def test_scalars_that_are_none_of_their_type(type_, text):
    columns = [{"Name": "x", "Type": {"ScalarType": type_}}]
    rows = [{"Data": [{"ScalarValue": text}]}]
    with pytest.raises(BadResult, match=type_):
        read_result(json.dumps(document(ColumnInfo=columns, Rows=rows))).typed()


def test_pages_are_the_whole_in_its_order():
    columns = [{"Name": "x", "Type": {"ScalarType": "BIGINT"}}]

    def page(*numbers):
        rows = [{"Data": [{"ScalarValue": str(n)}]} for n in numbers]
        return read_result(json.dumps(document(ColumnInfo=columns, Rows=rows)))

    whole = page(1, 2, 3)
    assert joined([page(1, 2), page(3)]).rows == whole.rows
    assert wrong_sql_pages([page(1, 2), page(), page(3)], whole, 2) is None
    assert "has 3 rows" in str(wrong_sql_pages([whole], whole, 2))
    assert "row 1 of 3" in str(wrong_sql_pages([page(1, 3), page(2)], whole, 2))
    assert "row 2 of 2" in str(wrong_sql_pages([page(1, 2)], whole, 2))
