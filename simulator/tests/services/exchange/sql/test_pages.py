"""Pages of a result: whole, in order, of one moment; tokens that fit nothing else."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.services.exchange.errors import ExchangeError
from simulator.tests.services.exchange.sql.asking import Asking
from simulator.tests.services.exchange.sql.tables import START, site

T = '"db"."t"'
ALL = f"SELECT assetId, time, measure_name FROM {T} ORDER BY assetId, time, measure_name"


def service(**policy: Any) -> Asking:
    return Asking({"db-1": site(), "db-2": site()}, threads=1, **policy)


@settings(max_examples=12)
@given(st.integers(1, 30))
async def test_pages_together_are_the_whole_result(max_rows: int) -> None:
    asking = service()
    whole = await asking.rows(ALL)
    pages = await asking.walk(ALL, max_rows)
    asking.queries.close()
    assert [row for page in pages for row in page] == whole
    assert all(len(page) == max_rows for page in pages[:-1])
    assert 0 < len(pages[-1]) <= max_rows


async def test_one_query_has_one_id_and_progress_that_ends_at_100() -> None:
    asking = service()
    first = await asking.answer(ALL, max_rows=20)
    last = await asking.answer(ALL, max_rows=20, next_token=first["NextToken"])
    assert first["QueryId"] == last["QueryId"]
    progress = [page["QueryStatus"]["ProgressPercentage"] for page in (first, last)]
    assert progress == [80.0, 100.0]
    assert "NextToken" not in last
    assert (await asking.answer(ALL))["QueryId"] != first["QueryId"]


async def test_a_page_can_be_asked_for_again() -> None:
    asking = service()
    token = (await asking.answer(ALL, max_rows=10))["NextToken"]
    pages = [await asking.rows(ALL, max_rows=10, next_token=token) for _ in range(2)]
    assert pages[0] == pages[1]


async def test_later_pages_show_the_moment_of_the_first() -> None:
    table = site()
    asking = Asking({"db-1": table})
    first = await asking.answer(ALL, max_rows=20)
    table.add(assetId="a0", measure_name="power", time=START)
    table.update(24, assetId="zz")
    last = await asking.rows(ALL, max_rows=20, next_token=first["NextToken"])
    assert len(last) == 5
    assert last[-1][0] == "m2"
    assert len(await asking.rows(ALL)) == 26


@pytest.mark.parametrize(
    "other",
    [
        {"user": "u2"},
        {"db": "db-2"},
        {"max_rows": 11},
        {"max_rows": None},
        {"query": ALL + " "},
        {"token": "x"},
        {"token": ""},
        {"cut": True},
    ],
)
async def test_a_token_fits_only_its_own_request(other: dict[str, Any]) -> None:
    asking = service()
    token = (await asking.answer(ALL, max_rows=10))["NextToken"]
    how = {"user": "u1", "db": "db-1", "max_rows": 10, "query": ALL, "token": token} | other
    token = how["token"][:-1] if other.get("cut") else how["token"]
    with pytest.raises(ExchangeError) as refused:
        await asking.page(
            how["query"],
            user=how["user"],
            db=how["db"],
            max_rows=how["max_rows"],
            next_token=token,
        )
    assert refused.value.kind == "InvalidPaginationToken"


async def test_tokens_expire_by_the_worlds_clock() -> None:
    asking = service(result_lifetime_s=60)
    token = (await asking.answer(ALL, max_rows=10))["NextToken"]
    asking.now_ns += 60 * 10**9
    assert len(await asking.rows(ALL, max_rows=10, next_token=token)) == 10
    asking.now_ns += 10**9
    with pytest.raises(ExchangeError, match="expired"):
        await asking.page(ALL, max_rows=10, next_token=token)


async def test_the_result_asked_for_longest_ago_goes_first() -> None:
    asking = service(results_kept=2)
    tokens = [(await asking.answer(ALL, max_rows=10))["NextToken"] for _ in range(2)]
    other = (await asking.answer(ALL, max_rows=10, user="u2"))["NextToken"]
    await asking.page(ALL, max_rows=10, next_token=tokens[0])
    await asking.page(ALL, max_rows=10)
    assert await asking.rows(ALL, max_rows=10, next_token=tokens[0])
    assert await asking.rows(ALL, max_rows=10, next_token=other, user="u2")
    with pytest.raises(ExchangeError, match="expired"):
        await asking.page(ALL, max_rows=10, next_token=tokens[1])


async def test_empty_pages_come_first_where_the_policy_says_so() -> None:
    asking = service(empty_pages=2)
    pages = await asking.walk(ALL, 20)
    assert [len(page) for page in pages] == [0, 0, 20, 5]
    assert [len(page) for page in await asking.walk("SELECT 1 WHERE false", 5)] == [0, 0, 0]


async def test_pages_are_cut_where_they_grow_too_large() -> None:
    asking = service(page_bytes=1000)
    pages = await asking.walk(ALL, 25)
    assert len(pages) > 1
    assert sum(map(len, pages)) == 25
    with pytest.raises(ExchangeError) as refused:
        await asking.page("SELECT array_join(repeat('x', 2000), '')")
    assert refused.value.kind == "LimitExceeded"


@pytest.mark.parametrize("max_rows", [0, -1, 1001])
async def test_max_rows_is_bounded(max_rows: int) -> None:
    with pytest.raises(ExchangeError, match="maxRows") as refused:
        await service().page(ALL, max_rows=max_rows)
    assert refused.value.kind == "ValidationError"


async def test_a_page_without_max_rows_has_as_many_as_the_bound_allows() -> None:
    pages = await service(max_rows=7).walk(ALL, 7)
    assert len(pages) == 4
    assert len(await service(max_rows=7).rows(ALL)) == 7


async def test_client_tokens_come_back_or_are_made() -> None:
    asking = service()
    assert (await asking.page(ALL, client_token="mine")).client_token == "mine"
    made = (await asking.page(ALL)).client_token
    assert 0 < len(made) <= 64
    assert made.isascii()
    for bad in ("", "x" * 129, "ü"):
        with pytest.raises(ExchangeError, match="clientToken"):
            await asking.page(ALL, client_token=bad)


async def test_status_counts_what_is_scanned() -> None:
    status = (await service().answer(f"SELECT SOC FROM {T}"))["QueryStatus"]
    assert status["CumulativeBytesScanned"] == 25 * 8
    assert status["CumulativeBytesMetered"] == 10_000_000
