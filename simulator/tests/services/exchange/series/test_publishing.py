import pytest

from simulator.services.exchange.series import ColumnType, DataPoint
from simulator.tests.services.exchange.series.api import (
    NOW_MS,
    OUTSIDER,
    OWNER,
    READER,
    Api,
    dimensions,
    multi,
    refusal,
    single,
)

NOW = "2027-01-15T08:00:00.000Z"


def test_a_publish_answers_what_it_touched_and_what_is_newest() -> None:
    api = Api()
    api.publish("a1", single("9", "V"), single("5", "kW"))
    asset = api.publish(
        "a1",
        multi({"kW": "1.50", "on": ("BOOLEAN", "TRUE")}, time=1, Dimensions=dimensions(name="A")),
    )
    assert (asset.asset_id, asset.name) == ("a1", "A")
    kw, on = asset.attributes
    assert (kw.name, kw.attribute_type) == ("kW", ColumnType.DOUBLE)
    assert (kw.last_value, kw.last_value_time) == ("5.0", NOW)
    assert kw.data == [DataPoint(timestamp="1970-01-01T00:00:00.001Z", value="1.5")]
    assert (on.name, on.last_value) == ("on", "true")
    assert api.series.points_stored == 4


@pytest.mark.parametrize(
    ("type", "text", "read"),
    [
        ("DOUBLE", "1e3", "1000.0"),
        ("BIGINT", "-7", "-7"),
        ("VARCHAR", 'say "ü"\n', 'say "ü"\n'),
        ("BOOLEAN", "false", "false"),
        ("TIMESTAMP", "0", "1970-01-01T00:00:00.000Z"),
    ],
)
def test_each_type_reads_back(type, text, read) -> None:
    api = Api()
    (attribute,) = api.publish("a1", single(text, type=type)).attributes
    assert attribute.attribute_type == type
    assert attribute.data[0].value == attribute.last_value == read
    assert api.last() == {"a1": {"kW": (read, NOW)}}


def test_an_instant_is_one_key_in_all_units() -> None:
    api = Api()
    api.publish("a1", single("1", time=NOW_MS // 1000, TimeUnit="SECONDS"))
    api.publish("a1", single("1", time=NOW_MS * 1000, TimeUnit="MICROSECONDS"))
    api.publish("a1", single("1", time=NOW_MS * 10**6, TimeUnit="NANOSECONDS"))
    assert api.table.rows == 1


def test_bad_records_are_rejected_one_by_one() -> None:
    api = Api()
    api.publish("a1", single("1", Version=3))
    rejections = api.rejections(
        "a1",
        single("2", Version=3),
        single("ten", time=1),
        single("4", time=2),
        single("1", Version=1),
    )
    assert [(each["RecordIndex"], each.get("ExistingVersion")) for each in rejections] == [
        (0, 3),
        (1, None),
    ]
    assert all(each["Reason"] for each in rejections)
    assert api.table.rows == 2
    assert api.last() == {"a1": {"kW": ("1.0", NOW)}}


def test_one_call_can_contradict_itself() -> None:
    api = Api()
    (rejection,) = api.rejections("a1", single("1"), single("2"), single("1"))
    assert (rejection["RecordIndex"], rejection["ExistingVersion"]) == (1, 1)


def test_an_atomic_publish_stores_all_or_nothing() -> None:
    api = Api(atomic_publish=True)
    api.publish("a1", single("1"), single("1", time=1))
    for bad in (single("x", time=4), single("2"), single("9", time=3), single("1", type="BIGINT")):
        rejections = api.rejections("a1", single("3", time=3), bad, multi({"new": "1"}))
        assert [each["RecordIndex"] for each in rejections] == [1]
        assert api.table.rows == 2
        assert len(api.table.columns) == 4


def test_calls_that_are_no_publish_are_refused_whole() -> None:
    api = Api(max_records=2)
    with refusal("ValidationError", "records"):
        api.publish("a1")
    with refusal("LimitExceeded", "at most 2"):
        api.publish("a1", *[single("1", time=n) for n in range(3)])
    for asset_id in ("", "a" * 257, "\ud800"):
        with refusal("ValidationError", "assetId"):
            api.publish(asset_id, single("1"))
    assert (api.table.rows, api.table.assets) == (0, {})


@pytest.mark.parametrize("caller", [READER, OUTSIDER])
def test_only_who_may_write_publishes(caller) -> None:
    api = Api()
    with refusal("Unauthorized"):
        api.series.publish(caller, api.db, "a1", [single("1")])
    with refusal("Unauthorized"):
        api.series.publish(OWNER, "timeSeriesDb-unknown", "a1", [single("1")])
    assert api.table.rows == 0


async def test_those_who_watch_an_asset_are_told_what_was_stored() -> None:
    api = Api()
    listener = api.series.watch_publishes(READER, api.db, "a1")
    api.publish("a2", single("1"))
    api.rejections("a1", single("2"), single("x", time=1))
    asset = await anext(listener)
    assert asset.asset_id == "a1"
    assert [point.value for point in asset.attributes[0].data] == ["2.0"]
    api.publish("a1", single("3", time=1))
    api.shared.open = False
    with refusal("Unauthorized"):
        await anext(listener)
    listener.close()
    with refusal("Unauthorized"):
        api.series.watch_publishes(OUTSIDER, api.db, "a1")
