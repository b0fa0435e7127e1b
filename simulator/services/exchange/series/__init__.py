"""Time series: databases of records that assets publish, their last values, queries and exports.

Follows seed 002 with the record model of Timestream (public documentation); its front door is
`TimeSeries`, and `Table` is what a query engine reads.
"""

from simulator.services.exchange.series.answers import (
    AssetData,
    AttributeData,
    CallStatus,
    DataPoint,
    ExportFile,
    ExportRequest,
    FileType,
    LastValuesPage,
    QueryPage,
    TimeSeriesDb,
)
from simulator.services.exchange.series.policy import SeriesPolicy
from simulator.services.exchange.series.service import TimeSeries
from simulator.services.exchange.series.table import Column, ColumnType, Role, Table, folded

__all__ = [
    "AssetData",
    "AttributeData",
    "CallStatus",
    "Column",
    "ColumnType",
    "DataPoint",
    "ExportFile",
    "ExportRequest",
    "FileType",
    "LastValuesPage",
    "QueryPage",
    "Role",
    "SeriesPolicy",
    "Table",
    "TimeSeries",
    "TimeSeriesDb",
    "folded",
]
