"""The fan-out scenario with one more user, which keeps the whole worker busy now and then."""

from loadtests import bootstrap

# isort: split
import time
from dataclasses import replace

import gevent
from locust import task

from loadtests.options import Options
from loadtests.scenario import Roles
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


def busy(options: Options) -> Roles:
    """One of them."""
    return {BusyUser: 1}


install(replace(fanout.SCENARIO, others=busy))
