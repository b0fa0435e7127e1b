"""The adapter of the exchange API, on the naive endpoint."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from conformance.failures import NotApplicable, Refused, Unreachable, UsageError
from conformance.mutants.exchange.population import TOKENS
from conformance.mutants.exchange.server import served
from conformance.oracles.exchange.appsync import broken
from conformance.oracles.exchange.records import measure, multi, single
from conformance.oracles.exchange.series import differing, queried, wrong_last_values
from conformance.oracles.exchange.times import sql
from conformance.oracles.exchange.upserts import Table
from conformance.report.exchange import readable
from conformance.run.cleaning import clean
from conformance.targets import journal
from conformance.targets.budget import Budget
from conformance.targets.exchange import (
    REFUSED,
    UNAUTHENTICATED,
    ExchangeTarget,
    GraphRefused,
    item_of,
    url_in,
)
from conformance.targets.exchange_api import EXCHANGE, Caretaker
from conformance.targets.exchange_session import (
    SHIPPED,
    tokens_of,
    url_of,
    websocket_url_of,
)
from conformance.targets.profile import ExchangeProfile, Services, Target
from conformance.tests.targets.exchange_target import described, target

STEP = 10**9


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[ExchangeTarget]:
    with target(tmp_path) as found:
        yield found


def test_a_file_goes_up_and_down(exchange):
    data = bytes(range(256)) * 300
    file = exchange.fresh_file(data, extension="tar.gz", description='a "b"\n\\c')
    assert (file.storage_size_bytes, file.s3_confirmed_upload) == (len(data), True)
    assert (file.file_extension, file.description) == ("tar.gz", 'a "b"\n\\c')
    assert exchange.download(file.data_store_file_id) == data
    assert exchange.download(exchange.fresh_file(b"").data_store_file_id) == b""
    assert exchange.delete_file(file.data_store_file_id).name == file.name
    with pytest.raises(GraphRefused) as refused:
        exchange.get_file(file.data_store_file_id)
    assert refused.value.code in REFUSED
    assert exchange.odd_errors == ()


def test_requests_at_presigned_urls(exchange):
    store = exchange.store()
    created = exchange.create_file(
        store=store.data_store_id, directory=store.home_directory_id, name=exchange.fresh_name()
    )
    url = url_in(created)
    exchange.objects.cut_upload(url, b"ab", promised=1000)
    assert exchange.objects.put(url + "0", b"x").status == 403
    assert exchange.objects.put(url, b"abcdef", chunked=True).status == 200
    down = url_in(exchange.download_url(item_of(created)))
    part = exchange.objects.get(down, headers=[("Range", "bytes=1-2")])
    assert part.status in (200, 206)
    assert exchange.objects.head(down).body == b""
    assert exchange.objects.request("DELETE", down).status == 403
    with pytest.raises(GraphRefused, match="URL of an object"):
        exchange.objects.get("ftp://127.0.0.1/x")
    text = "\n".join(readable(exchange.recorder.steps()))
    assert down.partition("?")[0] in text
    assert down.partition("?")[2] not in text


def test_what_is_published_is_what_the_model_says(exchange):
    database, asset, at = exchange.fresh_database(), exchange.fresh_asset(), exchange.recent_ns()
    id_, table = database.time_series_db_id, Table()
    records = [
        multi("m", [measure("SOC", "5.5"), measure("n", "7", "BIGINT")], at),
        single("P", "1.0", at, unit="SECONDS", dimensions={"phase": "A"}),
        single("P", "2.0", at + STEP, unit="NANOSECONDS"),
    ]
    table.publish(asset, records)
    (answer,) = exchange.with_variables.publish(id_, asset, records)
    assert answer.asset_id == asset
    again = single("P", "3.0", at + STEP)
    assert table.publish(asset, [again])[0].existing_version == 1
    with pytest.raises(GraphRefused) as refused:
        exchange.publish(id_, asset, [again])
    assert refused.value.rejected_records[0]["ExistingVersion"] == 1
    assert wrong_last_values(table, exchange.last_values(id_, asset), asset) is None
    for form in ("CSV", "JSON"):
        points = exchange.points(id_, {asset: ()}, at, at + STEP, max_rows=1, file_format=form)
        assert differing(queried(table, {asset: ()}, at, at + STEP), points.points) is None
    text = f'SELECT time, measure_value::double FROM {database.table} WHERE "assetId" = '
    found = exchange.sql(id_, text + f"'{asset}' AND measure_name = 'P' ORDER BY time", max_rows=1)
    assert found.typed() == [(at, 1.0), (at + STEP, 2.0)]
    assert found.rows[0][0] == sql(at)


def test_a_subscription_brings_events_of_its_own_alone(exchange):
    database, asset = exchange.fresh_database().time_series_db_id, exchange.fresh_asset()
    at = exchange.recent_ns()
    arguments = {"timeSeriesDbId": database, "assetId": asset}
    with exchange.subscribe("onTimeSeriesDbPublish", **arguments) as subscription:
        exchange.publish(database, exchange.fresh_asset(), [single("P", "1.0", at)])
        assert subscription.silent()
        exchange.publish(database, asset, [single("P", "2.0", at)])
        assert subscription.next().attribute("P").last_value == "2.0"
        assert subscription.stop()["id"] == subscription.id
        exchange.publish(database, asset, [single("P", "3.0", at + STEP)])
        assert subscription.silent()
        messages = subscription.socket.messages
    assert broken(messages, started=[subscription.id]) is None


def test_an_export_is_that_of_the_format_asked_for(exchange):
    database = exchange.fresh_database().time_series_db_id
    page = exchange.query_page(database, {"a": ()}, 0, 10**9)
    # The event of the first one is told again to whoever subscribes for the second.
    formats = ("JSON", "CSV")
    assert [exchange.export(database, page.query_id, f).file_type for f in formats] == [*formats]


def test_a_caller_may_be_given_more_time(exchange):
    patient = exchange.with_deadline(33.0)
    assert patient.caller.client.deadline_s == 33.0
    assert exchange.caller.client.deadline_s != 33.0
    assert patient.user() == exchange.user()


def test_the_protocol_can_be_said_word_by_word(exchange):
    database = exchange.database().time_series_db_id
    document = exchange.document("onTimeSeriesDbPublish", timeSeriesDbId=database, assetId="a")
    with exchange.socket() as socket:
        assert socket.subprotocol == "graphql-ws"
        socket.send({"type": "connection_init"})
        subscription = socket.subscribe(document)  # before the acknowledgement
        assert socket.acknowledged()["payload"]["connectionTimeoutMs"] > 0
        with pytest.raises(GraphRefused):
            socket.subscribe(document, id=subscription.id)
        assert socket.seen(lambda m: m["type"] == "never", within_s=0.01) is None
    shown = json.dumps(exchange.recorder.steps())
    assert "connection_init" in shown
    assert TOKENS["owner"] not in shown
    assert base64.b64encode(TOKENS["owner"].encode()).decode() not in shown


@pytest.mark.parametrize("header", [{"HOST": "x", "Authorization": "nobody"}, {"HOST": "x"}, None])
def test_a_bad_handshake_is_refused(exchange, header):
    with pytest.raises(GraphRefused), exchange.socket(header=header) as socket:
        socket.initiate()


def test_other_callers(exchange):
    reader, store = exchange.as_role("read_only"), exchange.fresh_store()
    common = exchange.common_collaborative("read_only").collaborative_id
    with pytest.raises(GraphRefused) as refused:
        reader.get_data_store(store.data_store_id)
    assert refused.value.kind == "Unauthorized"
    exchange.share(common, store.data_store_id)
    assert reader.get_data_store(store.data_store_id) == store
    exchange.unshare(common, store.data_store_id)
    with pytest.raises(GraphRefused):
        reader.get_data_store(store.data_store_id)
    made = exchange.create_token("t")
    assert exchange.with_token(made.token_value).user().user_id == exchange.me.user_id
    for token in (None, "", "unknown"):
        with pytest.raises(GraphRefused) as refused:
            exchange.with_token(token).user()
        assert (refused.value.code, refused.value.http_status) == (
            grpc.StatusCode.UNAUTHENTICATED,
            401,
        )
    shown = json.dumps(exchange.recorder.steps())
    assert made.token_value not in shown
    assert '"as": "nobody"' in shown


def test_what_others_have_shared_stays_shared(exchange):
    place, store = exchange.collaborative().collaborative_id, exchange.store().data_store_id
    exchange.caller.log.made.clear()
    exchange.share(place, store)
    exchange.caller.log.made.clear()  # as if somebody else had done it
    with pytest.raises(NotApplicable, match="not by this run"):
        exchange.unshare(place, store)
    exchange.share(place, store)
    exchange.close()
    assert store in {service.service_id for service in exchange.list_services(place)}


def test_anything_can_be_sent(exchange):
    assert exchange.post("{").errors
    reply = exchange.post({"query": "{ storage_listDataStores { name } }"}, headers=[])
    assert (reply.status, reply.has_data, reply.kinds) == (401, False, ("UnauthorizedException",))
    known = exchange.post(exchange.document("storage_listDataStores").body())
    assert known.data is not None
    assert not known.errors


def test_everything_made_is_removed_and_records_are_told(tmp_path):
    folder = tmp_path / "journal"
    with target(tmp_path) as exchange:
        store = exchange.fresh_store()
        inner = exchange.fresh_directory(store)
        exchange.fresh_file(store=store, directory=inner.data_store_directory_id)
        exchange.share(exchange.collaborative().collaborative_id, store.data_store_id)
        exchange.as_role("second_owner").fresh_file()
        asset, database = exchange.fresh_asset(), exchange.database().time_series_db_id
        exchange.publish(database, asset, [single("P", "1.0", exchange.recent_ns())])
        kept = exchange.shared("kept", exchange.fresh_store)
        created, left = journal.read(folder)
        assert len(left) == len(created) == 7
        exchange.close()
        created, left = journal.read(folder)
        assert {made.id for made in left} == {asset, kept.data_store_id}
        caretaker = Caretaker(exchange.session.target, Budget())
        caretaker.require()
        assert clean(folder, {"exchange": caretaker}, Budget()).residue == 0
        assert {made.id for made in journal.read(folder)[1]} == {asset}
        with pytest.raises(GraphRefused):
            exchange.get_data_store(kept.data_store_id)


def test_something_that_stays_is_counted(tmp_path):
    with target(tmp_path) as exchange:
        store = exchange.fresh_store()
        caretaker = Caretaker(exchange.session.target, Budget())
        (made,) = exchange.caller.log.made
        assert list(caretaker.look([made], None)) == [(made, True)]
        assert list(caretaker.look([made], 0)) == [(made, None)]
        exchange.delete_data_store(store.data_store_id)
        assert list(caretaker.look([made], None)) == [(made, False)]
        assert caretaker.remove(made)


def test_what_checks_make_is_not_taken_for_what_there_is(exchange):
    stranger = exchange.as_role("same_organization")
    stranger.fresh_store()
    stranger.fresh_database()
    with pytest.raises(NotApplicable, match="same_organization of the profile has no data store"):
        stranger.store()
    with pytest.raises(NotApplicable, match="has no database"):
        stranger.database()
    with pytest.raises(NotApplicable, match="is in no collaborative"):
        stranger.collaborative()


def test_nothing_is_written_where_it_must_not_be(tmp_path):
    with target(tmp_path, writes=False) as exchange:
        for act in (
            exchange.fresh_file,
            exchange.fresh_store,
            lambda: exchange.post("mutation { x }"),
            lambda: exchange.objects.put("http://127.0.0.1:1/x", b""),
        ):
            with pytest.raises(NotApplicable, match="writes not allowed"):
                act()
        assert exchange.last_values(exchange.database().time_series_db_id) == {}
        assert journal.read(tmp_path / "journal") == (set(), set())


def test_conditions_of_checks(tmp_path):
    tokens = {"owner": TOKENS["owner"]}
    with target(tmp_path, tokens=tokens, sql="none", administration=False) as exchange:
        session = exchange.session
        assert session.lacks("owner") is None
        for condition in EXCHANGE.needs - {"owner"}:
            assert session.lacks(condition)
        with pytest.raises(NotApplicable, match="no token for the role read_only"):
            exchange.as_role("read_only")
        with pytest.raises(Refused):
            exchange.get_data_store(exchange.absent("dataStore"))


def test_addresses_and_tokens_of_a_target():
    plain = Target(http="http://a.test:8080/", services=Services(exchange=ExchangeProfile()))
    assert url_of(plain) == "http://a.test:8080/graphql"
    assert websocket_url_of(plain) == "ws://a.test:8080/graphql"
    real = described("https://x.appsync-api.us-west-2.amazonaws.com/graphql")
    assert websocket_url_of(real) == "wss://x.appsync-realtime-api.us-west-2.amazonaws.com/graphql"
    named = described("http://a.test/graphql", websocket_url="ws://b.test/ws")
    assert websocket_url_of(named) == "ws://b.test/ws"
    with pytest.raises(UsageError, match="no address of the exchange API"):
        url_of(Target())
    assert tokens_of(plain, ExchangeProfile()) == SHIPPED
    sent = plain.model_copy(update={"metadata": {"authorization": "T"}})
    assert tokens_of(sent, ExchangeProfile()) == {"owner": "T"}


def test_a_target_that_cannot_be_judged():
    nobody = Caretaker(described("http://127.0.0.1:1/graphql"), Budget())
    with pytest.raises(Unreachable, match="does not answer"):
        nobody.require()
    assert not nobody.alive(0.2)
    with served() as url:
        with pytest.raises(UsageError, match="refuses the token of the owner; give services"):
            Caretaker(described(url, tokens={}), Budget()).require()
        with pytest.raises(UsageError, match="is no GraphQL endpoint"):
            Caretaker(described(f"{url}/nothing"), Budget()).require()


def test_families_of_errors():
    assert not REFUSED & UNAUTHENTICATED
    assert grpc.StatusCode.NOT_FOUND in REFUSED
    assert grpc.StatusCode.INTERNAL not in REFUSED
