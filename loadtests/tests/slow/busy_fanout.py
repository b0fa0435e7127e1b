"""The fan-out scenario with one more user, which keeps the whole worker busy now and then."""

from loadtests import bootstrap

# isort: split
import time

import gevent
from locust import task

from loadtests.catalogue import find
from loadtests.options import Options
from loadtests.scenario import Roles, Scenario
from loadtests.scenarios import dispatch_fanout as fanout
from loadtests.stage import install
from loadtests.users import GridUser, guarded

LOCUST = bootstrap.LOCUST_VERSION
DispatchWriter = fanout.DispatchWriter
DispatchSubscriber = fanout.DispatchSubscriber


class BusyUser(GridUser):
    """Computes for 200 ms at a time instead of waiting."""

    @task
    @guarded
    def compute(self) -> None:
        """Let nobody else run for a while."""
        end = time.monotonic() + 0.2
        while time.monotonic() < end:
            continue
        gevent.sleep(0.2)


def roles(options: Options, nodes: int) -> Roles:
    """The users of the fan-out and the busy one."""
    return {**fanout.roles(options, nodes), BusyUser: nodes}


install(Scenario(entry=find("L-DSP-1"), roles=roles, rates=fanout.rates, workers=fanout.WORKERS))
