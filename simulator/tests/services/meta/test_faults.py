import asyncio

import pytest

from simulator.services.errors import Code, ServiceError
from simulator.services.meta.faults import Fault, Orders, Verb

from .api import REGION, Api
from .test_single import One
from .watching import STATELESS, Watch, due


@pytest.fixture
def api():
    made = Api()
    made.put(REGION, *({"name": f"regions/r{n:04}"} for n in range(40)))
    return made


def watch(api, **fields):
    return Watch(api, type=STATELESS, **fields)


def order(api, verb, **fields):
    return api.service.watches.order(Fault(verb=Verb(verb), **fields))


def listed(api):
    return {region.name: region for region in api.list().regions}


async def test_a_soft_reset_between_changesets_changes_nothing(api):
    watched = watch(api)
    await watched.read()
    assert order(api, "soft_reset") == 1
    (message,) = await watched.read()
    assert message.is_soft_reset
    api.remove("regions/r0001")
    await watched.read()
    assert watched.held == listed(api)


@pytest.mark.parametrize("after", [0, 1, 3, 39])
async def test_a_soft_reset_within_the_snapshot_starts_it_again(api, after):
    order(api, "soft_reset", after=after)
    watched = watch(api, max_chunk_size=1)
    messages = await watched.read()
    assert [m.is_soft_reset for m in messages].index(True) == after
    assert len(messages) == after + 1 + 40
    assert watched.held == listed(api)


async def test_a_soft_reset_within_an_increment_tells_it_again(api):
    watched = watch(api, max_chunk_size=1)
    await watched.read()
    token = watched.view.token
    order(api, "soft_reset", after=2)
    api.remove("regions/r0001", "regions/r0002", "regions/r0003")
    messages = await watched.read()
    assert [m.is_soft_reset for m in messages] == [False, False, True, False, False, False]
    assert watched.held == listed(api)
    again = watch(api, resume_token=token)
    (message,) = await again.read()
    assert len(message.region_changes) == 3


@pytest.mark.parametrize("after", [0, 1, 39, 40, 41])
async def test_a_hard_reset_is_followed_by_a_snapshot(api, after):
    watched = watch(api, max_chunk_size=1)
    order(api, "hard_reset", after=after)
    await watched.read()
    api.remove("regions/r0001")
    messages = await watched.read()
    assert sum(m.is_hard_reset for m in watched.messages) == 1
    assert messages[-1].is_current
    assert watched.held == listed(api)


async def test_a_stream_is_dropped_with_any_status(api):
    watched, other = watch(api, tag="one"), watch(api, tag="two")
    assert order(api, "drop_stream", tag="one", code=Code.ABORTED) == 1
    with pytest.raises(ServiceError) as caught:
        await watched.read()
    assert caught.value.code is Code.ABORTED
    assert len(await other.read()) == 1


async def test_a_stream_is_dropped_cleanly_after_what_was_sent(api):
    watched = watch(api, max_chunk_size=1)
    order(api, "drop_stream", after=3, code=None)
    assert len(await watched.feed.take()) == 3
    with pytest.raises(StopAsyncIteration):
        await watched.feed.take()


async def test_expired_tokens_lead_to_a_hard_reset_and_new_ones_do_not(api):
    watched = watch(api)
    await watched.read()
    old = watched.view.token
    assert order(api, "expire_resume_tokens", tag="t") == 0
    (message,) = await watch(api, resume_token=old).read()
    assert message.is_current
    again = watch(api, resume_token=old, tag="t")
    messages = await again.read()
    assert [m.is_hard_reset for m in messages] == [True, False]
    assert again.held == listed(api)
    (message,) = await watch(api, resume_token=again.view.token, tag="t").read()
    assert message.is_current
    order(api, "expire_resume_tokens")
    assert (await watch(api, resume_token=again.view.token).read())[0].is_hard_reset


