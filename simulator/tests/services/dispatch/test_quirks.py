from dataclasses import fields

import pytest

from simulator.services.dispatch import QUIRKS, Policy, policy_with
from simulator.services.errors import Code, ServiceError
from simulator.services.quirks import UnknownQuirk

from .api import DAY_S, GRID, HOUR_S, NOW_S, Api, at, struct


def with_(name):
    return Api(policy_with([name]))


def number(dispatch):
    return dispatch.metadata.dispatch_id


def test_without_quirks_the_policy_is_the_preferred_one():
    assert policy_with([]) == Policy()


def test_each_quirk_bends_one_field_and_says_how():
    known = {field.name for field in fields(Policy)}
    for name, quirk in QUIRKS.items():
        assert quirk.name == name
        assert quirk.field in known
        assert quirk.sentence.endswith(".")
        assert policy_with([name]) != Policy()


def test_an_unknown_quirk_names_its_neighbour():
    with pytest.raises(UnknownQuirk, match="did you mean 'until-inclusive'"):
        policy_with(["until-inclusiv"])
    with pytest.raises(UnknownQuirk, match="there are past-start-accepted, "):
        policy_with(["zzzzzz"])


def test_past_start_accepted():
    assert with_("past-start-accepted").create(start_time=at(-DAY_S)).data.start_time.seconds


@pytest.mark.parametrize(
    ("name", "nanos"), [("start-kept-exact", 700_000_000), ("start-truncated", 0)]
)
def test_starts_that_are_not_rounded(name, nanos):
    start = with_(name).create(start_time=at(HOUR_S, 700_000_000)).data.start_time
    assert (start.seconds, start.nanos) == (NOW_S + HOUR_S, nanos)


def test_until_inclusive():
    rule = {"freq": 3, "end_criteria": {"until_time": at(HOUR_S + DAY_S)}}
    created = with_("until-inclusive").create(duration=0, recurrence=rule)
    assert created.metadata.end_time.seconds == NOW_S + HOUR_S + DAY_S


def test_interval_zero_echoed():
    created = with_("interval-zero-echoed").create(
        duration=0, recurrence={"freq": 3, "end_criteria": {"count": 2}}
    )
    assert created.data.recurrence.interval == 0
    assert created.metadata.end_time.seconds == NOW_S + HOUR_S + DAY_S


def test_no_end_time():
    assert not with_("no-end-time").create(duration=60).metadata.HasField("end_time")


def test_target_variant_normalised():
    api = with_("target-variant-normalised")
    created = api.create(target={"component_categories": {"categories": [5, 3, 5]}})
    pairs = created.data.target.component_categories_types.categories
    assert [pair.category for pair in pairs] == [3, 5]
    untouched = {"component_ids": {"ids": [2, 2]}}
    assert api.create(target=untouched).data.target == api.data(target=untouched).target


def test_payload_unlimited():
    api = with_("payload-unlimited")
    api.create(payload=struct({"k": "x" * 60_000}))
    with pytest.raises(ServiceError, match="JSON has no number"):
        api.create(payload=struct({"k": float("nan")}))


def test_unknown_paths_ignored():
    api = with_("unknown-paths-ignored")
    kept = number(api.create())
    updated = api.update(kept, ["type", "nonsense", "duration"], duration=5)
    assert (updated.data.type, updated.data.duration) == ("test", 5)
    with pytest.raises(ServiceError, match="names no path"):
        api.update(kept, ["nonsense"])


def test_empty_mask_accepted():
    api = with_("empty-mask-accepted")
    created = api.create()
    updated = api.update(number(created), [])
    assert updated.data == created.data
    assert (
        updated.metadata.update_time.ToMicroseconds()
        > created.metadata.update_time.ToMicroseconds()
    )


def test_deletion_keeps_time():
    api = with_("deletion-keeps-time")
    created = api.create()
    watcher = api.stream()
    api.delete(number(created))
    assert watcher.events()[0].dispatch == created


def test_not_found_as_unknown():
    with pytest.raises(ServiceError) as caught:
        with_("not-found-as-unknown").get(9)
    assert caught.value.code is Code.UNKNOWN


def test_ascending_by_default():
    api = with_("ascending-by-default")
    for _ in range(3):
        api.create()
    assert api.ids() == [1, 2, 3]
    assert api.ids(sort_options={"sort_order": 2}) == [3, 2, 1]


def test_interval_end_included():
    api = with_("interval-end-included")
    api.create(start_time=at(100))
    assert api.ids(filter={"start_time_interval": {"end_time": at(100)}}) == [1]


def test_endless_always_found():
    api = with_("endless-always-found")
    api.create()
    assert api.ids(filter={"end_time_interval": {"end_time": at(1)}}) == [1]


def test_targets_all():
    api = with_("targets-all")
    api.create(target={"component_ids": {"ids": [1, 2]}})
    one, two, three = ({"component_ids": {"ids": [each]}} for each in (1, 2, 3))
    assert api.ids(filter={"targets": [one, two]}) == [1]
    assert api.ids(filter={"targets": [one, three]}) == []


def test_queries_exact():
    api = with_("queries-exact")
    api.create(type="foobar")
    assert api.ids(filter={"queries": ["bar"]}) == []
    assert api.ids(filter={"queries": ["foobar"]}) == [1]


def test_total_counts_all():
    api = with_("total-counts-all")
    api.create()
    reply = api.list(filter={"is_active": False})
    assert (len(reply.dispatches), reply.pagination_info.total_items) == (0, 1)


def test_ids_not_repeated():
    api = with_("ids-not-repeated")
    kept = number(api.create())
    got = api.call("get", api.request("get", microgrid_id=GRID, dispatch_id=kept))
    assert (got.microgrid_id, number(got.dispatch)) == (0, kept)
    assert api.delete(kept).ByteSize() == 0


def test_stream_replay_on_subscribe():
    api = with_("stream-replay-on-subscribe")
    kept = [api.create(), api.create()]
    watcher = api.stream()
    later = api.create()
    events = watcher.events()
    assert [event.dispatch for event in events] == [*kept, later]
    assert {event.event for event in events} == {1}
