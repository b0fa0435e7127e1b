"""L-DSP-2, paging under churn: lists walked page by page while dispatches come, change and go.

Walkers go over all pages with sizes from 10 to 1000; whatever stood still during a walk has to
appear in it exactly once. Run it with `gridproof load L-DSP-2` or as a locustfile.
"""

from loadtests import bootstrap

# isort: split
from collections.abc import Mapping

from loadtests.catalogue import find
from loadtests.options import Options
from loadtests.scenario import Roles, Scenario
from loadtests.stage import install
from loadtests.walking import Lister, NotingWriter

LOCUST = bootstrap.LOCUST_VERSION


class DispatchWriter(NotingWriter):
    """Creates, updates and deletes dispatches, and notes what it touches."""


class DispatchLister(Lister):
    """Walks over all pages, again and again."""


def roles(options: Options, nodes: int) -> Roles:
    """Writers and walkers."""
    return {
        DispatchWriter: options.max_inflight if options.rate else 0,
        DispatchLister: options.walkers,
    }


def rates(options: Options) -> Mapping[str, float]:
    """Writes arrive at the rate asked for; walks follow one another."""
    return {"write": options.rate}


WORKERS = {"write": DispatchWriter.__name__}

install(Scenario(entry=find("L-DSP-2"), roles=roles, rates=rates, workers=WORKERS))
