import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.services.errors import Code, ServiceError

from .api import DAY_S, GRID, HOUR_S, Api, at, struct

DECADES_S = 40 * 365 * DAY_S
RULE = {"freq": 3, "interval": 2, "byhours": [1, 2], "end_criteria": {"count": 3}}
CHANGES = {
    "start_time": {"start_time": at(2 * HOUR_S)},
    "duration": {"duration": 7},
    "target": {"target": {"component_categories": {"categories": [5]}}},
    "is_active": {"is_active": False},
    "payload": {"payload": struct({"new": True})},
    "recurrence.freq": {"recurrence": {"freq": 5}},
    "recurrence.interval": {"recurrence": {"interval": 9}},
    "recurrence.end_criteria": {"recurrence": {"end_criteria": {"until_time": at(DECADES_S)}}},
    "recurrence.byminutes": {"recurrence": {"byminutes": [5]}},
    "recurrence.byhours": {"recurrence": {"byhours": [3]}},
    "recurrence.byweekdays": {"recurrence": {"byweekdays": [5, 1]}},
    "recurrence.bymonthdays": {"recurrence": {"bymonthdays": [-1]}},
    "recurrence.bymonths": {"recurrence": {"bymonths": [3, 1]}},
}


def ruled(api):
    """The id of a dispatch in which everything is set."""
    payload = struct({"old": 1})
    created = api.create(duration=60, payload=payload, recurrence=RULE, is_dry_run=True)
    return created.metadata.dispatch_id


def everything(api):
    """An update that says something about every field, whatever the mask names."""
    update = type(api.request("update").update)()
    for change in CHANGES.values():
        update.MergeFrom(type(update)(**change))
    return {field.name: getattr(update, field.name) for field, _ in update.ListFields()}


def refused(api, number, match, paths, **update):
    before = api.get(number)
    watcher = api.stream()
    with pytest.raises(ServiceError, match=match) as caught:
        api.update(number, paths, **update)
    assert caught.value.code is Code.INVALID_ARGUMENT
    assert api.get(number) == before
    assert watcher.events() == []


@pytest.mark.parametrize("path", CHANGES)
def test_only_the_masked_field_changes(api, path):
    number = ruled(api)
    before = api.get(number).data
    updated = api.update(number, [path], **everything(api)).data
    expected = type(before)()
    expected.CopyFrom(before)
    given = type(api.request("update").update)(**everything(api))
    if path.startswith("recurrence."):
        part = path.removeprefix("recurrence.")
        expected.recurrence.ClearField(part)
        kept = type(expected.recurrence)()
        kept.ParseFromString(given.recurrence.SerializeToString())
        for field, _ in kept.ListFields():
            if field.name != part:
                kept.ClearField(field.name)
        expected.recurrence.MergeFrom(kept)
    else:
        expected.ClearField(path)
        expected.MergeFrom(type(expected)(**{path: getattr(given, path)}))
    assert updated == expected != before
    assert api.get(number).data == updated


@pytest.mark.parametrize("generation", ["0.15", "1.1"])
@pytest.mark.parametrize("path", ["selector", "target"])
def test_both_names_of_the_target_work(generation, path):
    api = Api(generation=generation)
    number = api.create().metadata.dispatch_id
    field = api.data().DESCRIPTOR.fields_by_number[4].name
    updated = api.update(number, [path], **{field: {"component_ids": {"ids": [9]}}})
    assert list(getattr(updated.data, field).component_ids.ids) == [9]


@pytest.mark.parametrize("name", ["until", "until_time"])
def test_ends_can_be_switched_between_count_and_until(api, name):
    number = ruled(api)
    criteria = {"recurrence": {"end_criteria": {"until_time": at(9 * DAY_S)}}}
    ended = api.update(number, [f"recurrence.end_criteria.{name}"], **criteria)
    assert ended.data.recurrence.end_criteria.WhichOneof("count_or_until") == "until_time"
    back = {"recurrence": {"end_criteria": {"count": 4}}}
    counted = api.update(number, ["recurrence.end_criteria"], **back)
    assert counted.data.recurrence.end_criteria.WhichOneof("count_or_until") == "count"


def test_lists_are_replaced_and_cleared(api):
    number = ruled(api)
    for hours in ([3], [], [5, 4]):
        updated = api.update(number, ["recurrence.byhours"], recurrence={"byhours": hours})
        assert list(updated.data.recurrence.byhours) == hours


class TestClearing:
    def test_a_duration_becomes_endless(self, either):
        number = either.create(duration=60).metadata.dispatch_id
        updated = either.update(number, ["duration"])
        assert not updated.data.HasField("duration")
        assert not updated.metadata.HasField("end_time")

    def test_a_payload_becomes_empty(self, api):
        assert not api.update(ruled(api), ["payload"]).data.HasField("payload")

    def test_a_rule_becomes_endless(self, api):
        updated = api.update(ruled(api), ["recurrence.end_criteria"])
        assert not updated.data.recurrence.HasField("end_criteria")
        assert not updated.metadata.HasField("end_time")

    def test_a_dispatch_becomes_inactive(self, api):
        assert not api.update(ruled(api), ["is_active"]).data.is_active

    def test_an_interval_becomes_1(self, api):
        assert api.update(ruled(api), ["recurrence.interval"]).data.recurrence.interval == 1

    @pytest.mark.parametrize("path", ["start_time", "target"])
    def test_what_a_dispatch_needs_stays(self, api, path):
        refused(api, ruled(api), path, [path])

    def test_a_frequency_with_other_parts_stays(self, api):
        refused(api, ruled(api), "freq: is not set, beside interval, byhours", ["recurrence.freq"])

    def test_a_frequency_alone_ends_the_recurrence(self, api):
        number = api.create(duration=60, recurrence={"freq": 3}).metadata.dispatch_id
        updated = api.update(number, ["recurrence.freq"])
        assert updated.data.recurrence.ByteSize() == 0
        assert api.ids(filter={"is_recurring": False}) == [number]
        assert updated.metadata.HasField("end_time")

    def test_the_whole_rule_ends_the_recurrence(self, api):
        updated = api.update(ruled(api), ["recurrence"])
        assert not updated.data.HasField("recurrence")


