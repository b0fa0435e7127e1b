"""L-META-2, live stateless: watches with mixed filters follow every change and agree with List.

Writers create, change and remove deployments through the mutation hook at a rate of their own
(open model). Without a hook nothing is written, and watches of all kinds wait for what happens.
Run it with `gridproof load L-META-2` or as a locustfile.
"""

from loadtests import bootstrap

# isort: split
from loadtests.catalogue import find
from loadtests.scenario import Scenario
from loadtests.stage import install
from loadtests.users import EngineHost, Subscriber, Writer

LOCUST = bootstrap.LOCUST_VERSION


class HookWriter(Writer):
    """Creates, changes and removes deployments through the mutation hook."""


class StatelessWatcher(Subscriber):
    """Holds one stateless watch in a greenlet."""


class WatchEngine(EngineHost):
    """Hosts the asyncio process that watches instead."""


SCENARIO = Scenario(
    entry=find("L-META-2"), writer=HookWriter, reader=StatelessWatcher, engine=WatchEngine
)
install(SCENARIO)
