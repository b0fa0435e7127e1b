import random

import pytest

from simulator.services.errors import Code, ServiceError
from simulator.services.meta import watching as watching_module

from .api import REGION, Api, mask
from .watching import Watch

NAME = 1


@pytest.fixture
def api():
    return Api()


def regions(api, count, **fields):
    api.put(REGION, *({"name": f"regions/r{n:04}", **fields} for n in range(count)))


def kinds(messages):
    return [c.WhichOneof("change_type") for m in messages for c in m.region_changes]


def page(api, **fields):
    return list(api.list(**fields).regions)


async def test_the_snapshot_is_the_list_as_added(api):
    regions(api, 7)
    watched = Watch(api)
    (message,) = await watched.read()
    assert kinds([message]) == ["added"] * 7
    assert watched.held == page(api)
    assert watched.view.page_tokens == ("", "")


async def test_an_empty_list_is_current_at_once(api):
    (message,) = await Watch(api).read()
    assert message.is_current
    assert message.snapshot_size == -1


async def test_chunks_close_with_the_last_message_and_its_tokens(api):
    regions(api, 5)
    messages = await Watch(api, max_chunk_size=2, page_size=4).read()
    assert [m.is_current for m in messages] == [False, True]
    assert messages[1].page_token_change.next_page_token


async def test_a_change_in_its_place_keeps_both_indices(api):
    regions(api, 3)
    watched = Watch(api)
    await watched.read()
    api.region("r0001", title="new")
    (message,) = await watched.read()
    modified = message.region_changes[0].modified
    assert (modified.name, modified.previous_view_index, modified.view_index) == (
        "regions/r0001",
        1,
        1,
    )
    assert not message.HasField("page_token_change")
    assert watched.held == page(api)


async def test_a_change_of_the_key_moves(api):
    for n in range(4):
        api.region(f"r{n}", title=str(n))
    watched = Watch(api, order_by="title")
    await watched.read()
    api.region("r0", title="25")
    (message,) = await watched.read()
    modified = message.region_changes[0].modified
    assert (modified.previous_view_index, modified.view_index) == (0, 2)
    assert watched.held == page(api, order_by="title")


async def test_a_move_by_a_hidden_key_is_sent(api):
    for n in range(4):
        api.region(f"r{n}", title=str(n))
    watched = Watch(api, order_by="title desc", field_mask=mask("name"))
    await watched.read()
    api.region("r0", title="9")
    messages = await watched.read()
    assert kinds(messages) == ["modified"]
    assert [region.name for region in watched.held] == [f"regions/r{n}" for n in (0, 3, 2, 1)]
    api.region("r0", title="91")
    assert await watched.read() == []


async def test_what_the_mask_hides_is_not_sent(api):
    regions(api, 3)
    watched = Watch(api, field_mask=mask("title"))
    await watched.read()
    api.region("r0001", domain="new")
    assert await watched.read() == []


async def test_a_full_window_evicts_and_pulls_in(api):
    for n in (1, 3, 5, 7):
        api.region(f"r{n}")
    watched = Watch(api, page_size=2)
    await watched.read()
    api.region("r2")
    assert kinds(await watched.read()) == ["removed", "added"]
    assert watched.held == page(api, page_size=2)
    api.remove("regions/r1")
    assert kinds(await watched.read()) == ["removed", "added"]
    assert watched.held == page(api, page_size=2)


async def test_only_tokens_change(api):
    regions(api, 2)
    watched = Watch(api, page_size=2)
    await watched.read()
    assert watched.view.page_tokens == ("", "")
    api.region("zz")
    (message,) = await watched.read()
    assert message.is_current
    assert not message.region_changes
    reply = api.list(page_size=2)
    assert watched.view.page_tokens == (reply.prev_page_token, reply.next_page_token)
    api.region("zzz")
    assert await watched.read() == []


