import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.services.errors import Code, ServiceError

from .api import DAY_S, HOUR_S, NOW_S, Api, at

IDS = {"component_ids": {"ids": [1, 2]}}
BATTERIES = {"component_categories": {"categories": [5]}}
BATTERY_PAIRS = {"component_categories_types": {"categories": [{"category": 5}]}}


def number(dispatch):
    return dispatch.metadata.dispatch_id


def found(api, **filter_):
    return sorted(api.ids(filter=filter_))


def test_no_filter_and_an_empty_one_find_everything(either):
    kept = [number(either.create(is_active=active)) for active in (True, False)]
    assert sorted(either.ids()) == found(either) == kept


def test_other_microgrids_are_never_found(api):
    mine = number(api.create())
    api.create(microgrid_id=6)
    assert found(api) == [mine]
    assert found(api, dispatch_ids=[1, 2]) == [mine]


@pytest.mark.parametrize("flag", ["is_active", "is_dry_run"])
def test_flags_have_three_states(either, flag):
    on, off = (number(either.create(**{flag: value})) for value in (True, False))
    assert found(either, **{flag: True}) == [on]
    assert found(either, **{flag: False}) == [off]
    assert found(either) == [on, off]


def test_recurring_is_what_has_a_frequency(either):
    ruled = number(either.create(recurrence={"freq": 3}))
    plain = number(either.create())
    empty = number(either.create(recurrence={}))
    assert found(either, is_recurring=True) == [ruled]
    assert found(either, is_recurring=False) == [plain, empty]
    assert found(either, filter={}) == [ruled, plain, empty]


class TestIntervals:
    def test_starts_are_half_open(self, api):
        early, late = (number(api.create(start_time=at(s))) for s in (100, 200))

        def within(**bounds):
            return found(api, start_time_interval=bounds)

        assert within(start_time=at(100), end_time=at(200)) == [early]
        assert within(start_time=at(100)) == [early, late]
        assert within(start_time=at(100, 1)) == [late]
        assert within(end_time=at(200)) == [early]
        assert within(end_time=at(200, 1)) == [early, late]
        assert within() == [early, late]
        assert within(start_time=at(200), end_time=at(100)) == []

    def test_generation_0_15_names_the_bounds_from_and_to(self):
        api = Api(generation="0.15")
        early, _ = (number(api.create(start_time=at(s))) for s in (100, 200))
        assert found(api, start_time_interval={"from": at(100), "to": at(200)}) == [early]

    def test_ends_are_those_of_the_last_occurrence(self, api):
        rule = {"freq": 3, "end_criteria": {"count": 3}}
        ruled = number(api.create(duration=60, recurrence=rule))
        last_s = HOUR_S + 2 * DAY_S + 60
        near = {"start_time": at(last_s), "end_time": at(last_s + 1)}
        assert found(api, end_time_interval=near) == [ruled]
        assert found(api, end_time_interval={"end_time": at(HOUR_S + DAY_S)}) == []

    def test_without_an_end_only_an_upper_bound_drops(self, api):
        endless = number(api.create())
        assert found(api, end_time_interval={"start_time": at(10**6)}) == [endless]
        assert found(api, end_time_interval={"end_time": at(10**6)}) == []
        assert found(api, end_time_interval={}) == [endless]

    def test_updates_are_those_of_the_last_update(self, api):
        first, second = (number(api.create()) for _ in range(2))
        api.clock.advance(5_000_000)
        api.update(first, ["is_active"])
        assert found(api, update_time_interval={"start_time": at(5)}) == [first]
        assert found(api, update_time_interval={"end_time": at(5)}) == [second]

    @pytest.mark.parametrize("bound", ["start_time", "end_time"])
    @pytest.mark.parametrize("bad", [{"seconds": 2**60}, {"nanos": -1}])
    def test_impossible_bounds_are_refused(self, api, bound, bad):
        with pytest.raises(ServiceError, match=rf"filter\.start_time_interval\.{bound}") as caught:
            found(api, start_time_interval={bound: bad})
        assert caught.value.code is Code.INVALID_ARGUMENT


