"""Runs beside frequenz-client-dispatch 1.x: an idle stream must outlive the client's pings.

One client pings every 10 s (a server with default options ends its stream within a minute), one as
often as the client does by itself. Both must hear of a creation after minutes of silence, and the
stream must never have been opened a second time.
"""

import asyncio
import sys
from datetime import UTC, datetime, timedelta

from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.dispatch import DispatchApiClient
from frequenz.client.dispatch.types import TargetIds

GRID = MicrogridId(3)


async def hold(address, options, idle_s):
    client = DispatchApiClient(server_url=f"grpc://{address}?ssl=false{options}", auth_key="any")
    opened = 0
    method = client.stub.StreamMicrogridDispatches

    def counted(*args, **kwargs):
        nonlocal opened
        opened += 1
        return method(*args, **kwargs)

    client.stub.StreamMicrogridDispatches = counted
    events = client.stream(GRID)
    await asyncio.sleep(idle_s)
    start = datetime.now(UTC) + timedelta(hours=1)
    made = await client.create(GRID, "after the silence", start, None, TargetIds(1))
    while (await asyncio.wait_for(events.receive(), 20)).dispatch.id != made.id:
        pass
    assert opened == 1, f"the stream was opened {opened} times"


async def main(address, idle_s):
    await asyncio.gather(
        hold(address, "&keep_alive_interval_s=10", idle_s), hold(address, "", idle_s)
    )
    print(f"streams survived {idle_s:.0f} s of silence under 10 s and 60 s pings: agreed")


asyncio.run(main(sys.argv[1], float(sys.argv[2])))
