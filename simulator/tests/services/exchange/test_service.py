"""The parts together, and a reset."""

import asyncio

from simulator.tests.services.exchange.exchange import Exchange, refused


def test_tokens_are_the_callers(exchange: Exchange) -> None:
    assert exchange.service.caller("owner") == exchange.user("owner")
    assert exchange.service.caller("nobody") is None


async def test_a_reset_begins_anew(exchange: Exchange) -> None:
    owner, store, db = exchange.user("owner"), exchange.store("owner"), exchange.database("owner")
    token = exchange.users.create_authentication_token(owner, "laptop", 1)
    made = exchange.make_file("owner")
    await exchange.put(made.url, b"bytes")
    exchange.storage.create_data_store(owner, "Second")
    listener = exchange.storage.listen_upload(owner, made.upload_id)
    assert (await anext(listener)).upload_id == made.upload_id
    ended = asyncio.create_task(anext(listener, None))
    await asyncio.sleep(0)
    exchange.reset("shared-write")
    assert await asyncio.wait_for(ended, 5) is None
    assert exchange.service.caller(str(token.token_value)) is None
    assert exchange.storage.list_data_stores(exchange.user("owner")) == [store]
    assert exchange.series.list_databases(exchange.user("owner")) == [db]
    assert exchange.service.policy.shared_write
    assert await exchange.objects.head(made.item_id) is None
    with refused():
        await exchange.storage.get_data_store_file(exchange.user("owner"), made.item_id)
    writer = exchange.user("read_write")
    assert exchange.storage.create_data_store_file(
        writer, store.home_directory_id, store.data_store_id, "a", "csv"
    ).item_id
    exchange.reset()
    with refused():
        exchange.storage.create_data_store_file(
            exchange.user("read_write"), store.home_directory_id, store.data_store_id, "a", "csv"
        )


async def test_what_was_planned_before_a_reset_does_not_reach_beyond_it(
    exchange: Exchange,
) -> None:
    exchange.reset("late-confirmation")
    before = exchange.make_file("owner")
    await exchange.put(before.url, b"bytes")
    exchange.reset()
    after = exchange.make_file("owner")
    assert after.item_id == before.item_id
    exchange.advance(2_000_000)
    file = await exchange.storage.get_data_store_file(exchange.user("owner"), after.item_id)
    assert not file.s3_confirmed_upload


async def test_sql_answers_before_and_after_a_reset(exchange: Exchange) -> None:
    for _ in range(2):
        owner, db = exchange.user("owner"), exchange.database("owner")
        text = f'SELECT count(*) FROM "{db.database_name}"."{db.table_name}"'
        page = await exchange.sql.query(owner, db.time_series_db_id, text)
        assert '"ScalarValue":"0"' in page.result_json_string.replace(" ", "")
        with refused():
            await exchange.sql.query(exchange.user("outsider"), db.time_series_db_id, text)
        exchange.reset()