class TestTargets:
    def test_equal_sets_are_found_and_other_kinds_are_not(self, api):
        kept = [number(api.create(target=target)) for target in (IDS, BATTERIES, BATTERY_PAIRS)]
        for target, dispatch in zip((IDS, BATTERIES, BATTERY_PAIRS), kept, strict=True):
            assert found(api, targets=[target]) == [dispatch]

    def test_sets_are_found_when_they_meet(self, api):
        kept = number(api.create(target={"component_ids": {"ids": [3, 1]}}))
        assert found(api, targets=[{"component_ids": {"ids": [1, 9]}}]) == [kept]
        assert found(api, targets=[{"component_ids": {"ids": [2, 9]}}]) == []

    def test_several_are_alternatives(self, api):
        ids, batteries = (number(api.create(target=target)) for target in (IDS, BATTERIES))
        assert found(api, targets=[IDS, BATTERIES]) == [ids, batteries]

    def test_empty_sets_equal_empty_sets(self, api):
        empty = {"component_ids": {}}
        kept = number(api.create(target=empty))
        api.create()
        assert found(api, targets=[empty]) == [kept]

    def test_sub_types_belong_to_the_pair(self, api):
        typed = {"component_categories_types": {"categories": [{"category": 5, "battery": 1}]}}
        kept = number(api.create(target=typed))
        assert found(api, targets=[typed]) == [kept]
        assert found(api, targets=[BATTERY_PAIRS]) == []

    def test_a_target_without_variant_is_refused(self, api):
        with pytest.raises(ServiceError, match=r"filter\.targets"):
            found(api, targets=[IDS, {}])


class TestIdsAndQueries:
    def test_ids_are_alternatives_and_unknown_ones_find_nothing(self, api):
        kept = [number(api.create()) for _ in range(3)]
        assert found(api, dispatch_ids=[kept[2], 99, kept[0], kept[0]]) == [kept[0], kept[2]]
        assert found(api, dispatch_ids=[99]) == []

    def test_a_number_sign_names_one_id(self, api):
        for _ in range(40):
            api.create()
        assert found(api, queries=["#4"]) == [4]
        assert found(api, queries=["#4", "#40"]) == [4, 40]

    def test_text_is_a_substring_of_the_type(self, api):
        kept = [number(api.create(type=kind)) for kind in ("foobar", "Bar", "#abc", "#²")]
        assert found(api, queries=["bar"]) == [kept[0]]
        assert found(api, queries=["bar", "Bar"]) == kept[:2]
        assert found(api, queries=["#ab"]) == [kept[2]]
        assert found(api, queries=["#²"]) == [kept[3]]
        assert found(api, queries=["#"]) == kept[2:]
        assert found(api, queries=["#" + "9" * 5000]) == []

    def test_queries_restrict_together_with_other_fields(self, api):
        active, _ = (number(api.create(type="same", is_active=on)) for on in (True, False))
        assert found(api, queries=["am"], is_active=True) == [active]


def test_a_huge_filter_is_refused(api):
    with pytest.raises(ServiceError, match=r"filter: .* at most 262144"):
        found(api, queries=["x" * 300_000])


FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "is_active": st.booleans(),
        "is_dry_run": st.booleans(),
        "is_recurring": st.booleans(),
        "dispatch_ids": st.lists(st.integers(1, 32), max_size=12),
        "start_time_interval": st.tuples(st.integers(0, 40), st.integers(0, 40)),
        "queries": st.lists(st.sampled_from(["a", "b", "#3", "#30"]), max_size=3),
    },
)


@pytest.fixture(scope="module")
def thirty():
    api = Api()
    for index in range(30):
        api.create(
            type="ab"[index % 2] * 2,
            is_active=index % 3 == 0,
            is_dry_run=index % 5 == 0,
            start_time=at(60 * index),
            recurrence={"freq": 3} if index % 7 == 0 else None,
        )
    return api


@settings(max_examples=100)
@given(FILTERS)
def test_fields_restrict_together(thirty, wanted):
    """Against a predicate written out for the thirty dispatches by their index."""

    def matches(index):
        ids, queries = wanted.get("dispatch_ids"), wanted.get("queries")
        low, high = wanted.get("start_time_interval", (0, 99))
        return (
            wanted.get("is_active", index % 3 == 0) == (index % 3 == 0)
            and wanted.get("is_dry_run", index % 5 == 0) == (index % 5 == 0)
            and wanted.get("is_recurring", index % 7 == 0) == (index % 7 == 0)
            and (not ids or index + 1 in ids)
            and low <= index < high
            and (not queries or "ab"[index % 2] in queries or f"#{index + 1}" in queries)
        )

    sent = dict(wanted)
    if "start_time_interval" in sent:
        low, high = sent["start_time_interval"]
        bounds = {"start_time": at(60 * low), "end_time": at(60 * high)}
        sent["start_time_interval"] = bounds
    expected = [index + 1 for index in range(30) if matches(index)]
    reply = thirty.list(filter=sent)
    assert sorted(d.metadata.dispatch_id for d in reply.dispatches) == expected
    assert reply.pagination_info.total_items == len(expected)
    assert all(d.data.start_time.seconds >= NOW_S for d in reply.dispatches)
