"""Which readings and limits the time series take; those of Timestream where it has some."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SeriesPolicy:
    """Readings of open questions, and limits."""

    asset_column: str = "assetId"
    """The dimension that holds the asset's id (our choice)."""
    atomic_publish: bool = False
    """Whether one bad record keeps a whole call from being stored; Timestream stores the others."""
    end_inclusive: bool = True
    """Whether the end of a query's interval belongs to it."""
    last_values_page_assets: int | None = None
    """Assets on a page of last values; None: all on one (published SDK 0.0.24 needs that)."""

    max_records: int = 100
    """Records of one publish."""
    max_dimensions: int = 128
    """Dimensions of one record, the asset's id not counted."""
    max_measures: int = 256
    """Measures of one MULTI record."""
    max_measure_names: int = 8192
    """Different names of measures in one database."""
    max_dimension_names: int = 8192
    """Different names of dimensions in one database (our choice)."""
    max_name: int = 256
    """Characters of an asset's id and of the name of a dimension or measure."""
    max_value: int = 2048
    """Characters of a value."""
    max_future_s: int = 15 * 60
    """How far ahead of the clock a record's time may lie."""
    retention_days: int = 73_000
    """How far behind the clock a record's time may lie."""

    default_page_rows: int = 10_000
    """Points of a query's page where none are asked for (our choice)."""
    max_page_rows: int = 100_000
    """Points of a query's page at most, whatever is asked for (our choice)."""
    max_query_points: int = 5_000_000
    """Points of one query (our choice)."""
    max_kept_points: int = 20_000_000
    """Points of all queries kept for pages and exports; the oldest go first (our choice)."""
    max_kept_queries: int = 1000
    """Queries that are kept (our choice)."""
    export_delay_s: float = 0.0
    """How long an export takes beyond its writing, in the world's time."""
    export_url_s: int = 15 * 60
    """Lifetime of an export's URL, real time (our choice)."""
