import time

import pytest

from simulator.microgrid.recurrence import occurrences
from simulator.services.dispatch.codec import decode_rule
from simulator.services.errors import Code, ServiceError
from simulator.services.instants import MAX_US

from .api import DAY_S, HOUR_S, NOW_S, at

START_S = NOW_S + HOUR_S
MINUTELY, DAILY, MONTHLY, YEARLY = 1, 3, 5, 6


def end(dispatch):
    """The end in seconds since the epoch, None if there is none."""
    metadata = dispatch.metadata
    return metadata.end_time.seconds if metadata.HasField("end_time") else None


@pytest.mark.parametrize("duration", [0, 1, 600, 2**32 - 1])
def test_a_one_shot_ends_after_its_duration(either, duration):
    created = either.create(duration=duration)
    assert created.data.HasField("duration")
    assert end(created) == START_S + duration


@pytest.mark.parametrize("recurrence", [None, {"freq": DAILY, "end_criteria": {"count": 3}}])
def test_without_duration_there_is_no_end(either, recurrence):
    created = either.create(recurrence=recurrence)
    assert not created.data.HasField("duration")
    assert end(created) is None


@pytest.mark.parametrize("criteria", [{}, {"end_criteria": {}}])
def test_an_endless_rule_has_no_end(either, criteria):
    assert end(either.create(duration=1, recurrence={"freq": DAILY, **criteria})) is None


@pytest.mark.parametrize("count", [1, 2, 3, 4096])
def test_a_count_ends_with_its_last_occurrence(either, count):
    rule = {"freq": DAILY, "end_criteria": {"count": count}}
    created = either.create(duration=60, recurrence=rule)
    assert end(created) == START_S + (count - 1) * DAY_S + 60


@pytest.mark.parametrize(
    ("until_s", "last_day"), [(1, 0), (DAY_S, 0), (DAY_S + 1, 1), (3 * DAY_S, 2)]
)
def test_until_is_excluded(api, until_s, last_day):
    rule = {"freq": DAILY, "end_criteria": {"until_time": at(HOUR_S + until_s)}}
    created = api.create(duration=3 * HOUR_S, recurrence=rule)
    assert end(created) == START_S + last_day * DAY_S + 3 * HOUR_S


@pytest.mark.parametrize("until", [at(HOUR_S), at(HOUR_S - 1), at(-DAY_S), {"seconds": 0}])
@pytest.mark.parametrize("duration", [None, 60])
def test_a_rule_that_ends_before_it_begins_is_refused(api, until, duration):
    rule = {"freq": DAILY, "end_criteria": {"until_time": until}}
    with pytest.raises(ServiceError, match="no occurrence") as caught:
        api.create(recurrence=rule, duration=duration)
    assert caught.value.code is Code.INVALID_ARGUMENT
    assert api.ids() == []


@pytest.mark.parametrize("freq", [MINUTELY, DAILY, MONTHLY, YEARLY])
def test_an_unmatchable_rule_is_answered_at_once(api, freq):
    rule = {"freq": freq, "bymonths": [2], "bymonthdays": [30], "end_criteria": {"count": 1}}
    began_s = time.monotonic()
    with pytest.raises(ServiceError, match="no occurrence"):
        api.create(duration=60, recurrence=rule)
    assert time.monotonic() - began_s < 1.0


def test_ends_after_the_last_instant_are_that_instant(api):
    rule = {"freq": YEARLY, "interval": 2, "end_criteria": {"count": 4096}}
    created = api.create(duration=60, recurrence=rule)
    assert created.metadata.end_time.seconds == MAX_US // 1_000_000
    far = {"seconds": MAX_US // 1_000_000 - 10}
    assert end(api.create(start_time=far, duration=60)) == MAX_US // 1_000_000


def test_4096_years_are_computed(api):
    rule = {"freq": YEARLY, "end_criteria": {"count": 4096}}
    created = api.create(duration=0, recurrence=rule)
    found = list(occurrences(decode_rule(created.data.recurrence), START_S * 1_000_000))
    assert len(found) == 4096
    assert end(created) * 1_000_000 == found[-1]
    # 2027 + 4095 years, the month and day of the start.
    assert found[-1] // 1_000_000 > 131_000_000_000


def test_an_unsynchronised_start_is_no_occurrence(api):
    # The clock of the tests shows 08:00, the start 09:00; the first match is the next midnight.
    rule = {"freq": DAILY, "byhours": [0], "end_criteria": {"count": 1}}
    assert end(api.create(duration=0, recurrence=rule)) == START_S + 15 * HOUR_S


def test_the_end_follows_start_duration_and_rule(api):
    number = api.create(duration=60).metadata.dispatch_id
    moved = api.update(number, ["start_time"], start_time=at(2 * HOUR_S))
    assert end(moved) == START_S + HOUR_S + 60
    assert end(api.update(number, ["duration"], duration=5)) == START_S + HOUR_S + 5
    rule = {"freq": DAILY, "end_criteria": {"count": 2}}
    paths = ["recurrence.freq", "recurrence.end_criteria"]
    ruled = api.update(number, paths, recurrence=rule)
    assert end(ruled) == START_S + HOUR_S + DAY_S + 5
    assert end(api.update(number, ["is_active"], is_active=False)) == end(ruled)
    assert end(api.get(number)) == end(api.list().dispatches[0]) == end(ruled)
