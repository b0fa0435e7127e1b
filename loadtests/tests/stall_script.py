"""Load on a server that stalls once, offered by the open model and by a closed loop.

Prints as JSON how many requests of each waited for more than half of the stall. Run by
`test_open_model.py` in a process of its own, because it patches the standard library.
"""

from loadtests import bootstrap

# isort: split
import json

import gevent

from loadtests import target
from loadtests.options import Options
from loadtests.plan import Plan
from loadtests.run import Run

RATE = 100
RUN_S, STALL_FROM_S, STALL_S = 3.0, 1.0, 1.0
CLOSED_USERS = 10


def main() -> None:
    """Offer both kinds of load to the same server at the same time."""
    assert bootstrap.LOCUST_VERSION
    plan = Plan(
        run="ld-0123456789ab-2",
        scenario="L-DSP-1",
        options=Options(max_inflight=16),
        target=target.at("127.0.0.1:1"),
    )
    run = Run(plan, index=0, offset_us=0, note=lambda _: None, fire=lambda *_: None)
    start_us = run.clock.now_us() + 100_000
    end_us = start_us + int(RUN_S * 1e6)
    stalled = range(
        start_us + int(STALL_FROM_S * 1e6), start_us + int((STALL_FROM_S + STALL_S) * 1e6)
    )
    waits: dict[str, list[int]] = {"open": [], "closed": []}

    def serve() -> None:
        now = run.clock.now_us()
        gevent.sleep((stalled.stop - now) / 1e6 if now in stalled else 0.001)

    def writer() -> None:
        while True:
            with run.arrival("write") as arrival:
                serve()
                waits["open"].append(run.clock.now_us() - arrival.due_us)

    def closed_user(first_us: int) -> None:
        at_us = first_us
        while at_us < end_us:
            gevent.sleep(max(0, (at_us - run.clock.now_us()) / 1e6))
            sent_us = run.clock.now_us()
            serve()
            waits["closed"].append(run.clock.now_us() - sent_us)
            at_us = max(run.clock.now_us(), at_us + 1_000_000 * CLOSED_USERS // RATE)

    writers = [gevent.spawn(writer) for _ in range(plan.options.max_inflight)]
    gap_us = 1_000_000 // RATE
    users = [gevent.spawn(closed_user, start_us + n * gap_us) for n in range(CLOSED_USERS)]
    run.start(
        {
            "start_us": start_us,
            "measure_us": start_us,
            "end_us": end_us,
            "quiet_until_us": 0,
            "storms_us": [],
            "cuts": [],
            "stall_us": [0, 0],
            "rates": {"write": {"rate": RATE}},
        }
    )
    gevent.joinall(users)
    while not run.is_idle:
        gevent.sleep(0.02)
    gevent.killall(writers)
    run.end()
    half_us = STALL_S * 1e6 / 2
    found = {name: sum(wait > half_us for wait in seen) for name, seen in waits.items()}
    print(json.dumps({**found, "arrivals": len(waits["open"])}))


if __name__ == "__main__":
    main()
