"""L-DSP-4, slow reader of dispatch: one reader in twenty stalls, and nobody else may notice.

After a quiet third of the measured time those readers, on a connection with small windows, read
nothing for `--stall`. `--fail 'slow.deliver_ratio<=2'` compares the others' latency with that of
the quiet part. A stalled stream may be ended with RESOURCE_EXHAUSTED or gets everything later.
Run it with `gridproof load L-DSP-4` or as a locustfile.
"""

from loadtests import bootstrap

# isort: split
from loadtests.catalogue import find
from loadtests.scenario import Scenario
from loadtests.stage import install
from loadtests.users import EngineHost, Subscriber, Writer

LOCUST = bootstrap.LOCUST_VERSION


class DispatchWriter(Writer):
    """Creates, updates and deletes dispatches."""


class DispatchSubscriber(Subscriber):
    """Watches one microgrid in a greenlet; one in twenty stalls."""


class DispatchEngine(EngineHost):
    """Hosts the asyncio process that watches instead."""


SCENARIO = Scenario(
    entry=find("L-DSP-4"), writer=DispatchWriter, reader=DispatchSubscriber, engine=DispatchEngine
)
install(SCENARIO)
