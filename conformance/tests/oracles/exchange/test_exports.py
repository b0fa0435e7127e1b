import json

import pytest

from conformance.oracles.exchange.exports import Point, read_csv, read_json

HEADER = b"assetId,name,attributeName,attributeType,timestamp,value\n"
POINT = Point(asset="a", attribute="P", time_ns=1_500_000_000, value='1,"x"')


def test_both_formats_hold_the_same_points():
    rows = HEADER + b'a,N,P,VARCHAR,1970-01-01T00:00:01.500Z,"1,""x"""\n'
    attribute = {
        "name": "P",
        "attributeType": "VARCHAR",
        "lastValue": "x",
        "data": [{"timestamp": "1970-01-01T00:00:01.500Z", "value": '1,"x"'}],
    }
    text = json.dumps([{"assetId": "a", "name": "N", "attributes": [attribute]}])
    for found in (read_csv(rows, {}), read_json(text.encode())):
        assert found.points == (POINT,)
        assert found.types == {("a", "P"): "VARCHAR"}
        assert found.counted[POINT] == 1


def test_columns_may_have_other_names():
    rows = b"Asset,timestamp,value,Attribute\r\na,1970-01-01 00:00:00,1,P\r\n"
    found = read_csv(rows, {"assetId": "Asset", "attributeName": "Attribute"})
    assert found.points == (Point(asset="a", attribute="P", time_ns=0, value="1"),)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"assetId,value\na,1\n", "no column attributeName, timestamp"),
        (HEADER + b"a,N,P,DOUBLE\n", "short row"),
        (HEADER + b"a,N,P,DOUBLE,soon,1\n", "no time: 'soon'"),
        (b"", "no column"),
    ],
)
def test_csv_that_cannot_be_read(data, told):
    with pytest.raises(ValueError, match=told):
        read_csv(data, {})


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"{}", "no list of asset data"),
        (b'[{"assetId": 5}]', "no text assetId"),
        (b'[{"assetId": "a"}]', "no list attributes"),
        (b"[", "Expecting value"),
        (b"\xff", "decode"),
    ],
)
def test_json_that_cannot_be_read(data, told):
    with pytest.raises(ValueError, match=told):
        read_json(data)