def test_the_whole_rule_is_replaced(api):
    updated = api.update(ruled(api), ["recurrence"], recurrence={"freq": 2, "byminutes": [7]})
    rule = updated.data.recurrence
    assert (rule.freq, rule.interval, list(rule.byhours), list(rule.byminutes)) == (2, 1, [], [7])
    assert not rule.HasField("end_criteria")


def test_a_frequency_makes_a_one_shot_recurring(api):
    number = api.create(duration=60).metadata.dispatch_id
    updated = api.update(number, ["recurrence.freq"], recurrence={"freq": 3})
    assert updated.data.recurrence.interval == 1
    assert api.ids(filter={"is_recurring": True}) == [number]
    assert not updated.metadata.HasField("end_time")


class TestRefusals:
    def test_an_empty_mask(self, api):
        refused(api, ruled(api), "update_mask: names no path", [], is_active=False)

    @pytest.mark.parametrize(
        ("path", "hint"),
        [
            ("type", "no field 'type'"),
            ("is_dry_run", "no field 'is_dry_run'"),
            ("nonsense", "no field 'nonsense'"),
            ("data.type", "no field 'data'"),
            ("durations", "did you mean 'duration'"),
            ("recurrence.byhour", "did you mean 'byhours'"),
            ("recurrence.byhours.0", "nothing can be named inside"),
            ("modification_time", "no field"),
            ("metadata.update_time", "no field 'metadata'"),
            ("", "no field ''"),
            (".", "no field ''"),
            ("*", "no field"),
            ("Duration", "did you mean 'duration'"),
        ],
    )
    def test_unknown_and_immutable_paths(self, api, path, hint):
        refused(api, ruled(api), hint, ["is_active", path], is_active=False)

    def test_a_start_in_the_past(self, either):
        number = either.create().metadata.dispatch_id
        start = {"start_time": at(-HOUR_S)}
        refused(either, number, r"update\.start_time: .* in the past", ["start_time"], **start)

    def test_one_bad_path_spoils_all(self, api):
        number = ruled(api)
        paths = ["is_active", "start_time"]
        refused(api, number, "past", paths, is_active=False, start_time=at(-HOUR_S))

    def test_the_result_is_checked_as_a_whole(self, api):
        number = api.create(recurrence={"freq": 3, "bymonthdays": [1]}).metadata.dispatch_id
        weekly = {"recurrence": {"freq": 4}}
        refused(api, number, "bymonthdays", ["recurrence.freq"], **weekly)

    def test_a_rule_that_would_never_occur(self, api):
        criteria = {"recurrence": {"end_criteria": {"until_time": at(0)}}}
        refused(api, ruled(api), "no occurrence", ["recurrence.end_criteria"], **criteria)

    def test_payloads_beyond_the_limits(self, api):
        huge = {"payload": struct({"k": "x" * 60_000})}
        refused(api, ruled(api), r"update\.payload", ["payload"], **huge)

    def test_parts_of_a_rule_that_is_not_there(self, api):
        number = api.create().metadata.dispatch_id
        refused(
            api, number, "freq: is not set", ["recurrence.byhours"], recurrence={"byhours": [1]}
        )

    @pytest.mark.parametrize(("number", "grid"), [(99, GRID), (1, 6)])
    def test_what_does_not_exist_here(self, api, number, grid):
        ruled(api)
        with pytest.raises(
            ServiceError, match=f"microgrid {grid} has no dispatch {number}"
        ) as caught:
            api.update(number, ["is_active"], microgrid_id=grid)
        assert caught.value.code is Code.NOT_FOUND


def test_a_started_dispatch_can_be_updated(api):
    number = api.create(start_time=at(1)).metadata.dispatch_id
    api.clock.advance(DAY_S * 1_000_000)
    updated = api.update(number, ["is_active", "duration"], is_active=False, duration=5)
    assert updated.data.start_time.seconds == at(1)["seconds"]
    assert not updated.data.is_active


def test_update_times_ascend_while_the_clock_stands(api):
    number = ruled(api)
    created = api.get(number).metadata
    seen = [created.update_time.ToNanoseconds()]
    for active in (True, False, False, True):
        metadata = api.update(number, ["is_active"], is_active=active).metadata
        assert metadata.dispatch_id == number
        assert metadata.create_time == created.create_time
        seen.append(metadata.update_time.ToNanoseconds())
    assert [later - earlier for earlier, later in itertools.pairwise(seen)] == [1000] * 4
    api.clock.advance(10)
    assert (
        api.update(number, ["is_active"]).metadata.update_time.ToNanoseconds() == seen[0] + 10_000
    )


@settings(max_examples=60)
@given(st.lists(st.sampled_from(sorted(CHANGES)), min_size=1, max_size=5), st.randoms())
def test_order_and_repetition_of_paths_do_not_matter(paths, random):
    api = Api()
    first, second = ruled(api), ruled(api)
    shuffled = [*paths, *paths]
    random.shuffle(shuffled)
    update = everything(api)
    assert api.update(first, paths, **update).data == api.update(second, shuffled, **update).data
