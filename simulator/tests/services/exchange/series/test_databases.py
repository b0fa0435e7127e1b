import pytest

from simulator.tests.services.exchange.series.api import (
    OUTSIDER,
    OWNER,
    READER,
    Api,
    refusal,
    single,
)


def test_a_database_is_listed_and_read() -> None:
    api = Api()
    (listed,) = api.series.list_databases(OWNER)
    assert listed == api.series.get_database(READER, api.db) == api.series.database(api.db)
    assert (listed.name, listed.description, listed.owner_user_id) == ("a database", None, "owner")
    assert "timeSeriesDb" in listed.time_series_db_id
    assert "dataStore" not in listed.time_series_db_id
    table = api.series.table(api.db)
    assert (table.database_name, table.table_name) == (listed.database_name, listed.table_name)
    assert api.series.list_databases(READER) == []


def test_two_databases_share_no_table() -> None:
    api = Api()
    other = api.series.create_database("owner", "a database", "the same name")
    names = [each.database_name for each in api.series.list_databases(OWNER)]
    assert len({*names}) == 2
    api.publish("a1", single("1"))
    assert api.series.table(other.time_series_db_id).rows == 0


def test_only_what_is_given_is_updated() -> None:
    api = Api()
    api.series.update_database(OWNER, api.db, description="described")
    updated = api.series.update_database(OWNER, api.db, name="renamed")
    assert (updated.name, updated.description) == ("renamed", "described")
    assert api.series.list_databases(OWNER) == [updated]


def test_what_is_deleted_is_gone() -> None:
    api = Api()
    api.publish("a1", single("1"))
    query = api.query("a1")
    assert api.series.delete_database(OWNER, api.db).time_series_db_id == api.db
    assert api.series.list_databases(OWNER) == []
    assert api.registry.get(api.db) is None
    with refusal("Unauthorized"):
        api.series.delete_database(OWNER, api.db)
    with refusal("Unauthorized"):
        api.series.watch_export(OWNER, query.query_id)


@pytest.mark.parametrize("caller", [READER, OUTSIDER])
def test_only_owners_change_databases(caller) -> None:
    api = Api()
    with refusal("Unauthorized"):
        api.series.update_database(caller, api.db, name="mine")
    with refusal("Unauthorized"):
        api.series.delete_database(caller, api.db)
    with refusal("Unauthorized"):
        api.series.get_database(OUTSIDER, api.db)


def test_names_that_cannot_be_are_refused() -> None:
    api = Api()
    with refusal("ValidationError", "name"):
        api.series.create_database("owner", "")
    with refusal("ValidationError", "name"):
        api.series.update_database(OWNER, api.db, name="a\x00")
    with refusal("ValidationError", "description"):
        api.series.create_database("owner", "name", "\ud800")
    assert len(api.series.list_databases(OWNER)) == 1
