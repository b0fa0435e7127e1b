"""Every operation of the contract over the wire, as a client sends it."""

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest

from fixtures.contracts import exchange_schema
from simulator.services.exchange.graphql.binding import schema

from .exchange_client import Enum, Refused, exchange
from .loopback import START_US

NOW_MS = START_US // 1000
USER = "{ userId firstName lastName email organization { organizationId name } }"


def record(name, value, at_ms=NOW_MS, **more):
    return {
        "Dimensions": [],
        "MeasureName": name,
        "MeasureValue": value,
        "MeasureValueType": Enum("DOUBLE"),
        "Time": str(at_ms),
        "TimeUnit": Enum("MILLISECONDS"),
        **more,
    }


async def test_people():
    async with exchange() as (_, owner):
        session = await owner.call("user_getUserSession", f"{{ user {USER} }}")
        assert session["user"]["userId"] == "user-owner"
        assert session["user"]["organization"]["organizationId"] == "organization-utility"
        fields = "{ tokenId tokenValue tokenType scope dateCreated dateExpires lastActive }"
        made = await owner.call(
            "user_createAuthenticationToken", fields, name="more", daysBeforeExpiration=1
        )
        also = await owner.other(made["tokenValue"]).call("user_getUserSession", f"{{user {USER}}}")
        assert also == session
        listed = await owner.call("user_listAuthenticationTokens", fields)
        assert made["tokenId"] in [each["tokenId"] for each in listed]
        assert all(each["tokenValue"] is None for each in listed)
        await owner.call("user_deleteAuthenticationToken", fields, tokenId=made["tokenId"])
        gone = await owner.other(made["tokenValue"]).post({"query": "{ __typename }"})
        assert gone.status_code == 401


async def test_stores_and_directories():
    async with exchange() as (_, owner):
        fields = "{ dataStoreId name description ownerUserId homeDirectoryId }"
        made = await owner.call("storage_createDataStore", fields, name="n", description='q"\\\n')
        assert made["description"] == 'q"\\\n'
        changed = await owner.call(
            "storage_updateDataStore", fields, dataStoreId=made["dataStoreId"], name="m"
        )
        assert changed == {**made, "name": "m"}
        assert changed in await owner.call("storage_listDataStores", fields)
        get = {"dataStoreId": made["dataStoreId"]}
        assert await owner.call("storage_getDataStore", fields, **get) == changed
        folder = "{ dataStoreDirectoryId name homeDirectory parentDirectoryId owner { userId } }"
        sub = await owner.call(
            "storage_createDataStoreDirectory",
            folder,
            parentDirectoryId=made["homeDirectoryId"],
            name="sub",
            **get,
        )
        home = await owner.call(
            "storage_getDataStoreDirectory",
            f"{{ homeDirectory contents {{ objectType dataStoreFile {{ name }} "
            f"dataStoreDirectory {folder} }} }}",
            dataStoreDirectoryId=made["homeDirectoryId"],
        )
        item = {"objectType": "DIRECTORY", "dataStoreFile": None, "dataStoreDirectory": sub}
        assert home == {"homeDirectory": True, "contents": [item]}
        key = {"dataStoreDirectoryId": sub["dataStoreDirectoryId"]}
        moved = await owner.call("storage_updateDataStoreDirectory", folder, name="new", **key)
        assert moved == {**sub, "name": "new"}
        gone = await owner.call(
            "storage_deleteDataStoreDirectory", "{ name contents {objectType} }", **key
        )
        assert gone["name"] == "new"
        await owner.call("storage_deleteDataStore", fields, **get)
        with pytest.raises(Refused) as missing:
            await owner.call("storage_getDataStore", fields, **get)
        with pytest.raises(Refused) as unknown:
            await owner.call("storage_getDataStore", fields, dataStoreId="dataStore-0")
        assert missing.value.error["message"] == unknown.value.error["message"]
        assert missing.value.kind == "Unauthorized"


