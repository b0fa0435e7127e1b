"""Bounds and readings of SQL queries, Timestream's where they are published, else our choice."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SqlPolicy:
    """What one service takes and gives."""

    time_limit_s: float = 60.0
    """How long a query may take, in real seconds, waiting included (Timestream: 60)."""
    max_rows: int = 1000
    """Most rows of a page, and how many one has if nothing is asked for (Timestream: 1000)."""
    page_bytes: int = 1024 * 1024
    """Where a page is cut short, and how large a row may be (Timestream: 1 MB)."""
    empty_pages: int = 0
    """How many empty pages that carry a token come before the first rows, as Timestream may do."""
    text_length: int = 256 * 1024
    """Longest query text, in characters (Timestream: 256 KB)."""
    tokens: int = 20_000
    """Most words and signs of a query text."""
    nesting: int = 48
    """How deep parentheses may be nested."""
    expansion: int = 256 * 1024
    """Longest text that a query may become for DuckDB, in characters."""
    value_bytes: int = 1024 * 1024
    """How large a value may become by what the query's text alone does to it."""
    memory_mb: int = 4096
    """Most memory of DuckDB: copies of tables, queries at work, results that wait for pages."""
    threads: int = 2
    """Threads that DuckDB computes with."""
    workers: int = 16
    """Queries that are under way at the same time; further ones wait."""
    queries_per_user: int = 4
    """Queries of one user at the same time; a further one is refused."""
    results_kept: int = 8
    """Results of one user that can be paged; the one asked for longest ago goes first."""
    result_lifetime_s: float = 900.0
    """How long a result can be paged, in seconds of the world's clock."""
    copies: int = 32
    """Tables of which DuckDB has a copy; the one queried longest ago is dropped for a further."""
    copy_rows: int = 65_536
    """Rows copied at a time, so that nothing else waits long."""
