"""L-DSP-1, fan-out: every change of a dispatch reaches every subscriber, once and in order.

Writers create, update and delete dispatches at a rate of their own (open model); subscribers, on
either plane, prove what they get. Run it with `gridproof load L-DSP-1` or as a locustfile:
`locust -f dispatch_fanout.py --headless --endpoint HOST:PORT`.
"""

from loadtests import bootstrap

# isort: split
from collections.abc import Mapping

from loadtests.catalogue import find
from loadtests.options import Options
from loadtests.scenario import Roles, Scenario
from loadtests.stage import install
from loadtests.users import EngineHost, Subscriber, Writer

LOCUST = bootstrap.LOCUST_VERSION


class DispatchWriter(Writer):
    """Creates, updates and deletes dispatches."""


class DispatchSubscriber(Subscriber):
    """Watches one microgrid in a greenlet."""


class DispatchEngine(EngineHost):
    """Hosts the asyncio process that watches instead."""


def roles(options: Options, nodes: int) -> Roles:
    """Writers, and either a greenlet for each stream or one engine for each process."""
    streams = options.subscribers
    return {
        DispatchWriter: options.max_inflight if options.rate else 0,
        DispatchSubscriber: 0 if options.reads_in_engine else streams,
        DispatchEngine: nodes if options.reads_in_engine and streams else 0,
    }


def rates(options: Options) -> Mapping[str, float]:
    """Writes arrive at the rate asked for."""
    return {"write": options.rate}


WORKERS = {"write": DispatchWriter.__name__}

install(Scenario(entry=find("L-DSP-1"), roles=roles, rates=rates, workers=WORKERS))
