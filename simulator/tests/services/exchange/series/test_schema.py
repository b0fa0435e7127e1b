import pytest

from simulator.services.exchange.series import SeriesPolicy
from simulator.services.exchange.series.records import BadRecord
from simulator.services.exchange.series.stored import StoredTable
from simulator.tests.services.exchange.series.api import dimensions, multi, read, single


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (single("1"), single("1", type="BIGINT", time=1), "kW is DOUBLE"),
        (single("1"), multi({"KW": ("BIGINT", "1")}), "KW is DOUBLE"),
        (multi({"kW": "1"}), single("1", type="BIGINT"), "kW is DOUBLE"),
        (single("1"), multi({"x": "1"}, "kw"), "kw is a name of single values"),
        (multi({"x": "1"}, "kW"), single("1"), "kW is a name of MULTI records"),
        (single("1"), multi({"x": "1"}, "kW"), "kW is a name of single values"),
        (single("1", Dimensions=dimensions(x="1")), multi({"X": "1"}), "X is a dimension"),
        (multi({"x": "1"}), single("1", Dimensions=dimensions(X="1")), "X is a measure"),
    ],
)
def test_a_name_keeps_its_meaning(before, after, reason) -> None:
    table = StoredTable("database", "table", SeriesPolicy())
    table.store("a1", read(before))
    columns = list(table.columns)
    with pytest.raises(BadRecord, match=reason):
        table.store("a1", read(after))
    assert (table.rows, list(table.columns)) == (1, columns)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (multi({"time": "1"}), "name of the system"),
        (multi({"Measure_Name": "1"}), "name of the system"),
        (multi({"measure_value::double": "1"}), "name of the system"),
        (multi({"assetID": "1"}), "is a dimension"),
        (multi({"x": "1"}, Dimensions=dimensions(X="1")), "is a dimension"),
        (multi({"": "1"}), "1 to 256 characters"),
        (multi({"x" * 257: "1"}), "1 to 256 characters"),
        (multi({"x": "1"}, "r" * 257), "1 to 256 characters"),
        (single("1", "\ud800"), "1 to 256 characters"),
        (single("1", Dimensions=dimensions(time="1")), "name of the system"),
        (single("1", Dimensions=dimensions(**{"": "1"})), "1 to 256 characters"),
    ],
)
def test_names_that_cannot_be_are_refused(record, reason) -> None:
    table = StoredTable("database", "table", SeriesPolicy())
    with pytest.raises(BadRecord, match=reason):
        table.store("a1", read(record))
    assert (table.rows, len(table.columns), table.assets) == (0, 3, {})


def test_a_single_measure_may_be_called_like_a_dimension_or_a_column_of_the_system() -> None:
    table = StoredTable("database", "table", SeriesPolicy())
    table.store("a1", read(single("1", "x", Dimensions=dimensions(x="1"))))
    table.store("a1", read(single("1", "time")))
    assert table.rows == 2


def test_a_database_has_so_many_different_dimensions() -> None:
    table = StoredTable("database", "table", SeriesPolicy(max_dimension_names=3))
    table.store("a1", read(single("1", Dimensions=dimensions(a="1", b="1"))))
    table.store("a1", read(single("1", Dimensions=dimensions(B="2"))))
    with pytest.raises(BadRecord, match="at most 3 different dimensions"):
        table.store("a1", read(single("1", Dimensions=dimensions(c="1"))))


def test_a_database_has_so_many_different_measures() -> None:
    table = StoredTable("database", "table", SeriesPolicy(max_measure_names=2))
    table.store("a1", read(multi({"a": "1", "b": "1"})))
    table.store("a1", read(multi({"A": "1"}, "other")))
    with pytest.raises(BadRecord, match="at most 2 different measures"):
        table.store("a1", read(single("1", "c")))
