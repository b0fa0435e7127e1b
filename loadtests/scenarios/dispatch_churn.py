"""L-DSP-3, stream churn: streams are opened and cancelled at a rate, beside steady ones.

The first third of the measured time is quiet, so that the run can tell whether the deliveries of
the steady streams suffer. Run it with `gridproof load L-DSP-3` or as a locustfile.
"""

from loadtests import bootstrap

# isort: split
from collections.abc import Mapping

from loadtests.apis.dispatch.flapping import Flapper
from loadtests.catalogue import find
from loadtests.options import Options
from loadtests.scenario import Roles, Scenario
from loadtests.stage import install
from loadtests.users import EngineHost, Subscriber, Writer

LOCUST = bootstrap.LOCUST_VERSION


class DispatchWriter(Writer):
    """Creates, updates and deletes dispatches."""


class DispatchSubscriber(Subscriber):
    """Watches one microgrid in a greenlet, from beginning to end."""


class DispatchEngine(EngineHost):
    """Hosts the asyncio process that watches instead."""


class DispatchFlapper(Flapper):
    """Opens a stream, sees it live, cancels it."""


def flappers(options: Options) -> Roles:
    """As many as there may be writers."""
    return {DispatchFlapper: options.max_inflight if options.flaps else 0}


def rates(options: Options) -> Mapping[str, float]:
    """Writes and subscriptions arrive at their own rates."""
    return {"write": options.rate, "flap": options.flaps}


SCENARIO = Scenario(
    entry=find("L-DSP-3"),
    writer=DispatchWriter,
    reader=DispatchSubscriber,
    engine=DispatchEngine,
    others=flappers,
    rates=rates,
    workers={"flap": DispatchFlapper},
    starts_late=("flap",),
)
install(SCENARIO)
