import asyncio
from collections.abc import Coroutine
from typing import Any

from simulator.store import Wakeup


async def waiting(wakeup: Wakeup, count: int, woken: list[int]) -> list[asyncio.Task[None]]:
    async def wait(number: int) -> None:
        await wakeup.wait()
        woken.append(number)

    tasks = [asyncio.create_task(wait(number)) for number in range(count)]
    await asyncio.sleep(0)
    return tasks


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_everyone_is_woken_in_the_order_of_waiting() -> None:
    wakeup, woken = Wakeup(), list[int]()
    await waiting(wakeup, 100, woken)
    await settle()
    assert woken == []
    wakeup.notify()
    await settle()
    assert woken == list(range(100))


async def test_a_burst_wakes_once() -> None:
    wakeup, wakings = Wakeup(), 0

    async def count() -> None:
        nonlocal wakings
        while True:
            await wakeup.wait()
            wakings += 1

    task = asyncio.create_task(count())
    await asyncio.sleep(0)
    for _ in range(20):
        wakeup.notify()
    await settle()
    assert wakings == 1
    wakeup.notify()
    await settle()
    assert wakings == 2
    task.cancel()


async def test_a_cancelled_waiter_takes_nobody_along() -> None:
    wakeup, woken = Wakeup(), list[int]()
    tasks = await waiting(wakeup, 3, woken)
    tasks[0].cancel()
    await settle()
    wakeup.notify()
    tasks[1].cancel()  # between the notification and the waking
    await settle()
    assert woken == [2]
    assert [task.cancelled() for task in tasks] == [True, True, False]


async def test_cancelled_waiters_leave_nothing_behind() -> None:
    wakeup = Wakeup()
    tasks = await waiting(wakeup, 50, [])
    for task in tasks:
        task.cancel()
    await settle()
    assert not wakeup._waiters


async def test_a_notification_is_not_kept_for_later() -> None:
    wakeup, woken = Wakeup(), list[int]()
    wakeup.notify()
    tasks = await waiting(wakeup, 1, woken)
    await settle()
    assert woken == []
    tasks[0].cancel()


async def test_who_comes_after_a_notification_waits_for_the_next() -> None:
    wakeup, woken = Wakeup(), list[int]()
    await waiting(wakeup, 1, woken)
    wakeup.notify()
    late = wakeup.wait()
    waiter = late.send(None)  # waits before the loop has had its turn
    await settle()
    assert woken == [0]
    assert not waiter.done()
    late.close()


def test_it_works_without_an_event_loop_and_with_one_after_another() -> None:
    wakeup = Wakeup()

    def run(main: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner() as runner:
            runner.run(main)

    async def be_woken() -> None:
        woken: list[int] = []
        await waiting(wakeup, 2, woken)
        wakeup.notify()
        await settle()
        assert woken == [0, 1]

    async def be_cancelled() -> None:
        await waiting(wakeup, 2, [])
        wakeup.notify()

    wakeup.notify()
    run(be_woken())
    run(be_cancelled())
    wakeup.notify()
    run(be_woken())
