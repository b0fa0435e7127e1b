from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.services.exchange.series import CallStatus
from simulator.tests.services.exchange.series.api import (
    OUTSIDER,
    OWNER,
    READER,
    Api,
    multi,
    refusal,
    single,
)


def filled(count: int = 5, **policy) -> Api:
    api = Api(**policy)
    for time in range(count):
        api.publish("a1", multi({"V": "1", "A": "2"}, time=time))
    return api


async def found(api: Api, page) -> list[tuple[str, str, str, str]]:
    """Asset, attribute, time and value of each point, as the export of a query has them."""
    _, text = await api.exported(page.query_id)
    lines = [line.split(",") for line in text.splitlines()[1:]]
    return [(asset_id, name, time, value) for asset_id, _, name, _, time, value in lines]


async def test_a_query_finds_the_points_of_an_interval_with_both_ends() -> None:
    api = filled()
    page = api.query(
        "a1",
        "unknown",
        start_time="1970-01-01T00:00:00.001Z",
        end_time="1970-01-01T01:00:00.003+01:00",
    )
    assert (page.next_token, page.query_progress_percentage) == (None, 100.0)
    times = [f"1970-01-01T00:00:00.00{n}Z" for n in (1, 2, 3)]
    expected = [("a1", "A", time, "2.0") for time in times]
    assert await found(api, page) == expected + [("a1", "V", time, "1.0") for time in times]


async def test_the_end_can_be_left_out() -> None:
    api = filled(end_inclusive=False)
    at = "1970-01-01T00:00:00.003Z"
    assert await found(api, api.query("a1", start_time=at, end_time=at)) == []


@pytest.mark.parametrize(
    ("assets", "attributes"),
    [
        ([{"assetId": "a1", "attributeNamesFilter": ["v", "nothing"]}], ["V"]),
        ([{"assetId": "a1", "attributeNamesFilter": []}], ["A", "V"]),
        ([{"assetId": "a1", "attributeNamesFilter": None}], ["A", "V"]),
        ([{"assetId": "a1", "attributeNamesFilter": [name]} for name in "VA"], ["A", "V"]),
        ([{"assetId": "a1"}, {"assetId": "a1", "attributeNamesFilter": ["V"]}], ["A", "V"]),
        ([{"assetId": "a2"}], []),
        ([], []),
    ],
)
async def test_a_filter_names_assets_and_attributes(assets, attributes) -> None:
    api = filled(1)
    points = await found(api, api.query(assets=assets))
    assert [name for _, name, _, _ in points] == attributes


