import asyncio
import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.services.exchange.series.answers import FileType
from simulator.services.exchange.series.exports import written
from simulator.services.exchange.series.reading import first, select
from simulator.services.exchange.series.values import MAX_TIME_NS, MIN_TIME_NS
from simulator.tests.services.exchange.series.api import Api, dimensions, single

TEXTS = st.text(st.sampled_from('a,"\n\rü;'), min_size=1, max_size=4)


def selected(api: Api):
    wanted = dict.fromkeys(api.table.assets)
    return select(api.table, wanted, MIN_TIME_NS, MAX_TIME_NS, newest_only=None, most=10**6)


async def text_of(points, type: FileType) -> str:
    return b"".join([piece async for piece in written(points, type)]).decode()


def points_of_csv(text: str):
    return [
        (each["assetId"], each["name"], each["attributeName"], each["timestamp"], each["value"])
        for each in csv.DictReader(io.StringIO(text, newline=""))
    ]


def points_of_json(text: str):
    return [
        (asset["assetId"], asset["name"] or "", each["name"], point["timestamp"], point["value"])
        for asset in json.loads(text)
        for each in asset["attributes"]
        for point in each["data"]
    ]


async def test_the_layouts() -> None:
    api = Api()
    api.publish("a1", single("1", time=0, Dimensions=dimensions(name='The "A"')))
    api.publish("a1", single("2", time=1))
    assert await text_of(selected(api), FileType.CSV) == (
        "assetId,name,attributeName,attributeType,timestamp,value\n"
        'a1,"The ""A""",kW,DOUBLE,1970-01-01T00:00:00.000Z,1.0\n'
        'a1,"The ""A""",kW,DOUBLE,1970-01-01T00:00:00.001Z,2.0\n'
    )
    attribute = {
        "name": "kW",
        "attributeType": "DOUBLE",
        "lastValue": "2.0",
        "lastValueTime": "1970-01-01T00:00:00.001Z",
        "data": [
            {"timestamp": "1970-01-01T00:00:00.000Z", "value": "1.0"},
            {"timestamp": "1970-01-01T00:00:00.001Z", "value": "2.0"},
        ],
    }
    asset = {"assetId": "a1", "name": 'The "A"', "attributes": [attribute]}
    assert json.loads(await text_of(selected(api), FileType.JSON)) == [asset]


async def test_no_points_are_a_file_too() -> None:
    assert json.loads(await text_of([], FileType.JSON)) == []
    assert points_of_csv(await text_of([], FileType.CSV)) == []


@pytest.mark.parametrize("type", ["VARCHAR", "TIMESTAMP"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_both_formats_hold_the_same_points(type, data) -> None:
    api = Api()
    values = TEXTS if type == "VARCHAR" else st.integers(0, 10**9).map(str)
    expected = set()
    for number, (asset_id, name) in enumerate(
        data.draw(st.lists(st.tuples(TEXTS, TEXTS), max_size=6))
    ):
        value = data.draw(values)
        api.publish(asset_id, single(value, name, type=type, time=number))
        expected.add((asset_id, number))
    points = selected(api)
    from_csv = points_of_csv(asyncio.run(text_of(points, FileType.CSV)))
    assert from_csv == points_of_json(asyncio.run(text_of(points, FileType.JSON)))
    assert len(from_csv) == len(expected)


async def test_large_files_come_in_pieces() -> None:
    api = Api(max_records=5000)
    api.publish("a1", *[single(str(time), time=time) for time in range(5000)])
    pieces = [piece async for piece in written(selected(api), FileType.JSON)]
    assert len(pieces) > 2
    text = b"".join(pieces).decode()
    assert [float(value) for *_, value in points_of_json(text)] == list(range(5000))


def test_the_first_points_are_cut_anywhere() -> None:
    api = Api()
    for asset_id in ("a1", "a2"):
        api.publish(asset_id, *[single("1", time=time) for time in range(3)])
    points = selected(api)
    for count in range(8):
        assert sum(len(part.times) for part in first(points, count)) == min(count, 6)
