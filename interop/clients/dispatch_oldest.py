"""Runs beside frequenz-client-dispatch 0.7.1 (first published generation): every library call."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta

import grpc
from frequenz.client.common.microgrid.components import ComponentCategory
from frequenz.client.dispatch import Client
from frequenz.client.dispatch.types import EndCriteria, Event, Frequency, RecurrenceRule

GRID = 2


def soon(**step):
    return datetime.now(UTC).replace(microsecond=0) + timedelta(**step)


async def main(address):
    client = Client(server_url=f"grpc://{address}?ssl=false", key="any")
    events = client.stream(GRID)

    async def event():
        return await asyncio.wait_for(events.receive(), 10)

    live = False
    while not live:
        made = await client.create(GRID, "sentinel", soon(hours=1), None, [1])
        try:
            seen = await asyncio.wait_for(events.receive(), 1)
        except TimeoutError:
            continue
        while seen.dispatch.id != made.id:
            seen = await event()
        live = True

    created = await client.create(
        GRID,
        "set_power",
        soon(hours=2),
        timedelta(minutes=30),
        [ComponentCategory.BATTERY],
        payload={"power_w": -2000.0},
        recurrence=RecurrenceRule(
            frequency=Frequency.DAILY, interval=2, end_criteria=EndCriteria(count=3)
        ),
    )
    assert created.selector == [ComponentCategory.BATTERY], created.selector
    seen = await event()
    assert seen.event is Event.CREATED and seen.dispatch == created, seen

    updated = await client.update(
        microgrid_id=GRID,
        dispatch_id=created.id,
        new_fields={"selector": [4, 5], "duration": timedelta(hours=1)},
    )
    assert updated.selector == [4, 5] and updated.duration == timedelta(hours=1), updated
    seen = await event()
    assert seen.event is Event.UPDATED and seen.dispatch == updated, seen

    several = [
        await client.create(GRID, f"batch-{n}", soon(hours=3 + n), None, [n]) for n in range(1, 8)
    ]
    for one in several:
        assert (await event()).dispatch == one
    listed = [d async for page in client.list(GRID, page_size=3) for d in page]
    assert len(listed) == len({d.id for d in listed})
    assert {d.id for d in several} | {created.id} <= {d.id for d in listed}
    found = [d async for page in client.list(GRID, start_from=soon(hours=9)) for d in page]
    assert {d.id for d in found} == {d.id for d in several if d.start_time >= soon(hours=9)}

    await client.delete(microgrid_id=GRID, dispatch_id=created.id)
    seen = await event()
    assert seen.event is Event.DELETED and seen.dispatch.id == created.id
    try:
        await client.get(microgrid_id=GRID, dispatch_id=created.id)
    except grpc.aio.AioRpcError as error:
        assert error.code() is grpc.StatusCode.NOT_FOUND, error.code()
    else:
        raise AssertionError("a deleted dispatch was found")
    print("create, get, list, page, update, recur, stream, delete: agreed")


asyncio.run(main(sys.argv[1]))
