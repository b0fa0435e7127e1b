"""The GraphQL face of the exchange API: documents in, JSON out, no transport.

`Graphql.execute` answers one request, `Graphql.subscribe` follows one subscription. graphql-core
parses, validates and explains; what a valid document asks for is worked out once (`plan`), and the
values that clients write into their documents are taken out before (`literals`).
"""

from simulator.services.exchange.graphql.execution import Answer, Graphql
from simulator.services.exchange.graphql.limits import DEFAULTS, Limits

__all__ = ["DEFAULTS", "Answer", "Graphql", "Limits"]
