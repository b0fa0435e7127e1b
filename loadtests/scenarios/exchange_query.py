"""L-DX-1, publish and query: what was published is found page by page, once and unaltered.

Publishers send batches at a rate, queriers walk over rows, last values and structured queries in a
closed loop. Run it with `gridproof load L-DX-1` or as a locustfile.
"""

from loadtests import bootstrap

# isort: split
from loadtests.apis.exchange.querying import Publisher, Querier
from loadtests.catalogue import find
from loadtests.options import Options
from loadtests.scenario import Roles, Scenario
from loadtests.stage import install

LOCUST = bootstrap.LOCUST_VERSION


class ExchangePublisher(Publisher):
    """Publishes batches of records."""


class ExchangeQuerier(Querier):
    """Walks over pages, again and again."""


def others(options: Options) -> Roles:
    """As many as were asked for."""
    return {ExchangeQuerier: options.walkers}


SCENARIO = Scenario(entry=find("L-DX-1"), writer=ExchangePublisher, others=others)
install(SCENARIO)