async def test_the_newest_rows_of_each_attribute() -> None:
    api = filled()
    page = api.query("a1", query_type="LAST_X_ROWS", start_time=None, end_time=None, max_rows=2)
    assert page.next_token is None
    times = [time[-4:-1] for _, _, time, _ in await found(api, page)]
    assert times == ["003", "004"] * 2


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 12))
def test_pages_share_a_query_and_end_at_100_percent(size) -> None:
    api = filled()
    page, progress, number = api.query("a1", max_rows=size), 0.0, 0
    query_id = page.query_id
    while True:
        assert (page.query_id, page.result_chunk_index) == (query_id, number)
        assert page.query_progress_percentage > progress
        progress, number = page.query_progress_percentage, number + 1
        if page.next_token is None:
            break
        assert progress < 100.0
        page = api.query(
            "a1",
            max_rows=size,
            next_token=page.next_token,
            client_token=page.client_token,
            query_string=page.query_string,
        )
    assert (progress, number) == (100.0, -(-10 // size))


async def test_later_points_do_not_show_in_a_query() -> None:
    api = filled()
    page = api.query("a1", max_rows=4)
    before = await found(api, page)
    api.publish("a1", multi({"V": "7", "A": "7"}, time=1, Version=2), single("1", "B"))
    api.query("a1", max_rows=4, next_token=page.next_token)
    assert await found(api, page) == before


def test_a_token_alone_goes_on() -> None:
    api = filled()
    page = api.query("a1", max_rows=4)
    arguments = {"query_type": "NEXT_TOKEN", "start_time": None, "end_time": None}
    assert api.query(next_token=page.next_token, **arguments).result_chunk_index == 1
    with refusal("ValidationError", "nextToken"):
        api.query(**arguments)


def test_a_token_belongs_to_one_query() -> None:
    api = filled()
    token = api.query("a1", max_rows=4).next_token
    assert token is not None
    other = api.series.create_database("owner", "other").time_series_db_id
    with refusal("InvalidPaginationToken"):
        arguments = {"assets": [], "next_token": token}
        api.series.query(READER, api.db, "NEXT_TOKEN", **arguments)
    with refusal("InvalidPaginationToken"):
        api.series.query(OWNER, other, "NEXT_TOKEN", **arguments)
    for change in (
        {"max_rows": 5},
        {"max_rows": 4, "end_time": "2099-01-01T00:00:00Z"},
        {"max_rows": 4, "assets": [{"assetId": "a2"}]},
        {"max_rows": 4, "query_string": "SELECT 1"},
        {"max_rows": 4, "client_token": "another"},
        {"max_rows": 4, "next_token": token.swapcase()},
        {"max_rows": 4, "next_token": api.signer.sign(["last values", "x", 1])},
        {"max_rows": 4, "query_type": "LAST_X_ROWS"},
    ):
        with refusal("InvalidPaginationToken"):
            api.query("a1", **{"next_token": token, **change})
    assert api.query("a1", max_rows=4, next_token=token).result_chunk_index == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"start_time": None}, "startTime"),
        ({"end_time": None}, "endTime"),
        ({"start_time": "yesterday"}, "startTime"),
        ({"end_time": "2022-02-30T00:00:00Z"}, "endTime"),
        ({"end_time": "2300-01-01T00:00:00Z"}, "endTime"),
        ({"start_time": "2001-01-01T00:00:00Z", "end_time": "2000-01-01T00:00:00Z"}, "endTime"),
        ({"max_rows": 0}, "maxRows"),
        ({"query_type": "LAST_X_ROWS"}, "maxRows"),
        ({"client_token": "x" * 65}, "clientToken"),
    ],
)
def test_impossible_queries_are_refused(change, field) -> None:
    with refusal("ValidationError", field):
        filled(1).query("a1", **change)


def test_a_query_has_so_many_points() -> None:
    assert filled(max_query_points=10).query("a1").query_progress_percentage == 100.0
    with refusal("LimitExceeded", "at most 9 points"):
        filled(max_query_points=9).query("a1")


def test_the_oldest_queries_give_way() -> None:
    for policy in ({"max_kept_queries": 2}, {"max_kept_points": 25}):
        api = filled(**policy)
        tokens = [api.query("a1", max_rows=4).next_token for _ in range(3)]
        with refusal("InvalidPaginationToken"):
            api.query("a1", max_rows=4, next_token=tokens[0])
        assert api.query("a1", max_rows=4, next_token=tokens[1]).result_chunk_index == 1


async def test_a_cancelled_query_ends_and_exports_what_was_read() -> None:
    api = filled()
    page = api.query("a1", max_rows=3)
    page = api.query("a1", max_rows=3, next_token=page.next_token)
    assert api.series.cancel(OWNER, api.db, page.query_id) == CallStatus(http_status_code=200)
    assert api.series.cancel(OWNER, api.db, page.query_id).http_status_code == 200
    with refusal("InvalidPaginationToken", "cancelled"):
        api.query("a1", max_rows=3, next_token=page.next_token)
    assert len(await found(api, page)) == 6


def test_cancelling_what_is_not_running_is_answered_with_a_status() -> None:
    api = filled()
    page = api.query("a1")
    done = api.series.cancel(OWNER, api.db, page.query_id)
    assert done == replace(done, http_status_code=409)
    assert done.error_message
    assert api.series.cancel(OWNER, api.db, "query-unknown").http_status_code == 404
    assert api.series.cancel(READER, api.db, page.query_id).http_status_code == 404
    with refusal("Unauthorized"):
        api.series.cancel(OUTSIDER, api.db, page.query_id)


def test_what_clients_send_back_needs_no_escaping() -> None:
    page = filled(1).query(assets=[{"assetId": 'a"\\\n', "attributeNamesFilter": ['"']}])
    assert not set('"\\\n') & set(page.query_string + page.client_token)
