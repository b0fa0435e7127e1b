"""Where the exchange API is reached: `/graphql`, by POST and WebSocket, and its objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from simulator.server.exchange import OBJECTS
from simulator.server.exchange_http import GraphqlEndpoint
from simulator.server.exchange_objects import ObjectsEndpoint
from simulator.server.exchange_socket import SocketEndpoint

if TYPE_CHECKING:
    from simulator.server.calls import Calls
    from simulator.server.exchange import Exchange

GRAPHQL: Final = "/graphql"


def doors(exchange: Exchange, calls: Calls) -> list[BaseRoute]:
    """Return the routes to an exchange; what is called there is counted among the calls."""
    exchange.graphql.noted = lambda name: calls.count(f"{GRAPHQL}/{name}")
    return [
        Route(GRAPHQL, GraphqlEndpoint(exchange, calls)),
        WebSocketRoute(GRAPHQL, SocketEndpoint(exchange, calls)),
        Mount(OBJECTS, ObjectsEndpoint(exchange, calls)),
    ]