async def test_windows_by_tokens_show_what_lists_show(api):
    regions(api, 9)
    token = ""
    while True:
        reply = api.list(page_size=4, page_token=token)
        watched = Watch(api, page_size=4, page_token=token)
        await watched.read()
        assert watched.held == list(reply.regions)
        assert watched.view.page_tokens == (reply.prev_page_token, reply.next_page_token)
        if reply.prev_page_token:
            back = Watch(api, page_size=4, page_token=reply.prev_page_token)
            await back.read()
            assert back.held == page(api, page_size=4, page_token=reply.prev_page_token)
        token = reply.next_page_token
        if not token:
            break


async def test_a_reconnect_repeats_everything(api):
    regions(api, 3)
    for _ in range(2):
        assert kinds(await Watch(api).read()) == ["added"] * 3


async def test_a_window_without_any_size_is_capped_and_offers_more(api, monkeypatch):
    monkeypatch.setattr(watching_module, "MOST_UNASKED", 5)
    regions(api, 7)
    watched = Watch(api)
    await watched.read()
    assert len(watched.held) == 5
    more = Watch(api, page_token=watched.view.page_tokens[1])
    await more.read()
    assert len(more.held) == 2
    chunked = Watch(api, max_chunk_size=3)
    await chunked.read()
    assert len(chunked.held) == 7


async def test_what_a_stateful_request_may_not_hold(api):
    for fields in ({"resume_token": "x"}, {"starting_time": {}}):
        with pytest.raises(ServiceError, match="in a watch of type STATEFUL") as caught:
            Watch(api, **fields)
        assert caught.value.code is Code.INVALID_ARGUMENT
    for fields in ({"page_size": -1}, {"page_token": "abc"}, {"order_by": "nosuch"}):
        with pytest.raises(ServiceError) as caught:
            Watch(api, **fields)
        assert caught.value.code is Code.INVALID_ARGUMENT


async def test_a_slow_reader_gets_the_difference_whatever_the_log_holds():
    api = Api(log_size=2)
    watched = Watch(api, page_size=5)
    await watched.read()
    regions(api, 9)
    await watched.read()
    assert watched.held == page(api, page_size=5)
    assert not watched.feed.let_go()


async def test_equal_windows_share_their_state(api):
    regions(api, 5)
    watches = [Watch(api, page_size=3) for _ in range(3)]
    for watched in watches:
        await watched.read()
    sources = [watched.feed._source for watched in watches]
    assert len({id(source._shown) for source in sources}) == 1
    assert len(api.service.watches._windows) == 1
    assert len(api.service.watches._tables) == 1
    del watches, watched, sources
    assert len(api.service.watches._windows) == 0


ORDERS = ("", "title", "title desc", "domain desc,title", "title,name desc")
FILTERS = ("", 'title != "b"')


@pytest.mark.parametrize("seed", range(40))
async def test_windows_converge_at_every_step(seed):
    """Fifty histories for each seed: after every batch each window is what a list shows."""
    rng = random.Random(seed)
    for _ in range(50):
        api = Api()
        names = [f"r{n}" for n in range(9)]

        def change(api=api, names=names):
            name = rng.choice(names)
            if api.registry.get(f"regions/{name}") is not None and rng.random() < 0.35:
                api.remove(f"regions/{name}")
            else:
                api.region(name, title=rng.choice("abc"), domain=rng.choice("xy"))

        for _ in range(rng.randrange(8)):
            change()
        query = {"order_by": rng.choice(ORDERS), "filter": rng.choice(FILTERS)}
        window = {"page_size": rng.choice((1, 2, 3, 5, 100))}
        reply = api.list(**query, **window)
        if reply.next_page_token and rng.random() < 0.5:
            window["page_token"] = reply.next_page_token
            if rng.random() < 0.5:
                back = api.list(**query, **window).prev_page_token
                window["page_token"] = back
        masked = {"field_mask": mask("domain", "is_default")} if rng.random() < 0.3 else {}
        watched = Watch(api, max_chunk_size=rng.choice((0, 1, 2)), **query, **window, **masked)
        await watched.read()
        for _ in range(8):
            for _ in range(rng.choice((1, 1, 1, 3))):
                change()
            await watched.read()
            reply = api.list(**query, **window, **masked)
            assert [region.name for region in watched.held] == [r.name for r in reply.regions]
            assert watched.held == list(reply.regions)
            assert watched.view.page_tokens == (reply.prev_page_token, reply.next_page_token)
