from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.tests.services.exchange.series.api import (
    OUTSIDER,
    OWNER,
    READER,
    Api,
    multi,
    refusal,
    single,
)


def test_an_empty_database_has_an_empty_page() -> None:
    api = Api()
    page = api.series.last_values(READER, api.db)
    assert (page.data, page.next_token, page.query_progress_percentage) == ([], None, 100.0)
    assert page.query_id
    assert page.client_token


def test_all_is_on_one_page() -> None:
    api = Api()
    api.publish("b", multi({"V": "1", "A": "2"}))
    api.publish("a", single("3", "V", time=1))
    page = api.series.last_values(OWNER, api.db)
    found = [(asset.asset_id, [each.name for each in asset.attributes]) for asset in page.data]
    assert found == [("a", ["V"]), ("b", ["A", "V"])]
    assert not page.data[0].attributes[0].data


@settings(max_examples=30)
@given(st.integers(0, 7), st.integers(1, 8), st.booleans())
def test_pages_hold_each_asset_once_whatever_is_published_meanwhile(count, size, late) -> None:
    api = Api(last_values_page_assets=size)
    for number in range(count):
        api.publish(f"a{number}", single("1"))
    found, token, client_token, progress = [], None, None, 0.0
    for number in range(count + 3):
        page = api.series.last_values(OWNER, api.db, token, client_token)
        found += [asset.asset_id for asset in page.data]
        assert page.result_chunk_index == number
        assert len(page.data) <= size
        assert page.query_progress_percentage >= progress or late
        progress, token, client_token = (
            page.query_progress_percentage,
            page.next_token,
            page.client_token,
        )
        if late and number == 0:
            api.publish("a", single("1"))
            api.publish("b", single("1"))
        if token is None:
            break
    assert progress == 100.0
    assert found == sorted(set(found))
    assert {f"a{number}" for number in range(count)} <= set(found)


def test_tokens_belong_to_their_user_and_database() -> None:
    api = Api(last_values_page_assets=1)
    for asset_id in "ab":
        api.publish(asset_id, single("1"))
    page = api.series.last_values(OWNER, api.db, client_token="mine")
    assert page.client_token == "mine"
    token = page.next_token
    assert token is not None
    other = api.series.create_database("owner", "other").time_series_db_id
    for caller, db, next_token, client_token in [
        (READER, api.db, token, None),
        (OWNER, other, token, None),
        (OWNER, api.db, token[:-1] + "!", None),
        (OWNER, api.db, token, "another"),
        (OWNER, api.db, api.signer.sign(["something else"]), None),
    ]:
        with refusal("InvalidPaginationToken"):
            api.series.last_values(caller, db, next_token, client_token)
    assert [a.asset_id for a in api.series.last_values(OWNER, api.db, token, "mine").data] == ["b"]


def test_client_tokens_are_short_ascii() -> None:
    api = Api()
    for client_token in ("", "x" * 65, "ü"):
        with refusal("ValidationError", "clientToken"):
            api.series.last_values(OWNER, api.db, None, client_token)
    with refusal("Unauthorized"):
        api.series.last_values(OUTSIDER, api.db)
