"""L-META-3, live stateful: watches with mixed windows and orders; every index has to fit.

Writers create, change and remove deployments through the mutation hook at a rate of their own
(open model). Without a hook nothing is written, and watches of all kinds wait for what happens.
Run it with `gridproof load L-META-3` or as a locustfile.
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


class StatefulWatcher(Subscriber):
    """Holds one stateful watch in a greenlet."""


class WatchEngine(EngineHost):
    """Hosts the asyncio process that watches instead."""


SCENARIO = Scenario(
    entry=find("L-META-3"), writer=HookWriter, reader=StatefulWatcher, engine=WatchEngine
)
install(SCENARIO)