async def test_a_size_check_tells_what_the_client_holds_between_changesets(api):
    watched = watch(api, max_chunk_size=10)
    order(api, "send_snapshot_size")
    messages = await watched.read()
    assert [m.snapshot_size for m in messages] == [-1, -1, -1, -1, 40]
    api.remove("regions/r0001")
    order(api, "send_snapshot_size")
    assert [m.snapshot_size for m in await watched.read()] == [-1, 39]
    order(api, "send_snapshot_size", count=7)
    assert [watched.parse(m).snapshot_size for m in await due(watched.feed)] == [7]


async def test_a_size_of_nothing_is_zero():
    api = Api()
    watched = watch(api)
    order(api, "send_snapshot_size")
    assert [m.snapshot_size for m in await watched.read()] == [-1, 0]


async def test_a_changeset_is_split_once(api):
    watched = watch(api)
    await watched.read()
    order(api, "split_changeset", most=2)
    for expected in ([2, 2, 1], [5]):
        api.put(REGION, *({"name": f"regions/r{n:04}", "title": str(expected)} for n in range(5)))
        messages = await watched.read()
        assert [len(m.region_changes) for m in messages] == expected


async def test_a_paused_watch_says_nothing_until_told(api):
    watched = watch(api)
    await watched.read()
    order(api, "pause_emission")
    api.remove("regions/r0001")
    assert await watched.read() == []
    assert watched.feed.paused
    assert watched.feed.position < watched.feed.newest
    order(api, "resume_emission")
    assert len(await watched.read()) == 1


async def test_a_pause_may_end_by_itself(api):
    watched = watch(api)
    order(api, "pause_emission", for_s=0.05)
    taking = asyncio.ensure_future(watched.feed.take())
    await asyncio.sleep(0.01)
    assert not taking.done()
    assert len(await asyncio.wait_for(taking, 5)) == 1


async def test_a_fault_waits_for_the_next_watch_of_its_tag(api):
    assert order(api, "pause_emission", tag="t") == 0
    assert len(await watch(api).read()) == 1
    assert await watch(api, tag="t").read() == []
    assert len(await watch(api, tag="t").read()) == 1
    order(api, "pause_emission", tag="u")
    order(api, "resume_emission", tag="u")
    assert len(await watch(api, tag="u").read()) == 1


async def test_watches_that_ended_are_not_concerned(api):
    watched = watch(api)
    watched.feed.stop()
    assert order(api, "soft_reset") == 0
    assert len(api.service.watches) == 0


@pytest.mark.parametrize(
    "verb", ["soft_reset", "hard_reset", "send_snapshot_size", "expire_resume_tokens"]
)
@pytest.mark.parametrize("after", [0, 1])
async def test_other_watches_show_no_resets(api, verb, after):
    watched, one = Watch(api, max_chunk_size=7), One(api, "regions/r0001")
    order(api, verb, after=after)
    assert len(await watched.read()) == 6
    assert len(await one.read()) == 1
    assert watched.held == list(api.list().regions)


async def test_a_stateful_changeset_is_split_only_if_it_is_chunked(api):
    chunked, whole = Watch(api, max_chunk_size=30), Watch(api)
    order(api, "split_changeset", most=10)
    assert len(await chunked.read()) == 4
    assert len(await whole.read()) == 1


async def test_a_position_waits_for_what_is_ordered(api):
    watched = watch(api)
    await watched.read()
    assert watched.feed.position == watched.feed.newest
    order(api, "hard_reset")
    assert watched.feed.position < watched.feed.newest
    await watched.read()
    assert watched.feed.position == watched.feed.newest


def test_orders_count_messages():
    orders = Orders()
    first = Fault(verb=Verb.SOFT_RESET, after=2)
    size = Fault(verb=Verb.SIZE)
    orders.add(size)
    orders.add(first)
    assert orders.due() is size
    orders.sent()
    orders.sent()
    assert orders.due() is first
    orders.done(first)
    assert orders.due() is size


async def test_a_later_pause_outlives_the_end_of_an_earlier_one(api):
    watched = watch(api)
    order(api, "pause_emission", for_s=0.02)
    order(api, "pause_emission")
    await asyncio.sleep(0.04)
    assert await watched.read() == []