async def test_files():
    async with exchange() as (_, owner):
        store = await owner.store()
        id_ = await owner.upload(
            store, "f", b"\x00\xff" * 9, description="d", fileExtension="tar.gz"
        )
        fields = (
            "{ dataStoreFileId name fileExtension description storageSizeBytes s3ConfirmedUpload "
            "lastModified contentType ownerUserId owner { userId organization { name } } }"
        )
        key = {"dataStoreFileId": id_}
        file = await owner.call("storage_getDataStoreFile", fields, **key)
        assert (file["storageSizeBytes"], file["s3ConfirmedUpload"]) == (18, True)
        assert (file["name"], file["fileExtension"], file["description"]) == ("f", "tar.gz", "d")
        url = await owner.call(
            "storage_getDataStoreFileDownloadUrl",
            "{ url }",
            dataStoreId=store["dataStoreId"],
            **key,
        )
        assert (await owner.http.get(url["url"])).content == b"\x00\xff" * 9
        renamed = await owner.call("storage_updateDataStoreFile", "{ name }", name="g", **key)
        assert renamed == {"name": "g"}
        packed = await owner.call(
            "storage_getDataStoreZipDownloadUrl",
            "{ url }",
            dataStoreObjectIds=[{"objectType": Enum("FILE"), **key}],
        )
        archive = zipfile.ZipFile(io.BytesIO((await owner.http.get(packed["url"])).content))
        assert [archive.read(name) for name in archive.namelist()] == [b"\x00\xff" * 9]
        gone = await owner.call("storage_deleteDataStoreFile", "{ name }", **key)
        assert gone == {"name": "g"}
        assert (await owner.http.get(url["url"])).status_code == 404


async def test_databases_and_last_values():
    async with exchange() as (_, owner):
        fields = "{ timeSeriesDbId name description ownerUserId databaseName tableName }"
        made = await owner.call("timeSeriesDb_createDatabase", fields, name="n")
        key = {"timeSeriesDbId": made["timeSeriesDbId"]}
        changed = await owner.call("timeSeriesDb_updateDatabase", fields, description="d", **key)
        assert changed == {**made, "description": "d"}
        assert await owner.call("timeSeriesDb_getDatabase", fields, **key) == changed
        assert changed in await owner.call("timeSeriesDb_listDatabases", fields)
        published = await owner.publish(
            "asset",
            record("SOC", "1.5"),
            record("SOC", "2.5", NOW_MS - 1),
            database=made["timeSeriesDbId"],
        )
        (attribute,) = published[0]["attributes"]
        assert (attribute["lastValue"], attribute["attributeType"]) == ("1.5", "DOUBLE")
        page = await owner.call(
            "timeSeriesDb_listAllAssetLastValues",
            "{ queryId queryProgressPercentage nextToken clientToken resultChunkIndex "
            "data { assetId attributes { name lastValue lastValueTime } } }",
            **key,
        )
        assert page["nextToken"] is None
        assert page["data"][0]["attributes"][0]["lastValue"] == "1.5"
        assert (await owner.call("timeSeriesDb_deleteDatabase", fields, **key)) == changed


async def test_rejected_records_are_told_and_the_others_kept():
    async with exchange() as (_, owner):
        await owner.publish("asset", record("SOC", "1.5"))
        with pytest.raises(Refused) as refused:
            await owner.publish("asset", record("SOC", "7"), record("SOC", "8", NOW_MS - 5))
        assert refused.value.kind == "RejectedRecordsException"
        (rejected,) = refused.value.error["errorInfo"]["RejectedRecords"]
        assert (rejected["RecordIndex"], rejected["ExistingVersion"]) == (0, 1)
        (asset,) = await owner.publish("asset", record("SOC", "9", NOW_MS - 9))
        assert asset["attributes"][0]["lastValue"] == "1.5"


