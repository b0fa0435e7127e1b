"""Laws of pages, of last values and structured queries, and of SQL."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

from conformance.oracles.exchange.timestream import Result


class Page(Protocol):
    """What pages of last values and of structured queries have in common."""

    @property
    def query_id(self) -> str:
        """Of all pages."""

    @property
    def query_progress_percentage(self) -> float:
        """From 0 to 100."""

    @property
    def next_token(self) -> str | None:
        """None on the last page."""


def wrong_pages(pages: Sequence[Page]) -> str | None:
    """What is wrong in the pages of one walk; None if nothing is."""
    if len({page.query_id for page in pages}) != 1:
        return f"query ids {[page.query_id for page in pages]}"
    progress = [page.query_progress_percentage for page in pages]
    if any(not 0 <= each <= 100 for each in progress):
        return f"progress {progress} is beyond 0 and 100"
    if any(later < earlier for earlier, later in pairwise(progress)):
        return f"progress falls: {progress}"
    if progress[-1] != 100:
        return f"progress ends at {progress[-1]}"
    if any(page.next_token == "" for page in pages):
        return "an empty token"
    return None


def wrong_sql_pages(pages: Sequence[Result], whole: Result, max_rows: int) -> str | None:
    """What is wrong in pages of an SQL query, beside its result in one piece; None if nothing is.

    Empty pages are legal, and columns need to be told only where there are rows.
    """
    for number, page in enumerate(pages):
        if len(page.rows) > max_rows:
            return f"page {number} has {len(page.rows)} rows, asked for {max_rows}"
        if page.rows and page.columns != whole.columns:
            return f"page {number} has columns {page.names}, the whole {whole.names}"
    rows = [row for page in pages for row in page.rows]
    if rows != list(whole.rows):
        at = next(
            (n for n, (a, b) in enumerate(zip(rows, whole.rows, strict=False)) if a != b),
            min(len(rows), len(whole.rows)),
        )
        return f"row {at} of {len(rows)} is not that of the whole with {len(whole.rows)}"
    return None
