import asyncio

import pytest

from simulator.services.errors import Code, ServiceError
from simulator.services.meta import KINDS, Policy

from .api import NOW_US, REGION, SERVICE, Api, mask
from .watching import STATELESS, Watch, due


@pytest.fixture
def api():
    return Api()


def regions(api, count, **fields):
    api.put(REGION, *({"name": f"regions/r{n:04}", **fields} for n in range(count)))


def listed(api, **fields):
    """All that lists show, by name."""
    found, token = {}, ""
    while True:
        page = api.list(page_token=token, **fields)
        found |= {region.name: region for region in page.regions}
        token = page.next_page_token
        if not token:
            return found


def watch(api, **fields):
    return Watch(api, type=STATELESS, **fields)


async def test_a_snapshot_comes_in_chunks_closed_by_a_token(api):
    regions(api, 250)
    watched = watch(api, max_chunk_size=100)
    messages = await watched.read()
    assert [len(m.region_changes) for m in messages] == [100, 100, 50]
    assert [m.is_current for m in messages] == [False, False, True]
    assert [bool(m.resume_token) for m in messages] == [False, False, True]
    assert {m.snapshot_size for m in messages} == {-1}
    assert watched.held == listed(api)


@pytest.mark.parametrize("size", [1, 2, 6, 7, 8, 100])
async def test_no_message_holds_more_than_a_chunk(api, size):
    regions(api, 7)
    messages = await watch(api, max_chunk_size=size).read()
    assert len(messages) == -(-7 // size)


async def test_without_a_chunk_size_a_hundred_is_the_limit(api):
    regions(api, 101)
    assert [len(m.region_changes) for m in await watch(api).read()] == [100, 1]


async def test_an_empty_collection_is_current_at_once(api):
    (message,) = await watch(api).read()
    assert message.is_current
    assert message.resume_token


async def test_an_increment_holds_each_name_once(api):
    watched = watch(api)
    await watched.read()
    api.region("aa", title="1")
    api.region("bb")
    api.region("aa", title="2")
    (message,) = await watched.read()
    assert [c.current.region.name for c in message.region_changes] == ["regions/aa", "regions/bb"]
    assert watched.held == listed(api)


async def test_a_large_batch_is_cut_and_closed_once(api):
    watched = watch(api, max_chunk_size=2)
    await watched.read()
    regions(api, 6)
    messages = await watched.read()
    assert [m.is_current for m in messages] == [False, False, True]


async def test_what_came_and_went_in_between_is_not_told(api):
    watched = watch(api)
    await watched.read()
    api.region("aa")
    api.remove("regions/aa")
    assert await watched.read() == []


async def test_entering_and_leaving_a_filter(api):
    watched = watch(api, filter='title = "in"')
    await watched.read()
    api.region("aa", title="out")
    assert await watched.read() == []
    api.region("aa", title="in")
    await watched.read()
    assert list(watched.held) == ["regions/aa"]
    api.region("aa", title="out")
    (message,) = await watched.read()
    assert message.region_changes[0].removed.name == "regions/aa"
    api.remove("regions/aa")
    assert await watched.read() == []


async def test_changes_that_the_mask_hides_are_not_sent(api):
    api.region("aa", title="1", domain="a")
    watched = watch(api, field_mask=mask("title"))
    await watched.read()
    api.region("aa", title="1", domain="b")
    assert await watched.read() == []
    api.region("aa", title="2", domain="b")
    (message,) = await watched.read()
    assert len(message.region_changes) == 1
    assert watched.held["regions/aa"].domain == ""


async def test_leaving_through_a_hidden_field_is_sent(api):
    api.region("aa", title="in")
    watched = watch(api, filter='title = "in"', field_mask=mask("domain"))
    await watched.read()
    assert list(watched.held) == ["regions/aa"]
    api.region("aa", title="out")
    await watched.read()
    assert watched.held == {}


async def test_changes_during_a_snapshot_follow_it(api):
    regions(api, 40)
    watched = watch(api, max_chunk_size=1)
    first = await watched.feed.take()
    assert len(first) < 40
    watched.feed_in(first)
    api.remove("regions/r0000", "regions/r0039")
    api.region("zz")
    messages = await watched.read()
    kinds = [c.WhichOneof("change_type") for m in messages for c in m.region_changes]
    assert kinds == ["current"] * (40 - len(first)) + ["removed", "removed", "current"]
    assert watched.held == listed(api)


async def test_resuming_gives_what_was_missed(api):
    regions(api, 3)
    watched = watch(api)
    await watched.read()
    api.remove("regions/r0001")
    api.region("new")
    again = Watch(api, type=STATELESS, resume_token=watched.view.token, view=watched.view)
    await again.read()
    assert again.held == listed(api)


async def test_resuming_without_changes_is_an_empty_changeset_with_a_token(api):
    regions(api, 3)
    watched = watch(api)
    await watched.read()
    for _ in range(2):
        again = Watch(api, type=STATELESS, resume_token=watched.view.token)
        (message,) = await again.read()
        assert message.is_current
        assert not message.region_changes


async def test_after_a_resume_everything_that_may_have_been_seen_is_told(api):
    watched = watch(api)
    await watched.read()
    old = watched.view.token
    api.region("aa", title="1")
    await watched.read()
    assert watched.held
    api.remove("regions/aa")
    again = Watch(api, type=STATELESS, resume_token=old, view=watched.view)
    await again.read()
    assert again.held == {}


@pytest.mark.parametrize("size", [1, 7, 100])
async def test_killed_at_any_message_of_a_snapshot(api, size):
    regions(api, 250)
    expected = listed(api)
    total = -(-250 // size)
    steps = range(total + 1) if size > 1 else (*range(20), 100, 249, 250)
    for killed in steps:
        watched = watch(api, max_chunk_size=size)
        watched.feed_in((await due(watched.feed))[:killed])
        token = watched.view.token
        assert bool(token) == (killed == total)
        again = watch(api, max_chunk_size=size, resume_token=token, view=watched.view)
        await again.read()
        assert again.held == expected


async def test_two_hundred_watches_resume_at_once(api):
    regions(api, 50)
    first = [watch(api) for _ in range(200)]
    for watched in first:
        await watched.read()
    assert len({watched.view.token for watched in first}) == 1
    regions(api, 60, title="new")
    api.remove("regions/r0000")
    again = [watch(api, resume_token=w.view.token, view=w.view) for w in first]
    await asyncio.gather(*(watched.read() for watched in again))
    expected = listed(api)
    assert all(watched.held == expected for watched in again)


async def refused(api, **fields):
    with pytest.raises(ServiceError) as caught:
        watch(api, **fields)
    assert caught.value.code is Code.INVALID_ARGUMENT
    return caught.value.text


async def test_what_a_stateless_request_may_not_hold(api):
    for field, value in {"page_size": 1, "page_token": "r.e.O.1", "order_by": "title"}.items():
        text = await refused(api, **{field: value})
        assert text == f"{field}: cannot be used in a watch of type STATELESS"
    for size in (-1, 101):
        text = await refused(api, max_chunk_size=size)
        assert text == f"max_chunk_size: {size} is not within 0 to 100"
    assert "filter: at 0" in await refused(api, filter="nosuch = 1")
    assert "field_mask" in await refused(api, field_mask=mask("nosuch"))
    assert "type: 7" in await refused_type(api)
    text = await refused(api, resume_token="x", starting_time={"seconds": 1})
    assert text == "starting_time: cannot be combined with a resume_token"


async def refused_type(api):
    with pytest.raises(ServiceError) as caught:
        Watch(api, type=7)
    return caught.value.text


async def test_tokens_that_are_no_tokens_are_refused(api):
    watched = watch(api)
    await watched.read()
    token = watched.view.token
    assert "not a token" in await refused(api, resume_token="abc")
    assert "not a token" in await refused(api, resume_token=token[:-3] + "AAA")
    assert "not a resume token" in await refused(api, resume_token=api.signer.sign([1]))
    assert "another" in await refused(api, resume_token=token, filter='title = "x"')
    assert "another" in await refused(api, resume_token=token, field_mask=mask("title"))


async def test_a_token_that_the_log_does_not_reach_leads_to_a_hard_reset():
    api = Api(log_size=4)
    watched = watch(api)
    await watched.read()
    regions(api, 5)
    again = watch(api, resume_token=watched.view.token, view=watched.view)
    first, *_ = await again.read()
    assert first.is_hard_reset
    assert again.held == listed(api)


async def test_a_token_of_another_history_leads_to_a_hard_reset(api):
    other = Api()
    for each, title in ((api, "1"), (other, "2")):
        each.region("aa", title=title)
        each.region("bb")
    watched = watch(api)
    await watched.read()
    again = watch(other, resume_token=watched.view.token, view=watched.view)
    first, *_ = await again.read()
    assert first.is_hard_reset
    assert again.held == listed(other)


async def test_a_token_of_the_same_history_is_good_in_another_process(api):
    other = Api()
    for each in (api, other):
        regions(each, 5)
    watched = watch(api)
    await watched.read()
    other.remove("regions/r0002")
    again = watch(other, resume_token=watched.view.token, view=watched.view)
    (message,) = await again.read()
    assert message.region_changes[0].removed.name == "regions/r0002"
    assert again.held == listed(other)


def at(us):
    return {"seconds": us // 10**6, "nanos": us % 10**6 * 1000}


@pytest.mark.parametrize(("start_us", "expected"), [(0, 2), (5, 2), (6, 0)])
async def test_starting_time_is_inclusive_and_brings_no_snapshot(api, start_us, expected):
    api.region("aa")
    api.clock.advance(5)
    api.region("bb")
    api.remove("regions/aa")
    api.clock.advance(5)
    watched = watch(api, starting_time=at(NOW_US + start_us))
    (message,) = await watched.read()
    assert message.resume_token
    assert len(message.region_changes) == expected
    region = api.region("cc")
    await watched.read()
    assert watched.held["regions/cc"] == region


async def test_starting_time_before_the_log_leads_to_a_hard_reset():
    api = Api(log_size=4)
    for _ in range(6):
        api.region("aa")
        api.clock.advance(1)
    watched = watch(api, starting_time=at(NOW_US + 2))
    first, *_ = await watched.read()
    assert first.is_hard_reset
    assert watched.held == listed(api)
    (message,) = await watch(api, starting_time=at(NOW_US + 3)).read()
    assert message.is_current


async def test_a_future_start_is_refused_but_for_clocks_that_run_ahead(api):
    assert "future" in await refused(api, starting_time=at(NOW_US + 11_000_000))
    (message,) = await watch(api, starting_time=at(NOW_US + 9_000_000)).read()
    assert message.is_current


async def test_a_reader_that_fell_off_the_log_starts_over():
    api = Api(log_size=4)
    watched = watch(api)
    await watched.read()
    regions(api, 6)
    messages = await watched.read()
    assert [m.is_hard_reset for m in messages] == [True, False]
    assert watched.held == listed(api)


async def test_a_stalled_reader_is_let_go_and_starts_the_snapshot_again(api):
    regions(api, 40)
    watched = watch(api, max_chunk_size=1)
    watched.feed_in(await watched.feed.take())
    assert watched.feed.let_go()
    regions(api, 41)
    messages = await watched.read()
    assert messages[0].is_soft_reset
    assert watched.held == listed(api)
    assert watched.feed.let_go()
    assert await watched.read() == []


async def test_let_go_within_an_increment_tells_again_what_may_have_been_seen(api):
    watched = watch(api, max_chunk_size=1)
    await watched.read()
    regions(api, 40)
    watched.feed_in(await watched.feed.take())
    assert watched.view.pending
    watched.feed.let_go()
    api.remove(*(f"regions/r{n:04}" for n in range(40)))
    messages = await watched.read()
    assert messages[0].is_soft_reset
    changes = [c.WhichOneof("change_type") for m in messages for c in m.region_changes]
    assert changes == ["removed"] * 40
    assert watched.held == {}


async def test_equal_watches_get_equal_bytes(api):
    regions(api, 30)
    feeds = [watch(api).feed for _ in range(3)]
    first = [await due(feed) for feed in feeds]
    regions(api, 31, title="new")
    second = [await due(feed) for feed in feeds]
    assert first[0] == first[1] == first[2]
    assert second[0] == second[1] == second[2]


@pytest.mark.parametrize("kind", KINDS.values(), ids=str)
@pytest.mark.parametrize("watch_type", [0, STATELESS])
async def test_every_kind_is_watched_alike(api, kind, watch_type):
    api.region("aa")
    api.put(SERVICE, {"name": "services/s.io"})
    names = {
        "regions": ["regions/bb", "regions/cc"],
        "services": ["services/t.io", "services/u.io"],
        "deployments": ["regions/aa/deployments/x", "regions/zz/deployments/y"],
        "resources": ["services/s.io/resources/Xx", "services/z.io/resources/Yy"],
    }[kind.plural]
    parent = {"deployments": "regions/aa", "resources": "services/s.io"}.get(kind.plural)
    query = {"parent": parent} if parent else {}
    watched = Watch(api, kind, type=watch_type, **query)
    await watched.read()
    for fields in ({}, {"metadata": {"tags": ["new"]}}):
        api.put(kind, *({"name": name, **fields} for name in names))
        await watched.read()
        held = watched.held if watch_type == 0 else list(watched.held.values())
        expected = list(getattr(api.list(kind, **query), kind.plural))
        assert sorted(held, key=str) == sorted(expected, key=str)
        assert len(expected) == (1 if parent else 2) + (kind.plural in ("regions", "services"))
    api.remove(*names)
    await watched.read()
    assert len(watched.held) == (0 if parent else 1)


async def test_sizes_may_be_left_at_zero_as_a_quirk():
    api = Api(policy=Policy(unset_snapshot_size=0))
    feed = api.service.watch(REGION, REGION.methods["watch"].request(type=STATELESS), {})
    (data,) = await due(feed)
    assert REGION.methods["watch"].response.FromString(data).snapshot_size == 0


async def test_too_large_chunks_may_be_made_smaller_as_a_quirk():
    api = Api(policy=Policy(clamps_chunks=True))
    regions(api, 101)
    for size, expected in ((1000, [100, 1]), (-1, [100, 1])):
        feed = api.service.watch(
            REGION,
            REGION.methods["watch"].request(type=STATELESS, max_chunk_size=size),
            {},
        )
        response = REGION.methods["watch"].response
        found = [response.FromString(data) for data in await due(feed)]
        assert [len(message.region_changes) for message in found] == expected
