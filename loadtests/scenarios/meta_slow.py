"""L-META-5, slow reader: one watch in twenty stalls, and nobody else may notice.

After a quiet third of the measured time those readers, on a connection with small windows, read
nothing for `--stall`. `--fail 'slow.deliver_ratio<=2'` compares the others' latency with that of
the quiet part. A stalled watch is reset, ended with RESOURCE_EXHAUSTED, or gets everything later.
Run it with `gridproof load L-META-5` or as a locustfile.
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
    """Holds one stateless watch in a greenlet; one in twenty stalls."""


class WatchEngine(EngineHost):
    """Hosts the asyncio process that watches instead."""


SCENARIO = Scenario(
    entry=find("L-META-5"), writer=HookWriter, reader=StatelessWatcher, engine=WatchEngine
)
install(SCENARIO)
