"""SQL over time series: Timestream's dialect, compiled for a locked-down DuckDB.

Follows what is published of Timestream's query language, which is Trino's with additions. A query
is parsed by sqlglot and compiled to DuckDB SQL by us, construct by construct, each with its type;
what no rule of ours knows is refused by name. Of a query's text only quoted literals get through.
"""

from simulator.services.exchange.sql.invocations import SUPPORTED
from simulator.services.exchange.sql.policy import SqlPolicy
from simulator.services.exchange.sql.service import SqlQueries, TimestreamPage

__all__ = ["SUPPORTED", "SqlPolicy", "SqlQueries", "TimestreamPage"]
