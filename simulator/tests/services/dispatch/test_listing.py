from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.services.errors import Code, ServiceError
from simulator.services.pages import PAGE_BYTES

from .api import GRID, Api, at

FIELDS = {"start_time": 1, "create_time": 2, "update_time": 3}
ASCENDING, DESCENDING = 1, 2


def filled(count, **fields):
    api = Api()
    for _ in range(count):
        api.create(**fields)
    return api


def token(reply):
    info = reply.pagination_info
    return info.next_page_token if info.HasField("next_page_token") else None


def walk(api, size, between=lambda: None, **fields):
    """All pages, as lists of ids, each later one asked for with the token alone."""
    reply = api.list(pagination_params={"page_size": size}, **fields)
    pages = [[d.metadata.dispatch_id for d in reply.dispatches]]
    while (next_token := token(reply)) is not None:
        between()
        reply = api.list(pagination_params={"page_token": next_token})
        pages.append([d.metadata.dispatch_id for d in reply.dispatches])
    return pages


def flat(pages):
    return list(chain.from_iterable(pages))


def refused(api, match, **fields):
    with pytest.raises(ServiceError, match=match) as caught:
        api.list(**fields)
    assert caught.value.code is Code.INVALID_ARGUMENT


class TestOrder:
    def test_newest_first_by_default(self, either):
        for _ in range(5):
            either.create()
            either.clock.advance(1)
        assert either.ids() == [5, 4, 3, 2, 1]
        assert either.ids(sort_options={}) == [5, 4, 3, 2, 1]

    @pytest.mark.parametrize("field", FIELDS)
    @pytest.mark.parametrize("order", [ASCENDING, DESCENDING])
    def test_each_field_in_each_order(self, api, field, order):
        for start in (50, 10, 30, 10):
            api.create(start_time=at(start))
            api.clock.advance(1_000_000)
        api.update(2, ["is_active"])
        ascending = {
            "start_time": [2, 4, 3, 1],
            "create_time": [1, 2, 3, 4],
            "update_time": [1, 3, 4, 2],
        }[field]
        options = {"sort_field": FIELDS[field], "sort_order": order}
        assert api.ids(sort_options=options) == (
            ascending if order == ASCENDING else ascending[::-1]
        )

    def test_half_options_are_completed(self, api):
        for start in (30, 10):
            api.create(start_time=at(start))
            api.clock.advance(1)
        assert api.ids(sort_options={"sort_field": FIELDS["start_time"]}) == [1, 2]
        assert api.ids(sort_options={"sort_order": ASCENDING}) == [1, 2]

    @pytest.mark.parametrize("options", [{"sort_field": 99}, {"sort_order": 99}])
    def test_undefined_numbers_are_refused(self, api, options):
        refused(api, "sort_options", sort_options=options)

    def test_equal_keys_keep_their_order_over_pages(self):
        api = filled(20, start_time=at(60))
        options = {"sort_field": FIELDS["start_time"], "sort_order": ASCENDING}
        assert flat(walk(api, 3, sort_options=options)) == list(range(1, 21))


class TestSizes:
    @pytest.mark.parametrize("size", [1, 2, 7, 22, 23, 24, 2**32 - 1])
    def test_pages_hold_as_many_as_asked_for(self, size):
        api = filled(23)
        pages = walk(api, size)
        assert flat(pages) == list(range(23, 0, -1))
        assert all(len(page) == min(size, 23) for page in pages[:-1])

    def test_without_a_size_there_is_a_default(
        self,
    ):
        reply = filled(120).list()
        assert len(reply.dispatches) == 100
        assert token(reply) is not None

    def test_huge_sizes_are_clamped(self):
        reply = filled(1005).list(pagination_params={"page_size": 2**32 - 1})
        assert len(reply.dispatches) == 1000
        assert reply.pagination_info.total_items == 1005

    def test_large_dispatches_make_short_pages(self):
        api = filled(9, type="x" * 700_000)
        request = api.request("list", microgrid_id=GRID)
        assert len(api.service.list(request)) < PAGE_BYTES + 2**20
        pages = walk(api, 100)
        assert flat(pages) == list(range(9, 0, -1))
        assert [len(page) for page in pages] == [4, 4, 1]

    def test_an_empty_list_has_neither_token_nor_total(self, api):
        reply = api.list(pagination_params={"page_size": 3})
        assert reply.HasField("pagination_info")
        assert reply.pagination_info.total_items == 0
        assert token(reply) is None

    @settings(max_examples=40)
    @given(st.integers(0, 12), st.integers(1, 14))
    def test_a_walk_is_the_list(self, count, size):
        api = filled(count)
        assert flat(walk(api, size)) == api.ids()


