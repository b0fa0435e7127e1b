import asyncio
import gc

import pytest

from simulator.services.errors import Code, ServiceError
from simulator.services.services.feed import MOST_BYTES

from .api import METHODS, VERBS, Api


def feed(api, verb="pull_all", **fields):
    return getattr(api.service, verb)(METHODS[VERBS[verb]].request(name="drivers", **fields))


async def test_taking_waits_for_a_change():
    api = Api()
    watched = feed(api)
    taking = asyncio.ensure_future(watched.take())
    await asyncio.sleep(0)
    assert not taking.done()
    api.create()
    assert len(await asyncio.wait_for(taking, 1)) == 1
    assert watched.position == watched.newest == 1


async def test_a_burst_goes_out_together():
    api = Api()
    watched = feed(api)
    for number in range(250):
        api.create(str(number))
    taken = []
    while watched.position < watched.newest:
        taken += await watched.take()
    response = METHODS["PullServices"].response
    assert [len(response.FromString(data).changes) for data in taken] == [100, 100, 50]


async def test_the_start_counts_as_not_yet_taken():
    api = Api()
    api.create()
    watched = feed(api)
    assert watched.position == 0
    assert watched.newest == 1
    await watched.take()
    assert watched.position == 1


async def test_a_stopped_feed_gives_nothing_though_changes_lie_ahead():
    api = Api()
    watched = feed(api)
    taking = asyncio.ensure_future(watched.take())
    await asyncio.sleep(0)
    watched.stop()
    assert not await asyncio.wait_for(taking, 1)
    api.create()
    assert not await watched.take()


@pytest.mark.parametrize("verb", ["pull", "pull_all", "pull_metadata"])
async def test_a_reader_that_fell_behind_is_refused_and_nobody_waits_for_it(verb):
    api = Api(log_size=5)
    api.create()
    watched = feed(api, verb, **({"id": "a"} if verb == "pull" else {}))
    await watched.take()
    for _ in range(5):
        api.start()
        api.stop()
    with pytest.raises(ServiceError, match="too slow") as caught:
        await watched.take()
    assert caught.value.code is Code.RESOURCE_EXHAUSTED


async def test_large_changes_go_out_in_messages_that_clients_can_receive():
    api = Api()
    config = '{"a": "' + "x" * 1_000_000 + '"}'
    for number in range(4):
        api.create(str(number), config=config)
    watched = feed(api)
    messages = list(await watched.take())
    assert [len(message) > 1_000_000 for message in messages] == [True] * 4
    api.configure(config.replace("x", "y"), "1")
    (update,) = await watched.take()
    assert 2_000_000 < len(update) < 4 * 1024 * 1024
    assert len(update) > MOST_BYTES


async def test_a_deleted_service_ends_its_stream_well():
    api = Api()
    api.create()
    watched = feed(api, "pull", id="a")
    await watched.take()
    taking = asyncio.ensure_future(watched.take())
    await asyncio.sleep(0)
    api.delete()
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(taking, 1)
    assert watched.position == watched.newest


async def test_streams_that_see_alike_share_their_frames():
    api = Api()
    feeds = [feed(api) for _ in range(2)] + [feed(api, read_mask={"paths": ["id"]})]
    api.create()
    one, two, masked = [(await watched.take())[0] for watched in feeds]
    assert one is two
    assert masked != one
    frames = api.service._frames
    assert len(frames) == 2
    feeds.clear()
    gc.collect()
    assert len(frames) == 0
