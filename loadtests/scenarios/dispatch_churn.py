"""L-DSP-3, stream churn: streams are opened and cancelled at a rate, beside steady ones.

The first third of the measured time is quiet, so that the run can tell whether the deliveries of
the steady streams suffer. Run it with `gridproof load L-DSP-3` or as a locustfile.
"""

from loadtests import bootstrap

# isort: split
from collections.abc import Mapping

from loadtests.catalogue import find
from loadtests.flapping import Flapper
from loadtests.options import Options
from loadtests.scenario import Roles, Scenario
from loadtests.stage import install
from loadtests.users import EngineHost, Subscriber, Writer

LOCUST = bootstrap.LOCUST_VERSION
QUIET_SHARE = 1 / 3


class DispatchWriter(Writer):
    """Creates, updates and deletes dispatches."""


class DispatchSubscriber(Subscriber):
    """Watches one microgrid in a greenlet, from beginning to end."""


class DispatchEngine(EngineHost):
    """Hosts the asyncio process that watches instead."""


class DispatchFlapper(Flapper):
    """Opens a stream, sees it live, cancels it."""


def roles(options: Options, nodes: int) -> Roles:
    """Writers, steady streams on either plane, and as many flappers as writers."""
    streams = options.subscribers
    return {
        DispatchWriter: options.max_inflight if options.rate else 0,
        DispatchFlapper: options.max_inflight if options.flaps else 0,
        DispatchSubscriber: 0 if options.reads_in_engine else streams,
        DispatchEngine: nodes if options.reads_in_engine and streams else 0,
    }


def rates(options: Options) -> Mapping[str, float]:
    """Writes and subscriptions arrive at their own rates."""
    return {"write": options.rate, "flap": options.flaps}


WORKERS = {"write": DispatchWriter.__name__, "flap": DispatchFlapper.__name__}
LATE = {"flap": QUIET_SHARE}

install(
    Scenario(entry=find("L-DSP-3"), roles=roles, rates=rates, workers=WORKERS, starts_late=LATE)
)