class TestTokens:
    def test_totals_are_the_same_on_each_page(self):
        api = filled(5)
        first = api.list(pagination_params={"page_size": 2})
        second = api.list(pagination_params={"page_token": token(first)})
        assert first.pagination_info.total_items == second.pagination_info.total_items == 5

    def test_a_token_used_twice_gives_the_same_page(self):
        api = filled(5)
        params = {"page_token": token(api.list(pagination_params={"page_size": 2}))}
        assert api.list(pagination_params=params) == api.list(pagination_params=params)

    def test_filter_order_and_size_may_be_repeated_or_left_out(self):
        api = filled(9)
        api.create(is_active=False)
        asked = {
            "filter": {"is_active": True},
            "sort_options": {"sort_field": 1, "sort_order": ASCENDING},
        }
        first = api.list(pagination_params={"page_size": 4}, **asked)
        params = {"page_token": token(first)}
        alone = api.list(pagination_params=params)
        assert alone == api.list(pagination_params=params, **asked)
        assert alone == api.list(pagination_params=params, filter={}, sort_options={})
        assert [d.metadata.dispatch_id for d in alone.dispatches] == [5, 6, 7, 8]

    def test_a_default_order_may_be_spelled_out(self):
        api = filled(3)
        params = {"page_token": token(api.list(pagination_params={"page_size": 1}))}
        options = {"sort_field": 2, "sort_order": DESCENDING}
        assert api.ids(pagination_params=params, sort_options=options) == [2]

    @pytest.mark.parametrize(
        ("other", "text"),
        [
            ({"filter": {"is_active": False}}, "another filter"),
            ({"filter": {"queries": ["t"]}}, "another filter"),
            ({"sort_options": {"sort_field": 3}}, "another order"),
            ({"sort_options": {"sort_order": ASCENDING}}, "another order"),
            ({"microgrid_id": 6}, "another microgrid"),
        ],
    )
    def test_another_query_is_refused(self, other, text):
        api = filled(5)
        api.create(microgrid_id=6)
        first = api.list(pagination_params={"page_size": 2}, filter={"is_active": True})
        refused(api, text, pagination_params={"page_token": token(first)}, **other)

    @pytest.mark.parametrize("bad", ["x", "0", "A" * 50, "ä", "=" * 9, "A" * 100_000, "🙂"])
    def test_garbage_is_refused(self, bad):
        refused(filled(3), "not a token of this server", pagination_params={"page_token": bad})

    def test_any_altered_character_is_refused(self):
        api = filled(3)
        good = token(api.list(pagination_params={"page_size": 1}))
        for place, letter in enumerate(good):
            other = "B" if letter == "A" else "A"
            altered = good[:place] + other + good[place + 1 :]
            refused(api, "not a token", pagination_params={"page_token": altered})
        refused(api, "not a token", pagination_params={"page_token": good[:-1]})
        refused(api, "not a token", pagination_params={"page_token": good + "A"})

    def test_an_empty_token_is_page_one(self):
        api = filled(3)
        assert api.ids(pagination_params={"page_token": ""}) == [3, 2, 1]

    def test_a_long_filter_has_to_be_repeated(self):
        api = filled(6)
        # Numbers that do not compress, so that the token cannot carry them.
        long = {"dispatch_ids": [*range(1, 7), *(n * n * 2**40 + n for n in range(7, 1000))]}
        first = api.list(pagination_params={"page_size": 4}, filter=long)
        params = {"page_token": token(first)}
        refused(api, "too long to travel", pagination_params=params)
        assert api.ids(pagination_params=params, filter=long) == [2, 1]
        shorter = {"dispatch_ids": long["dispatch_ids"][:-1]}
        refused(api, "another filter", pagination_params=params, filter=shorter)

    def test_tokens_outlive_a_restart_with_the_same_secret(self):
        before, after = filled(5), filled(5)
        params = {"page_token": token(before.list(pagination_params={"page_size": 2}))}
        assert after.ids(pagination_params=params) == [3, 2]

    def test_a_token_outlives_its_anchor(self):
        api = filled(5)
        params = {"page_token": token(api.list(pagination_params={"page_size": 2}))}
        api.delete(4)
        assert api.ids(pagination_params=params) == [3, 2]

    def test_both_on_the_wire_the_last_one_counts(self):
        api = filled(5)
        request = api.request("list", microgrid_id=GRID, pagination_params={"page_size": 2})
        next_token = token(api.call("list", request)).encode()
        size, text = (
            b"\x08\x01",
            b"\x12" + bytes([len(next_token) & 127 | 128, len(next_token) >> 7]),
        )
        both = size + text + next_token
        raw = b"\x08\x05" + b"\x22" + bytes([len(both) & 127 | 128, len(both) >> 7]) + both
        reply = api.call("list", type(request).FromString(raw))
        assert [d.metadata.dispatch_id for d in reply.dispatches] == [3, 2]

    @settings(max_examples=40)
    @given(st.data())
    def test_what_exists_throughout_is_met_once(self, data):
        api = filled(12)
        doomed = set(data.draw(st.lists(st.integers(1, 12), max_size=6)))
        left = list(doomed)

        def disturb():
            if left:
                api.delete(left.pop())
            api.clock.advance(1)
            api.create()

        met = flat(walk(api, data.draw(st.integers(1, 5)), disturb))
        assert len(met) == len(set(met))
        assert set(range(1, 13)) - doomed <= set(met)
