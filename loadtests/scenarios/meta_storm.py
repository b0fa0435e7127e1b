"""L-META-4, resume storm: all streams are cut at once and come back with their tokens.

As L-META-2; `--storms` times during the measured part. `resume` takes the time from the cut to the
first changeset after it, `unary.Upsert.storm` what writers feel; nothing may be lost.
Run it with `gridproof load L-META-4` or as a locustfile.
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
    """Holds one stateless watch in a greenlet, over all storms."""


class WatchEngine(EngineHost):
    """Hosts the asyncio process that watches instead."""


SCENARIO = Scenario(
    entry=find("L-META-4"), writer=HookWriter, reader=StatelessWatcher, engine=WatchEngine
)
install(SCENARIO)
