"""Walks over the pages of the exchange API, as users of a run make them: called, timed, bounded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import grpc

from loadtests.apis.exchange.api import ExchangeApi
from loadtests.apis.exchange.http import Operation
from loadtests.apis.exchange.wire import QUERY, Page, query_page
from loadtests.calls import status_of
from loadtests.users import GridUser

INT_PAGE, INT_PROTO = "INT-PAGE", "INT-PROTO"
SPARE_PAGES = 50
"""A walk may have so many more pages than its rows need: some targets send empty ones."""


def api_of(user: GridUser) -> ExchangeApi:
    """The API of a user's run."""
    api = user.run_part.api
    assert isinstance(api, ExchangeApi)
    return api


def pages_of(
    user: GridUser,
    method: str,
    request: Callable[[Mapping[str, Any]], Operation],
    read: Callable[[Any], Page],
    width: int = 0,
    size: int = 0,
) -> list[Page] | None:
    """All pages of a walk; None if a call failed or an answer cannot be understood.

    Args:
        user: who walks.
        method: that is called, in the names of metrics.
        request: makes the call for a page out of the tokens of the one before.
        read: reads a page; raises ValueError.
        width: how many rows there may be; 0 if that is not known.
        size: how many were asked for in a page; 0 if the target decides.
    """
    run, name = user.run_part, f"walk of {method}"
    pages: list[Page] = []
    tokens: Mapping[str, Any] | None = {}
    while tokens is not None:
        if size and len(pages) > width // size + SPARE_PAGES:
            run.violation(INT_PAGE, f"{len(pages)} pages of {size} for {width} rows", name, 0)
            return None
        sent_us = run.clock.now_us()
        try:
            reply = run.call(method, request(tokens))
            page = read(reply)
        except grpc.RpcError as error:
            run.measured(method, sent_us, sent_us, status_of(error))
            return None
        except ValueError as error:
            run.violation(INT_PROTO, str(error), name, 0)
            return None
        run.measured(method, sent_us, sent_us)
        if size and page.size > size:
            run.violation(INT_PAGE, f"a page of {page.size} rows, asked for {size}", name, 0)
        pages.append(page)
        tokens = page.tokens
    return pages


def query_pages(user: GridUser, asset: str, span: range, size: int) -> str | None:
    """Walk over the pages of a structured query, which is then complete; its id if all went well.

    Every page has to be of the same query.
    """
    api = api_of(user)
    pages = pages_of(
        user, QUERY, lambda tokens: api.wire.query(asset, span, size, tokens), query_page, len(span)
    )
    if pages is None:
        return None
    ids = {page.query_id for page in pages}
    if len(ids) > 1:
        user.run_part.violation(INT_PROTO, f"pages of {sorted(ids)}", f"walk of {QUERY}", 0)
        return None
    return pages[0].query_id
