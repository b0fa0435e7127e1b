"""L-DX-2, export: every export is notified, and its file holds exactly what was published.

Exporters query, subscribe over a WebSocket, ask for the export and wait, at a rate of their own,
while publishers add records. Run it with `gridproof load L-DX-2` or as a locustfile.
"""

from loadtests import bootstrap

# isort: split
from collections.abc import Mapping

from loadtests.apis.exchange.exporting import Exporter
from loadtests.apis.exchange.querying import Publisher
from loadtests.catalogue import find
from loadtests.options import Options
from loadtests.scenario import Roles, Scenario
from loadtests.stage import install

LOCUST = bootstrap.LOCUST_VERSION


class ExchangePublisher(Publisher):
    """Publishes batches of records."""


class ExchangeExporter(Exporter):
    """Exports what was published."""


def exporters(options: Options) -> Roles:
    """As many as there may be publishers."""
    return {ExchangeExporter: options.max_inflight if options.flaps else 0}


def rates(options: Options) -> Mapping[str, float]:
    """Publishes and exports arrive at their own rates."""
    return {"write": options.rate, "export": options.flaps}


SCENARIO = Scenario(
    entry=find("L-DX-2"),
    writer=ExchangePublisher,
    others=exporters,
    rates=rates,
    workers={"export": ExchangeExporter},
)
install(SCENARIO)
