"""L-SVC-2, slow reader: one pull of a collection in twenty stalls, and nobody else may notice.

After a quiet third of the measured time those readers, on a connection with small windows, read
nothing for `--stall`. `--fail 'slow.deliver_ratio<=2'` compares the others' latency with that of
the quiet part. A stalled pull gets everything later, or ends with RESOURCE_EXHAUSTED.
Run it with `gridproof load L-SVC-2` or as a locustfile.
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
    """Holds one pull of a collection in a greenlet; one in twenty stalls."""


class PullEngine(EngineHost):
    """Hosts the asyncio process that pulls instead."""


SCENARIO = Scenario(
    entry=find("L-SVC-2"), writer=ServiceOperator, reader=ServicesPuller, engine=PullEngine
)
install(SCENARIO)
