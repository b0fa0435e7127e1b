"""Events: what each tells, and reading them from any place on."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.services.errors import ServiceError
from simulator.services.tasks.wire import CONTRACT, Event
from simulator.tests.services.tasks.api import NOW_US, Api, Code, refused


def busy(**more: Any) -> tuple[Api, list[Any]]:
    """An API after one of each change, and what the calls returned."""
    api = Api(**more)
    replies = [api.type(display_name="x"), api.task("a")]
    replies += [api.claim(replies[1].name), api.complete(replies[1].name)]
    mask = {"paths": ["display_name"]}
    changed = type(replies[0])(name=replies[0].name, display_name="y")
    replies.append(api.call("UpdateType", type=changed, update_mask=mask))
    return api, replies


def test_each_change_is_one_event_that_carries_the_reply() -> None:
    api, replies = busy()
    events = api.events()
    names = ["TypeCreated", "TaskCreated", "TaskClaimed", "TaskCompleted", "TypeUpdated"]
    assert [event.type for event in events] == [f"enpowerx.tasks.v3.{name}" for name in names]
    for number, (event, reply) in enumerate(zip(events, replies, strict=True), 1):
        message: Any = CONTRACT.message(event.type).FromString(event.data)
        assert (message.task if "Task" in event.type else message.type) == reply
        assert event.id == str(number)
        assert event.source == "//tasks/tenants/t1"
        assert event.subject == reply.name
        assert event.dataschema == event.type
        assert event.datacontenttype == "application/protobuf"
        assert event.time == type(event.time).FromString(reply.update_time.SerializeToString())
    assert events[0].time.ToNanoseconds() == NOW_US * 1000


def test_refused_calls_and_reads_have_none() -> None:
    api, replies = busy()
    refused(api.task, "a")
    refused(api.claim, replies[1].name)
    refused(api.complete, replies[1].name)
    refused(api.type, "b", description_template="{{")
    refused(api.task, "b", type_id="nope")
    api.get(replies[1].name)
    api.list()
    assert len(api.events()) == 5


def test_tenants_do_not_hear_of_each_other() -> None:
    api, _ = busy()
    assert api.events("t2") == []
    api.type(tenant="t2")
    (event,) = api.events("tenants/t2")
    assert (event.id, event.source) == ("1", "//tasks/tenants/t2")
    assert len(api.events("tenants/t1")) == 5


def test_types_are_chosen_by_short_or_full_names() -> None:
    api, _ = busy()
    chosen = ["TaskClaimed", "enpowerx.tasks.v3.TypeUpdated"]
    assert [event.id for event in api.events(types=chosen)] == ["3", "5"]


@pytest.mark.parametrize(("first", "ids"), [(0, "12345"), (1, "12345"), (4, "45"), (6, "")])
def test_a_number_tells_where_to_begin(first: int, ids: str) -> None:
    api, _ = busy()
    assert "".join(event.id for event in api.events(from_sequence=first)) == ids


@given(st.lists(st.integers(1, 5), max_size=5), st.integers(1, 12))
@settings(max_examples=25, deadline=None)
def test_a_feed_that_is_cut_anywhere_goes_on_without_a_gap(cuts: list[int], writes: int) -> None:
    api = Api()
    api.type()

    async def run() -> list[int]:
        seen: list[int] = []
        for cut in [*cuts, 100]:
            feed = await api.acall("Subscribe", tenant="t1", from_sequence=len(seen) + 1)
            while feed.position < feed.newest and cut > 0:
                taken = (await feed.take())[:cut]
                seen += [int(Event.FromString(frame).id) for frame in taken]
                cut -= len(taken)
            if len(seen) < writes:
                await api.service.create_task("t1", "plain", {})
        return seen

    seen = asyncio.run(run())
    assert seen == list(range(1, len(seen) + 1))
    assert len(seen) >= min(len(cuts) + 1, writes)


def test_a_feed_waits_for_what_is_still_to_come() -> None:
    api, _ = busy()

    async def run() -> list[str]:
        feed = await api.acall("Subscribe", tenant="t1", from_sequence=8, types=["TaskCreated"])
        taking = asyncio.ensure_future(feed.take())
        for id in ("f", "g", "h"):
            await asyncio.sleep(0)
            assert not taking.done()
            await api.service.create_task("t1", "plain", {}, id)
        return [Event.FromString(frame).id for frame in await taking]

    assert asyncio.run(run()) == ["8"]


def test_a_stopped_feed_ends() -> None:
    api, _ = busy()

    async def run() -> None:
        feed = await api.acall("Subscribe", tenant="t1", from_sequence=6)
        taking = asyncio.ensure_future(feed.take())
        await asyncio.sleep(0)
        feed.stop()
        assert await taking == ()

    asyncio.run(run())


def test_what_has_fallen_off_the_log_is_out_of_range() -> None:
    api, _ = busy(log_size=3)
    for first in (0, 1, 2):
        refusal = refused(api.call, "Subscribe", tenant="t1", from_sequence=first)
        assert refusal.code is Code.OUT_OF_RANGE
        assert "the oldest one is 3" in refusal.text
    assert [event.id for event in api.events(from_sequence=3)] == ["3", "4", "5"]


def test_a_reader_that_is_too_slow_is_ended_and_can_go_on() -> None:
    api = Api(log_size=3)
    api.type()

    async def run() -> ServiceError:
        feed = await api.acall("Subscribe", tenant="t1")
        assert len(await feed.take()) == 1
        for _ in range(4):
            await api.service.create_task("t1", "plain", {})
        with pytest.raises(ServiceError) as raised:
            await feed.take()
        return raised.value

    error = asyncio.run(run())
    assert error.code is Code.RESOURCE_EXHAUSTED
    assert "event 2 is gone, the oldest one is 3" in error.text


def test_the_shape_of_a_subscription_is_checked() -> None:
    api = Api()
    refusal = refused(
        api.call, "Subscribe", tenant="T", from_sequence=-1, types=["TaskCreated", "Nope"]
    )
    assert refusal.fields == ["tenant", "from_sequence", "types[1]"]
    assert refused(api.call, "Subscribe").fields == ["tenant"]
    assert refused(api.call, "Subscribe", tenant="t9").code is Code.NOT_FOUND
