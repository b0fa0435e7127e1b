import asyncio

import pytest

from simulator.services.dispatch.feed import DispatchFeed
from simulator.services.errors import Code, ServiceError

from .api import GRID, Api


def feed(api):
    return api.service.stream(api.request("stream", microgrid_id=GRID))


async def test_taking_waits_for_a_change(api):
    watched = feed(api)
    taking = asyncio.ensure_future(watched.take())
    await asyncio.sleep(0)
    assert not taking.done()
    created = api.create()
    (message,) = await asyncio.wait_for(taking, 1)
    response = api.methods["StreamMicrogridDispatches"].response
    assert response.FromString(message).dispatch == created
    assert watched.position == watched.newest == 1


async def test_each_change_is_a_message_of_its_own(api):
    watched = feed(api)
    for _ in range(150):
        api.create()
    sizes = []
    while watched.position < watched.newest:
        sizes.append(len(await watched.take()))
    assert sum(sizes) == 150
    assert max(sizes) <= 64


async def test_what_comes_first_is_taken_first(api):
    grid = api.service._collection()
    watched = DispatchFeed(grid, [b"one", b"two"])
    assert list(await watched.take()) == [b"one", b"two"]


async def test_a_stopped_feed_gives_nothing_though_changes_lie_ahead(api):
    watched = feed(api)
    taking = asyncio.ensure_future(watched.take())
    await asyncio.sleep(0)
    watched.stop()
    assert not await asyncio.wait_for(taking, 1)
    api.create()
    assert not await watched.take()


async def test_a_feed_that_fell_behind_says_by_how_much():
    api = Api()
    api.service._log_size = 3
    watched = feed(api)
    for _ in range(5):
        api.create()
    with pytest.raises(ServiceError, match="5 changes behind") as caught:
        await watched.take()
    assert caught.value.code is Code.RESOURCE_EXHAUSTED
