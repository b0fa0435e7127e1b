import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.services.exchange.series import Column, ColumnType, Role, SeriesPolicy, stored
from simulator.services.exchange.series.records import BadRecord
from simulator.services.exchange.series.stored import StoredTable
from simulator.tests.services.exchange.series.api import (
    NOW_MS,
    dimensions,
    multi,
    read,
    rows_of,
    single,
)

TYPES = {"a": "DOUBLE", "b": "BIGINT", "c": "VARCHAR"}


def empty() -> StoredTable:
    return StoredTable("database", "table", SeriesPolicy())


def records():
    measures = st.dictionaries(st.sampled_from("abc"), st.sampled_from("12"), min_size=1)
    return st.builds(
        lambda measures, name, time, version, x: multi(
            {key: (TYPES[key], text) for key, text in measures.items()},
            name,
            time=time,
            Version=version,
            Dimensions=dimensions(**({"x": x} if x else {})),
        ),
        measures,
        st.sampled_from(["r1", "r2"]),
        st.integers(1, 4),
        st.integers(1, 3),
        st.sampled_from(["", "1", "2"]),
    )


class Model:
    """What a table holds, as plainly as can be."""

    def __init__(self):
        self.rows = {}

    def store(self, asset_id, raw):
        """Whether the record is accepted."""
        x = next((each["Value"] for each in raw["Dimensions"]), None)
        key = (asset_id, raw["MeasureName"], x, int(raw["Time"]) * 10**6)
        measures = {each["Name"]: each["Value"] for each in raw["MeasureValues"]}
        version, held = self.rows.get(key, (0, {}))
        if raw["Version"] <= version:
            return measures.items() <= held.items()
        self.rows[key] = (raw["Version"], {**held, **measures})
        return True

    def newest(self):
        times = {}
        for (asset_id, *_, time), (_, held) in self.rows.items():
            for name in held:
                place = (asset_id, name)
                times[place] = max(times.get(place, 0), time)
        return times


class Mirror:
    """A reader that keeps a copy by what is new and what has changed."""

    def __init__(self):
        self.rows, self.mark = [], 0

    def sync(self, table):
        changed, self.mark = table.changed(self.mark)
        whole = rows_of(table)
        for row in changed.tolist():
            if row < len(self.rows):
                self.rows[row] = whole[row]
        self.rows = [
            {**{column.name: None for column in table.columns}, **row} for row in self.rows
        ] + list(whole[len(self.rows) :])


@settings(max_examples=150)
@given(st.lists(st.tuples(st.sampled_from(["a1", "a2"]), records(), st.booleans()), max_size=25))
def test_a_table_holds_what_a_plain_model_does(writes) -> None:
    table, model, mirror = empty(), Model(), Mirror()
    for asset_id, raw, look in writes:
        accepted = model.store(asset_id, raw)
        if accepted:
            table.store(asset_id, read(raw))
        else:
            with pytest.raises(BadRecord) as caught:
                table.store(asset_id, read(raw))
            assert caught.value.existing_version >= raw["Version"]
        if look:
            mirror.sync(table)
    mirror.sync(table)
    assert mirror.rows == list(rows_of(table))
    assert table.rows == len(model.rows)
    found = {
        (row["assetId"], row["measure_name"], row.get("x"), row["time"]): {
            name: str(row[name]).removesuffix(".0") for name in "abc" if row.get(name) is not None
        }
        for row in mirror.rows
    }
    assert found == {key: held for key, (_, held) in model.rows.items()}
    newest = {
        (asset.asset_id, attribute.name): newest.time_ns
        for asset in table.assets.values()
        for attribute, newest in asset.newest.items()
    }
    assert newest == model.newest()


@given(st.permutations([(time, x) for time in (1, 2, 3) for x in "12"]))
def test_the_newest_value_does_not_depend_on_the_order_of_writing(order) -> None:
    table = empty()
    for time, x in order:
        table.store("a1", read(single(f"{time}.{x}", time=time, Dimensions=dimensions(x=x))))
    (newest,) = table.assets["a1"].newest.values()
    assert newest.cells.get(newest.row) == 3.2


def test_columns_come_as_they_are_needed_and_keep_their_first_spelling() -> None:
    table = empty()
    table.store("a1", read(multi({"SOC": "1"}, Dimensions=dimensions(Site="x"))))
    table.store("a1", read(multi({"soc": "2"}, "ROW", time=1, Dimensions=dimensions(site="x"))))
    table.store("a1", read(single("true", "on", type="BOOLEAN")))
    assert list(table.columns) == [
        Column(name="assetId", role=Role.DIMENSION, type=ColumnType.VARCHAR),
        Column(name="measure_name", role=Role.MEASURE_NAME, type=ColumnType.VARCHAR),
        Column(name="time", role=Role.TIME, type=ColumnType.TIMESTAMP),
        Column(name="Site", role=Role.DIMENSION, type=ColumnType.VARCHAR),
        Column(name="SOC", role=Role.MEASURE, type=ColumnType.DOUBLE),
        Column(name="measure_value::boolean", role=Role.SINGLE, type=ColumnType.BOOLEAN),
    ]
    assert [row["measure_name"] for row in rows_of(table)] == ["row", "row", "on"]
    assert [row["SOC"] for row in rows_of(table)] == [1.0, 2.0, None]
    assert [row["Site"] for row in rows_of(table)] == ["x", "x", None]


def test_a_row_that_was_updated_very_often_makes_readers_start_again(monkeypatch) -> None:
    monkeypatch.setattr(stored, "_FEW_UPDATES", 100)
    table, updates = empty(), 101
    for version in range(1, updates + 2):
        table.store("a1", read(single(str(version), Version=version)))
    assert table.rows == 1
    changed, mark = table.changed(0)
    assert (changed.tolist(), mark) == ([0], updates)
    assert table.changed(mark)[0].tolist() == []


def test_an_asset_has_the_name_of_its_newest_record() -> None:
    table = empty()
    for time, name in [(2, "second"), (1, "first")]:
        table.store("a1", read(single("1", time=time, Dimensions=dimensions(Name=name))))
    table.store("a1", read(single("1", time=3)))
    assert table.assets["a1"].name == "second"


def test_points_of_an_attribute_are_joined_from_all_its_series_by_time() -> None:
    table = empty()
    table.store("a1", read(multi({"kW": "2", "V": "230"}, time=2)))
    table.store("a1", read(multi({"V": "231"}, time=3)))
    table.store("a1", read(single("1", "kW", time=1)))
    table.store("a1", read(single("4", "kW", time=4, Dimensions=dimensions(x="1"))))
    asset, attribute = table.assets["a1"], table.schema.find("KW")
    times, values = table.points(asset, attribute, 0, NOW_MS * 10**6)
    assert times.tolist() == [1_000_000, 2_000_000, 4_000_000]
    assert values.tolist() == [1.0, 2.0, 4.0]
    assert table.points(asset, attribute, 5_000_000, 6_000_000)[0].tolist() == []
