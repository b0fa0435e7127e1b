import asyncio

import pytest

from simulator.services.exchange.notices import Notices
from simulator.store import FellBehind


async def heard(listener) -> list:
    """What a listener has to say until it is closed."""
    listener.close()
    return [notice async for notice in listener]


async def test_listeners_hear_what_is_published_after_they_came() -> None:
    notices = Notices()
    notices.publish("t", 0)
    first, other = notices.listen("t"), notices.listen("other")
    notices.publish("t", 1)
    second = notices.listen("t")
    notices.publish("t", 2)
    assert (first.lag, second.lag, other.lag) == (2, 1, 0)
    assert await heard(first) == [1, 2]
    assert await heard(second) == [2]
    assert await heard(other) == []


async def test_a_kept_notice_is_told_to_each_one_who_comes() -> None:
    notices = Notices()
    notices.publish("t", 1, keep=True)
    notices.publish("t", 2, keep=True)
    for _ in range(2):
        assert await heard(notices.listen("t")) == [2]
    notices.withdraw("t")
    assert await heard(notices.listen("t")) == []


async def test_withdrawing_leaves_listeners_where_they_are() -> None:
    notices = Notices()
    listener = notices.listen("t")
    notices.publish("t", 1, keep=True)
    notices.withdraw("t")
    late = notices.listen("t")
    notices.publish("t", 2, keep=True)
    assert await heard(listener) == [1, 2]
    assert await heard(late) == [2]


async def test_a_listener_waits() -> None:
    notices = Notices()
    listener = notices.listen("t")
    waiting = asyncio.ensure_future(anext(listener))
    await asyncio.sleep(0)
    assert not waiting.done()
    notices.publish("t", 1)
    assert await asyncio.wait_for(waiting, 5) == 1


async def test_closing_and_clearing_end_who_waits() -> None:
    notices = Notices()
    for end in (lambda listener: listener.close(), lambda listener: notices.clear()):
        listener = notices.listen("t")
        waiting = asyncio.ensure_future(anext(listener, "the end"))
        await asyncio.sleep(0)
        end(listener)
        assert await asyncio.wait_for(waiting, 5) == "the end"
        listener.close()
    assert not notices.heard("t")


async def test_who_is_too_slow_falls_off() -> None:
    notices = Notices(backlog=3)
    slow, quick = notices.listen("t"), notices.listen("t")
    for number in range(4):
        notices.publish("t", number)
        assert await anext(quick) == number
    with pytest.raises(FellBehind):
        await anext(slow)


async def test_who_is_no_longer_allowed_is_told_instead() -> None:
    notices = Notices()

    def refuse() -> None:
        raise PermissionError

    listener = notices.listen("t", refuse)
    notices.publish("t", 1)
    with pytest.raises(PermissionError):
        await anext(listener)


def test_nothing_is_kept_for_nobody() -> None:
    notices = Notices(kept=2)
    notices.publish("t", 1)
    assert not notices.heard("t")
    assert not notices._topics
    listener = notices.listen("t")
    assert notices.heard("t")
    for topic in "abc":
        notices.publish(topic, 1, keep=True)
    assert [*notices._topics] == ["t", "b", "c"]
    listener.close()
    listener.close()
    assert [*notices._topics] == ["b", "c"]


async def test_notices_can_be_lost() -> None:
    notices = Notices()
    asked = []
    notices.lose = lambda topic, notice: asked.append(notice) or notice == 1
    notices.publish("t", 1)
    assert not asked
    listener = notices.listen("t")
    notices.publish("t", 1, keep=True)
    notices.publish("t", 2)
    assert await heard(listener) == [2]
