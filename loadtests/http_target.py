"""What a load run needs to know of the exchange API of its target, which speaks HTTP.

The profile names one URL; WebSocket and the token of the caller follow from it as the published
SDK 0.0.24 has it, unless the profile says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from fixtures.targets.model import Target as Profile

GRAPHQL = "/graphql"
SHIPPED_TOKEN = "owner"
"""The token of the same role in the population that the reference server ships."""


class Exchange(BaseModel):
    """The exchange API of the target.

    Attributes:
        url: of GraphQL; empty where the profile names none.
        websocket_url: of subscriptions.
        token: of the owner of a database, as it is sent.
        headers: sent with every call besides.
        time_series_db: id of the database to use; None is the first that is listed.
        administration: a database may be made for the run, and removed after it.
        has_sql: rows can be asked for in Timestream's SQL.
        asset_column: of a table, holds the asset id.
        csv_columns: other names of the columns of an export.
        max_records: of one publish.
        is_simulated: the target has a time of its own.
        settle_s: how long a write may take until reads show it, in seconds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = ""
    websocket_url: str = ""
    token: str = Field(default=SHIPPED_TOKEN, repr=False)
    headers: Mapping[str, str] = Field(default={}, repr=False)
    time_series_db: str | None = None
    administration: bool = False
    has_sql: bool = True
    asset_column: str = "assetId"
    csv_columns: Mapping[str, str] = {}
    max_records: int = 100
    is_simulated: bool = False
    settle_s: float = 10.0

    @property
    def addresses(self) -> tuple[str, ...]:
        """HOST:PORT of whatever is called."""
        return tuple(address_of(url) for url in (self.url, self.websocket_url) if url)

    def at(self, url: str) -> Exchange:
        """The same API at another URL."""
        return self.model_copy(update={"url": url, "websocket_url": websocket_url_of(url)})


def read(profile: Profile) -> Exchange:
    """What a profile says of the API; without a URL of its own it is at that of the target."""
    said = profile.services.exchange
    default = f"{profile.http.rstrip('/')}{GRAPHQL}" if profile.http else ""
    if said is None:
        return Exchange()
    url = said.url or default
    return Exchange(
        url=url,
        websocket_url=said.websocket_url or websocket_url_of(url),
        token=said.tokens.get("owner", SHIPPED_TOKEN),
        headers=said.headers,
        time_series_db=said.time_series_db,
        administration=said.administration,
        has_sql=said.sql != "none",
        asset_column=said.asset_column,
        csv_columns=said.csv_columns,
        max_records=said.max_records,
        is_simulated=said.clock == "simulated",
        settle_s=said.settle,
    )


def is_url(text: str) -> bool:
    """Whether an address is that of an API over HTTP."""
    return text.startswith(("http://", "https://"))


def graphql_url(text: str) -> str:
    """The URL of GraphQL at an address: its own path, if it has one.

    Raises:
        ValueError: tells what was expected.
    """
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname
    except ValueError:
        port, host = None, None
    if not host or port == 0:
        raise ValueError("http://HOST:PORT/graphql")
    return text if parts.path.strip("/") else parts._replace(path=GRAPHQL).geturl()


def websocket_url_of(url: str) -> str:
    """Where subscriptions are, as the published SDK derives it (seed 002, getTimeSeries…)."""
    secured = url.replace("https://", "wss://", 1).replace("http://", "ws://", 1)
    return secured.replace("appsync-api", "appsync-realtime-api", 1)


def address_of(url: str) -> str:
    """HOST:PORT of a URL."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{host}:{parts.port or (443 if parts.scheme in ('https', 'wss') else 80)}"
