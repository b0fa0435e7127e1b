import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.services.exchange.series import ColumnType
from simulator.services.exchange.series.records import BadRecord
from simulator.tests.services.exchange.series.api import NOW_MS, dimensions, multi, read, single


def test_a_record_with_little_said_is_a_double_in_milliseconds_of_version_1() -> None:
    record = read({"MeasureName": "kW", "MeasureValue": "1", "Time": "5"})
    assert record.measures == (("kW", ColumnType.DOUBLE, 1.0),)
    assert (record.time_ns, record.version, record.multi) == (5_000_000, 1, False)


def test_a_multi_record_has_its_measures_in_order() -> None:
    record = read(multi({"b": "1", "a": ("BIGINT", "2")}, "row"))
    assert record.name == "row"
    assert record.measures == [("b", ColumnType.DOUBLE, 1.0), ("a", ColumnType.BIGINT, 2)]


def test_a_timestamp_is_counted_in_the_records_own_unit() -> None:
    record = read(single("7", type="TIMESTAMP", time=NOW_MS // 1000, TimeUnit="SECONDS"))
    assert record.measures[0][2] == 7_000_000_000


@given(st.permutations(list("abc")))
def test_the_order_of_dimensions_does_not_matter(names) -> None:
    given = read(single("1", Dimensions=dimensions(**{name: name for name in names})))
    assert (
        given.dimensions == read(single("1", Dimensions=dimensions(a="a", b="b", c="c"))).dimensions
    )


def test_the_assets_own_dimension_says_nothing_new() -> None:
    record = read(single("1", Dimensions=dimensions(ASSETID="a1", x="1")))
    assert record.dimensions.names == ("x",)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (single("1", ""), "MeasureName"),
        (single("1", None), "MeasureName"),
        (single(None), "needs one"),
        (single(""), "1 to 2048"),
        (single("x" * 2049, type="VARCHAR"), "1 to 2048"),
        (single("None"), "not a finite DOUBLE"),
        (single("1", MeasureValues=multi({"a": "1"})["MeasureValues"]), "only records of type"),
        (single("1", time=None), "Time: a record needs one"),
        (single("1", time="1.5"), "not an integer"),
        (single("1", time="soon"), "not an integer"),
        (single("1", time=2**63), "years 1677 to 2262"),
        (single("1", time=NOW_MS + 900_001), "900 s ahead"),
        (single("1", time=NOW_MS - 73_000 * 86_400_000 - 1), "older than 73000 days"),
        (single("1", Version=0), "below 1"),
        (single("1", Version=2**63), "64 bits"),
        (single("1", Dimensions=dimensions(a="1", A="2")), "occurs twice"),
        (single("1", Dimensions=dimensions(a="")), "1 to 2048"),
        (single("1", Dimensions=dimensions(a="\ud800")), "1 to 2048"),
        (single("1", Dimensions=dimensions(assetId="a2")), "the asset's id"),
        (single("1", Dimensions=dimensions(**{f"d{n}": "1" for n in range(129)})), "at most 128"),
        (multi({}), "1 to 256, not 0"),
        (multi({f"m{n}": "1" for n in range(257)}), "1 to 256"),
        (multi({"a": "1", "A": "2"}), "occurs twice"),
        (multi({"a": ("MULTI", "1")}), "MULTI itself"),
        (multi({"a": "1"}, MeasureValue="1"), "MeasureValues alone"),
    ],
)
def test_what_is_no_record_is_refused(raw, reason) -> None:
    with pytest.raises(BadRecord, match=reason):
        read(raw)


def test_the_bounds_themselves_are_allowed() -> None:
    assert read(single("1", time=NOW_MS + 900_000))
    assert read(single("1", time=NOW_MS - 73_000 * 86_400_000))
    assert read(single("x" * 2048, type="VARCHAR"))
    assert read(single("1", Version=2**63 - 1))
    assert read(single("1", Dimensions=dimensions(**{f"d{n}": "1" for n in range(128)})))
    assert read(multi({f"m{n}": "1" for n in range(256)}))
