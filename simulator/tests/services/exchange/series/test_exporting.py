import asyncio

import pytest

from simulator.services.exchange.ids import Ids
from simulator.services.exchange.series import ExportFile, ExportRequest, FileType
from simulator.tests.services.exchange.series.api import NOW_US, OWNER, READER, Api, refusal, single


def asked(**policy) -> tuple[Api, str]:
    api = Api(**policy)
    api.publish("a1", single("1"))
    return api, api.query("a1").query_id


async def settled() -> None:
    """Let everything that can happen happen."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_an_export_is_told_to_its_subscriber() -> None:
    api, query_id = asked()
    listener = api.series.watch_export(OWNER, query_id)
    request = await api.series.export(OWNER, api.db, query_id, "JSON")
    assert request == ExportRequest(
        query_id=query_id, time_series_db_id=api.db, file_format=FileType.JSON
    )
    file = await asyncio.wait_for(anext(listener), 5)
    content = api.objects.kept[file.url.removeprefix("memory:")]
    assert file == ExportFile(
        query_id=query_id, file_type=FileType.JSON, file_size_bytes=len(content), url=file.url
    )


async def test_who_comes_late_is_told_of_the_latest_export_alone() -> None:
    api, query_id = asked()
    await api.exported(query_id, "JSON")
    file, _ = await api.exported(query_id)
    await settled()
    for _ in range(2):
        listener = api.series.watch_export(OWNER, query_id)
        assert await asyncio.wait_for(anext(listener), 5) == file
        listener.close()
    assert list(api.objects.kept) == [file.url.removeprefix("memory:")]


async def test_a_new_order_withdraws_the_notice_before_it() -> None:
    api, query_id = asked()
    await api.exported(query_id, "JSON")
    await api.series.export(OWNER, api.db, query_id, "CSV")
    listener = api.series.watch_export(OWNER, query_id)
    file = await asyncio.wait_for(anext(listener), 5)
    assert file.file_type is FileType.CSV


async def test_of_two_orders_at_once_the_later_one_counts() -> None:
    api, query_id = asked()
    listener = api.series.watch_export(OWNER, query_id)
    await api.series.export(OWNER, api.db, query_id, "JSON")
    await api.series.export(OWNER, api.db, query_id, "CSV")
    await settled()
    listener.close()
    assert [file.file_type async for file in listener] == [FileType.CSV]
    assert len(api.objects.kept) == 1


async def test_an_export_can_take_a_while() -> None:
    api, query_id = asked(export_delay_s=2.5)
    await api.series.export(OWNER, api.db, query_id)
    await settled()
    assert not api.objects.kept
    api.clock.advance(2_500_000)
    api.timers.run(api.clock.now_us())
    await settled()
    assert len(api.objects.kept) == 1


async def test_a_query_that_gives_way_takes_its_export_with_it() -> None:
    api, query_id = asked(max_kept_queries=1)
    await api.exported(query_id)
    api.query("a1")
    await settled()
    assert not api.objects.kept
    with refusal("Unauthorized"):
        api.series.watch_export(OWNER, query_id)


async def test_a_file_that_cannot_be_written_is_not_told(caplog) -> None:
    api, query_id = asked()
    api.objects.failing = OSError("no space left")
    listener = api.series.watch_export(OWNER, query_id)
    await api.series.export(OWNER, api.db, query_id)
    await settled()
    listener.close()
    assert [file async for file in listener] == []
    assert "not written" in caplog.text


async def test_exports_belong_to_who_asked() -> None:
    api, query_id = asked()
    other = api.series.create_database("owner", "other").time_series_db_id
    for caller, db, query in [
        (READER, api.db, query_id),
        (OWNER, other, query_id),
        (OWNER, api.db, "query-unknown"),
    ]:
        with refusal("Unauthorized"):
            await api.series.export(caller, db, query)
    with refusal("Unauthorized"):
        api.series.watch_export(READER, query_id)


async def test_who_may_read_no_longer_is_not_told() -> None:
    api, _ = asked()
    page = api.series.query(READER, api.db, "LAST_X_ROWS", assets=[{"assetId": "a1"}], max_rows=1)
    listener = api.series.watch_export(READER, page.query_id)
    await api.series.export(READER, api.db, page.query_id)
    api.shared.open = False
    with refusal("Unauthorized"):
        await asyncio.wait_for(anext(listener), 5)
    with refusal("Unauthorized"):
        api.series.watch_export(READER, page.query_id)


@pytest.mark.parametrize("delay_s", [0.0, 1.0])
async def test_nothing_of_an_export_survives_a_reset(delay_s) -> None:
    api, query_id = asked(export_delay_s=delay_s)
    listener = api.series.watch_export(OWNER, query_id)
    await api.series.export(OWNER, api.db, query_id)
    api.registry.clear()
    api.series.clear(api.signer, api.policy, Ids(1))
    api.timers.run(NOW_US + 1_000_000)
    await settled()
    assert [file async for file in listener] == []
    assert not api.objects.kept
    assert api.series.list_databases(OWNER) == []
