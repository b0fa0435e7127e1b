"""L-SVC-1, pull: collections, single services and counts are pulled while services live.

Operators create, configure, start, stop and delete services at a rate of their own (open model).
The replay of every pull has to become what List and Get show. Without a type that may be made the
run only reads. Run it with `gridproof load L-SVC-1` or as a locustfile.
"""

from loadtests import bootstrap

# isort: split
from loadtests.catalogue import find
from loadtests.scenario import Scenario
from loadtests.stage import install
from loadtests.users import EngineHost, Subscriber, Writer

LOCUST = bootstrap.LOCUST_VERSION


class ServiceOperator(Writer):
    """Creates, configures, starts, stops and deletes services."""


class ServicesPuller(Subscriber):
    """Holds one pull in a greenlet: of a collection, of a service, or of the counts."""


class PullEngine(EngineHost):
    """Hosts the asyncio process that pulls instead."""


SCENARIO = Scenario(
    entry=find("L-SVC-1"), writer=ServiceOperator, reader=ServicesPuller, engine=PullEngine
)
install(SCENARIO)
