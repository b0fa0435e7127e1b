import pytest

from conformance.failures import Nonconformance
from conformance.oracles.exchange.model import DataStore
from conformance.targets.exchange_codec import decoded
from conformance.targets.exchange_contract import schema

STORE = {
    "dataStoreId": "dataStore-1",
    "name": "n",
    "description": None,
    "ownerUserId": "u",
    "homeDirectoryId": "d",
}


def read(name, value):
    return decoded(schema().operation(name), value)


def test_values_of_answers():
    wanted = DataStore(
        data_store_id="dataStore-1", name="n", owner_user_id="u", home_directory_id="d"
    )
    assert read("storage_getDataStore", STORE) == wanted
    assert read("storage_listDataStores", [STORE]) == (wanted,)
    assert read("storage_getDataStore", None) is None


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("storage_listDataStores", None, "got null"),
        ("storage_listDataStores", [None], "got null"),
        ("storage_listDataStores", {}, "a list"),
        ("storage_getDataStore", [], "an object DataStore"),
        ("storage_getDataStore", {**STORE, "name": None}, "DataStore.name: got null"),
        ("storage_getDataStore", {**STORE, "name": 5}, "expected String!"),
        (
            "storage_getDataStore",
            {k: v for k, v in STORE.items() if k != "description"},
            "no description",
        ),
        ("timeSeriesDb_cancelDatabaseQuery", {"httpStatusCode": True, "errorMessage": ""}, "Int"),
    ],
)
def test_what_breaks_the_schema_is_a_finding(name, value, told):
    with pytest.raises(Nonconformance) as found:
        read(name, value)
    assert told in str(found.value).replace("storage_get", "")


def test_lists_of_words_may_be_null_and_others_not():
    user = dict.fromkeys(
        ("firstName", "lastName", "email", "mobile", "lastActive", "userAccountState")
    )
    user |= {"userId": "u", "userRoles": None, "organization": None}
    assert read("user_getUserSession", {"user": user}).user.user_roles is None
    with pytest.raises(Nonconformance, match="attributes"):
        read("timeSeriesDb_publishToDatabase", [{"assetId": "a", "name": None, "attributes": None}])
