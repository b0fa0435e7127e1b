"""What the time series operations answer: values whose fields are those of the contract.

Times are ISO 8601 texts in UTC, values are texts that parse as the attribute's type.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

from simulator.services.exchange.series.table import ColumnType


@dataclass(frozen=True, kw_only=True)
class TimeSeriesDb:
    """A database; SQL knows its one table as `"database_name"."table_name"`."""

    time_series_db_id: str
    name: str
    description: str | None
    owner_user_id: str
    database_name: str
    table_name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DataPoint:
    """One value of an attribute."""

    timestamp: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AttributeData:
    """An attribute of an asset with its newest value, and the points that were asked for."""

    name: str
    attribute_type: ColumnType
    last_value: str
    last_value_time: str
    data: Sequence[DataPoint] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class AssetData:
    """An asset and some of its attributes, in the order of their names."""

    asset_id: str
    name: str | None
    """The newest value of its dimension `name`; None: it never had one."""
    attributes: Sequence[AttributeData]


@dataclass(frozen=True, kw_only=True)
class LastValuesPage:
    """A page of assets with their newest values, in the order of their ids."""

    query_id: str
    query_progress_percentage: float
    data: Sequence[AssetData]
    client_token: str
    next_token: str | None
    result_chunk_index: int


@dataclass(frozen=True, kw_only=True)
class QueryPage:
    """How far a structured query has come; its points come by an export alone."""

    query_id: str
    query_progress_percentage: float
    """0 to 100; 100 with the last page."""
    client_token: str
    next_token: str | None
    """None: this is the last page."""
    query_string: str
    """What the query asks for; clients send it back with each token."""
    result_chunk_index: int
    """Number of the page, from 0."""
    presigned_url: str | None = None


@unique
class FileType(StrEnum):
    """Formats of export files; names as on the wire."""

    CSV = "CSV"
    JSON = "JSON"


@dataclass(frozen=True, kw_only=True)
class ExportRequest:
    """An export that was begun; `ExportFile` tells when it is there."""

    query_id: str
    time_series_db_id: str
    file_format: FileType


@dataclass(frozen=True, kw_only=True)
class ExportFile:
    """An export that can be fetched."""

    query_id: str
    file_type: FileType
    file_size_bytes: int
    url: str


@dataclass(frozen=True, kw_only=True)
class CallStatus:
    """How a call went, as an HTTP status; no message where it went well."""

    http_status_code: int
    error_message: str | None = None