async def test_queries_exports_and_sql():
    async with exchange() as (_, owner):
        database = await owner.database()
        key = {"timeSeriesDbId": database["timeSeriesDbId"]}
        records = [record("SOC", str(each), NOW_MS - each) for each in range(5)]
        await owner.publish("asset", *records)
        ask = {
            "queryType": Enum("TIME_PERIOD"),
            "startTime": "2020-01-01T00:00:00.000Z",
            "endTime": "2030-01-01T00:00:00.000Z",
            "assets": [{"assetId": "asset", "attributeNamesFilter": []}],
            "maxRows": 3,
            **key,
        }
        page = "{ queryId queryProgressPercentage nextToken clientToken queryString }"
        first = await owner.call("timeSeriesDb_queryDatabase", page, **ask)
        assert first["nextToken"]
        again = {each: first[each] for each in ("nextToken", "clientToken", "queryString")}
        last = await owner.call("timeSeriesDb_queryDatabase", page, **ask, **again)
        assert (last["nextToken"], last["queryProgressPercentage"]) == (None, 100)
        query = {"queryId": first["queryId"]}
        async with owner.socket() as socket:
            wanted = json.dumps(first["queryId"])
            await socket.subscribe(
                "s1",
                f"subscription {{ onNotifyTimeSeriesQueryExportComplete(queryId: {wanted}) "
                "{ queryId fileType fileSizeBytes url } }",
            )
            asked = await owner.call(
                "timeSeriesDb_generateQueryResultExportFile",
                "{ queryId timeSeriesDbId fileFormat }",
                fileFormat=Enum("CSV"),
                **query,
                **key,
            )
            assert asked == {**query, **key, "fileFormat": "CSV"}
            event = await socket.next()
            assert (event["type"], event["id"]) == ("data", "s1")
            file = event["payload"]["data"]["onNotifyTimeSeriesQueryExportComplete"]
            content = (await owner.http.get(file["url"])).text
            assert len(content.encode()) == file["fileSizeBytes"]
            rows = list(csv.DictReader(io.StringIO(content)))
            assert sorted(row["value"] for row in rows) == ["0.0", "1.0", "2.0", "3.0", "4.0"]
            await socket.send(type="stop", id="s1")
            assert await socket.next() == {"type": "complete", "id": "s1"}
        ended = await owner.call(
            "timeSeriesDb_cancelDatabaseQuery", "{ httpStatusCode errorMessage }", **query, **key
        )
        assert ended["httpStatusCode"] == 409
        table = '"{databaseName}"."{tableName}"'.format(**database)
        answer = await owner.call(
            "timeSeriesDb_queryDatabaseWithTimestreamQuery",
            "{ resultJSONString clientToken }",
            queryString=f"SELECT count(*) AS n FROM {table}",
            **key,
        )
        result = json.loads(answer["resultJSONString"])
        assert result["Rows"] == [{"Data": [{"ScalarValue": "5"}]}]


