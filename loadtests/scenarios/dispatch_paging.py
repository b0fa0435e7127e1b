"""L-DSP-2, paging under churn: lists walked page by page while dispatches come, change and go.

Walkers go over all pages with sizes from 10 to 1000; whatever stood still during a walk has to
appear in it exactly once. Run it with `gridproof load L-DSP-2` or as a locustfile.
"""

from loadtests import bootstrap

# isort: split
from loadtests.apis.dispatch.walking import Lister, NotingWriter
from loadtests.catalogue import find
from loadtests.options import Options
from loadtests.scenario import Roles, Scenario
from loadtests.stage import install

LOCUST = bootstrap.LOCUST_VERSION


class DispatchWriter(NotingWriter):
    """Creates, updates and deletes dispatches, and notes what it touches."""


class DispatchLister(Lister):
    """Walks over all pages, again and again."""


def walkers(options: Options) -> Roles:
    """As many as were asked for."""
    return {DispatchLister: options.walkers}


SCENARIO = Scenario(entry=find("L-DSP-2"), writer=DispatchWriter, others=walkers)
install(SCENARIO)
