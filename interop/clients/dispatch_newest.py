"""Runs beside frequenz-client-dispatch 1.x: every call of the library against a server."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta

import grpc
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentCategory
from frequenz.client.dispatch import DispatchApiClient
from frequenz.client.dispatch.recurrence import EndCriteria, Frequency, RecurrenceRule, Weekday
from frequenz.client.dispatch.types import Event, InverterType, TargetCategories, TargetIds

GRID = MicrogridId(1)


def soon(**step):
    return datetime.now(UTC).replace(microsecond=0) + timedelta(**step)


async def everything(client):
    found = []
    async for page in client.list(GRID, page_size=4):
        found.extend(page)
    return found


async def main(address):
    client = DispatchApiClient(server_url=f"grpc://{address}?ssl=false", auth_key="any")
    events = client.stream(GRID)

    async def event():
        return await asyncio.wait_for(events.receive(), 10)

    # The stream is live once a first creation shows up in it.
    sentinel = None
    while sentinel is None:
        made = await client.create(GRID, "sentinel", soon(hours=1), None, TargetIds(1))
        try:
            seen = await asyncio.wait_for(events.receive(), 1)
        except TimeoutError:
            continue
        while seen.dispatch.id != made.id:
            seen = await event()
        sentinel = made

    start = soon(hours=2)
    rule = RecurrenceRule(
        frequency=Frequency.WEEKLY,
        interval=1,
        end_criteria=EndCriteria(count=4),
        byweekdays=[Weekday(start.isoweekday())],
    )
    created = await client.create(
        GRID,
        "set_power",
        start,
        timedelta(minutes=30),
        TargetCategories(ElectricalComponentCategory.BATTERY, InverterType.BATTERY),
        payload={"power_w": -2000.0, "deep": {"a": [1, "x", None, True]}},
        recurrence=rule,
    )
    assert created.end_time == start + timedelta(weeks=3, minutes=30), created.end_time
    assert created.recurrence == rule, created.recurrence
    first = await event()
    assert first.event is Event.CREATED and first.dispatch == created, first

    assert await client.get(microgrid_id=GRID, dispatch_id=created.id) == created

    updated = await client.update(
        microgrid_id=GRID,
        dispatch_id=created.id,
        new_fields={"duration": None, "active": False, "recurrence.interval": 2},
    )
    assert updated.duration is None and updated.active is False and updated.end_time is None
    assert updated.recurrence.interval == 2 and updated.update_time > created.update_time
    second = await event()
    assert second.event is Event.UPDATED and second.dispatch == updated, second

    immediate = await client.create(
        GRID, "self_consumption", "NOW", timedelta(seconds=5), TargetIds(1, 2)
    )
    late = (immediate.start_time - datetime.now(UTC)).total_seconds()
    assert abs(late) < 5, late
    assert immediate.started
    assert (await event()).dispatch.id == immediate.id

    several = [
        await client.create(GRID, f"batch-{n}", soon(hours=3 + n), timedelta(hours=1), TargetIds(n))
        for n in range(1, 12)
    ]
    for one in several:
        assert (await event()).dispatch == one
    listed = await everything(client)
    ids = [d.id for d in listed]
    assert len(ids) == len(set(ids)), "a dispatch was listed twice"
    assert {d.id for d in several} | {created.id, immediate.id, sentinel.id} <= set(ids)
    assert listed == sorted(listed, key=lambda d: (d.create_time, int(d.id)), reverse=True)

    async def ids_of(**filters):
        return {d.id async for page in client.list(GRID, **filters) for d in page}

    assert await ids_of(filter_queries=["batch-1"]) == {
        d.id for d in several if "batch-1" in d.type
    }
    assert await ids_of(filter_queries=[f"#{int(several[0].id)}"]) == {several[0].id}
    assert created.id in await ids_of(end_from=soon(days=300))
    assert await ids_of(active=False) == {created.id}
    assert await ids_of(target_components=[TargetIds(7)]) == {several[6].id}

    await client.delete(microgrid_id=GRID, dispatch_id=created.id)
    last = await event()
    assert last.event is Event.DELETED and last.dispatch.id == created.id
    assert last.dispatch.update_time > updated.update_time
    try:
        await client.get(microgrid_id=GRID, dispatch_id=created.id)
    except grpc.aio.AioRpcError as error:
        assert error.code() is grpc.StatusCode.NOT_FOUND, error.code()
    else:
        raise AssertionError("a deleted dispatch was found")
    print("create, get, list, page, filter, update, start now, recur, stream, delete: agreed")


asyncio.run(main(sys.argv[1]))