async def test_collaboratives():
    async with exchange() as (_, owner):
        fields = (
            "{ collaborativeId name hostOrganizationId memberOrganizations { memberState "
            "organization { organizationId } submittedByUser { userId } "
            "usersInCollaborative { permission user { userId } } } }"
        )
        (first, *_) = listed = await owner.call("collaborative_listCollaboratives", fields)
        key = {"collaborativeId": first["collaborativeId"]}
        assert await owner.call("collaborative_getCollaborative", fields, **key) == first
        made = await owner.call("storage_createDataStore", "{ dataStoreId }", name="shared")
        shared = {"serviceType": Enum("DATA_STORE"), "serviceId": made["dataStoreId"]}
        service = "{ serviceId serviceType dataStore { name } timeSeriesDb { name } }"
        added = await owner.call(
            "collaborative_addServiceToCollaborative", service, **shared, **key
        )
        assert added["dataStore"] == {"name": "shared"}
        services = await owner.call("collaborative_listCollaborativeServices", service, **key)
        assert added in services
        assert all(
            (each["dataStore"] is None) != (each["timeSeriesDb"] is None) for each in services
        )
        where = "collaborative_listCollaborativesServiceSharedWith"
        assert await owner.call(where, fields, **shared) == [first]
        reader = owner.other("read_only")
        assert await reader.call(
            "storage_getDataStore", "{ name }", dataStoreId=made["dataStoreId"]
        )
        removed = await owner.call(
            "collaborative_removeServiceFromCollaborative", service, **shared, **key
        )
        assert removed["serviceId"] == added["serviceId"]
        with pytest.raises(Refused):
            await reader.call("storage_getDataStore", "{ name }", dataStoreId=made["dataStoreId"])
        waiting = next(
            each["organization"]["organizationId"]
            for each in first["memberOrganizations"]
            if each["memberState"] == "PENDING_APPROVAL"
        )
        approved = await owner.call(
            "collaborative_updateCollaborativeMemberOrganization",
            "{ memberState accessApprovedByUserId }",
            organizationId=waiting,
            memberState=Enum("APPROVED"),
            **key,
        )
        assert approved == {"memberState": "APPROVED", "accessApprovedByUserId": "user-owner"}
        assert await owner.other("pending").call("collaborative_listCollaboratives", "{ name }")
        assert len(listed) > 1


async def test_administration():
    async with exchange() as (_, owner):
        admin = owner.other("admin")
        host = await admin.call(
            "platformAdmin_createOrganization", "{ organizationId hostOrganization }", name="o"
        )
        assert host["hostOrganization"] is False
        user = await admin.call(
            "platformAdmin_createUser",
            "{ userId userRoles }",
            email="a@example.org",
            firstName="A",
            lastName="B",
            organizationId=host["organizationId"],
            userRoles=[Enum("DATA_CONSUMER")],
        )
        assert user["userRoles"] == ["DATA_CONSUMER"]
        key = {"userId": user["userId"]}
        state = await admin.call(
            "platformAdmin_updateUser",
            "{ userAccountState }",
            userAccountState=Enum("DISABLED"),
            **key,
        )
        assert state == {"userAccountState": "DISABLED"}
        fields = "{ collaborativeId memberOrganizations { usersInCollaborative { permission } } }"
        made = await admin.call("platformAdmin_createCollaborative", fields, name="c")
        where = {"collaborativeId": made["collaborativeId"]}
        added = await admin.call("platformAdmin_addCollaborativeMember", fields, **key, **where)
        assert {"permission": "READ_ONLY"} in [
            member
            for each in added["memberOrganizations"]
            for member in each["usersInCollaborative"]
        ]
        await admin.call(
            "platformAdmin_updateCollaborativeMember",
            fields,
            permission=Enum("READ_WRITE"),
            **key,
            **where,
        )
        await admin.call("platformAdmin_removeCollaborativeMember", fields, **key, **where)
        await admin.call("platformAdmin_deleteCollaborative", fields, **where)
        await admin.call("platformAdmin_deleteUser", "{ userId }", **key)
        await admin.call(
            "platformAdmin_deleteOrganization",
            "{ name }",
            organizationId=host["organizationId"],
        )
        with pytest.raises(Refused) as refused:
            await owner.call("platformAdmin_createOrganization", "{ name }", name="x")
        assert refused.value.kind == "Unauthorized"


def test_no_operation_of_the_contract_is_left_out():
    """Each of them is called by a test of this package's server."""
    texts = "".join(path.read_text() for path in Path(__file__).parent.glob("*exchange_*.py"))
    kinds = (schema().query_type, schema().mutation_type, schema().subscription_type)
    names = [name for kind in kinds for name in kind.fields]
    assert len(names) == 50
    assert [name for name in names if name not in texts] == []
    assert all(name in exchange_schema() for name in names)
