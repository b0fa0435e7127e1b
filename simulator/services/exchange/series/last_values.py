"""The newest values of all assets, on one page or on several.

Pages follow each other in the order of the assets' ids, so that an asset which was there throughout
is on exactly one of them, whatever is published meanwhile.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any, Final

from simulator.services.exchange.errors import bad_token
from simulator.services.exchange.series.answers import LastValuesPage
from simulator.services.exchange.series.reading import newest
from simulator.store import BadToken, TokenSigner

if TYPE_CHECKING:
    from simulator.services.exchange.ids import Ids
    from simulator.services.exchange.series.stored import StoredTable

_TOKEN: Final = "last values"


def page(
    table: StoredTable,
    scope: tuple[str, str],
    *,
    assets: int | None,
    next_token: str | None,
    client_token: str | None,
    signer: TokenSigner,
    ids: Ids,
) -> LastValuesPage:
    """Return a page of `assets` assets, or all.

    Args:
        table: of the database.
        scope: the ids of the user and the database, outside of which a token is none.
        assets: how many; None: all on one page.
        next_token: what the page before this one came with.
        client_token: what that page came with, too, if it is given; of a first page any.
        signer: signs tokens.
        ids: where the ids of queries come from.

    Raises:
        ExchangeError: InvalidPaginationToken.
    """
    if next_token is None:
        query_id, number, after = ids.new("query"), 0, ""
        client_token = client_token or ids.new("client")
    else:
        query_id, own_token, number, after = _open(next_token, scope, signer)
        if client_token not in (None, own_token):
            raise bad_token("clientToken: it came with another query")
        client_token = own_token
    known = sorted(table.assets)
    # No id is empty, so that all of them come after the first page's start.
    start = bisect_right(known, after)
    stop = len(known) if assets is None else min(start + assets, len(known))
    token = None
    if stop < len(known):
        token = signer.sign([_TOKEN, *scope, query_id, client_token, number + 1, known[stop - 1]])
    return LastValuesPage(
        query_id=query_id,
        query_progress_percentage=100.0 * stop / len(known) if token else 100.0,
        data=[newest(table.assets[asset_id]) for asset_id in known[start:stop]],
        client_token=client_token,
        next_token=token,
        result_chunk_index=number,
    )


def _open(token: str, scope: tuple[str, str], signer: TokenSigner) -> tuple[str, str, int, str]:
    try:
        payload: Any = signer.open(token)
    except BadToken as error:
        raise bad_token(f"nextToken: {error}") from None
    match payload:
        case [str(tag), str(user), str(database), str(query), str(client), int(number), str(after)]:
            if (tag, user, database) == (_TOKEN, *scope):
                return query, client, number, after
    raise bad_token("nextToken: it belongs to no query of this user and database")
