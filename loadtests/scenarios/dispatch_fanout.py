"""L-DSP-1, fan-out: every change of a dispatch reaches every subscriber, once and in order.

Writers create, update and delete dispatches at a rate of their own (open model); subscribers, on
either plane, prove what they get. Run it with `gridproof load L-DSP-1` or as a locustfile:
`locust -f dispatch_fanout.py --headless --endpoint HOST:PORT`.
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
    """Watches one microgrid in a greenlet."""


class DispatchEngine(EngineHost):
    """Hosts the asyncio process that watches instead."""


SCENARIO = Scenario(
    entry=find("L-DSP-1"), writer=DispatchWriter, reader=DispatchSubscriber, engine=DispatchEngine
)
install(SCENARIO)
