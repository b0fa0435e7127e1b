"""The one DuckDB of a service, locked down: in memory, no files, no extensions, bounded memory.

Its settings cannot be changed any more once it is open, and it may write nothing to disk when
memory runs out. All methods block: they belong to worker threads. Each has its own connection.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from types import MappingProxyType
from typing import Any, Final

import duckdb
import numpy as np
from duckdb.func import SPECIAL
from numpy.typing import NDArray

from simulator.services.exchange.errors import ExchangeError, bad_sql, limit, timed_out
from simulator.services.exchange.sql.curves import FUNCTIONS
from simulator.services.exchange.sql.guards import message_in
from simulator.services.exchange.sql.policy import SqlPolicy

_LOCKED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "enable_external_access": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "python_enable_replacements": "false",
        "max_temp_directory_size": "'0B'",
        "preserve_insertion_order": "true",
        "lock_configuration": "true",
    }
)
"""Set in this order; after the last one, nothing can be set."""
_ARRIVING: Final = "arriving"
_RAISED: Final = re.compile(r"(?:ValueError|ExchangeError): ([^\n]+)")
"""What one of our functions raised."""
_COLUMN: Final = re.compile(r'"?\bc(\d+)\b"?')

Connection = duckdb.DuckDBPyConnection
Column = NDArray[Any]
"""Values of a column; a masked array, or None among texts, where there are none."""


class Engine:
    """A DuckDB with the functions that compiled queries call.

    Args:
        policy: bounds of memory and threads.
    """

    def __init__(self, policy: SqlPolicy) -> None:
        config: dict[str, Any] = {
            "memory_limit": f"{policy.memory_mb}MB",
            "threads": str(policy.threads),
        }
        self._database = duckdb.connect(":memory:", config=config)
        for name, (function, arguments, result) in FUNCTIONS.items():
            # By default a function may not return NULL, as some of these do.
            self._database.create_function(
                name, _unless_null(function), arguments, result, null_handling=SPECIAL
            )
        for name, value in _LOCKED.items():
            self._database.execute(f"SET {name} = {value}")

    def connection(self) -> Connection:
        """Return a new connection."""
        return self._database.cursor()

    def create(self, table: str) -> None:
        """Make a table of one column that holds nothing, for a table has to have one."""
        self._execute(f"CREATE TABLE {table} (nothing BOOLEAN)")

    def widen(self, table: str, column: str, kept_as: str) -> None:
        """Add a column to a table; rows that are there have no value in it."""
        self._execute(f"ALTER TABLE {table} ADD COLUMN {column} {kept_as}")

    def drop(self, table: str) -> None:
        """Remove a table."""
        self._execute(f"DROP TABLE IF EXISTS {table}")

    def append(self, table: str, columns: Mapping[str, Column]) -> None:
        """Add rows behind those that are there; the row ids go on counting."""
        names = ", ".join(columns)
        self._with(columns, f"INSERT INTO {table} ({names}) SELECT {names} FROM {_ARRIVING}")

    def change(self, table: str, rows: NDArray[np.int64], columns: Mapping[str, Column]) -> None:
        """Set the values of rows by their ids."""
        sets = ", ".join(f"{name} = {_ARRIVING}.{name}" for name in columns)
        where = f"WHERE {table}.rowid = {_ARRIVING}.number"
        self._with(
            {"number": rows, **columns}, f"UPDATE {table} SET {sets} FROM {_ARRIVING} {where}"
        )

    def _with(self, columns: Mapping[str, Column], statement: str) -> None:
        connection = self.connection()
        try:
            connection.register(_ARRIVING, dict(columns))
            connection.execute(statement)
            connection.unregister(_ARRIVING)
        finally:
            connection.close()

    def _execute(self, statement: str) -> None:
        connection = self.connection()
        try:
            connection.execute(statement)
        finally:
            connection.close()


def _unless_null(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)  # DuckDB counts the parameters
    def called(*arguments: Any) -> Any:
        return None if any(each is None for each in arguments) else function(*arguments)

    return called


def refusal(error: duckdb.Error, policy: SqlPolicy, names: Sequence[str]) -> ExchangeError:
    """Return what a user is told of an error of DuckDB, with columns under their names.

    `names` are those of the columns c0, c1 and so on.
    """
    text = str(error)
    if isinstance(error, duckdb.InterruptException):
        return timed_out(f"The query took longer than {policy.time_limit_s:g} s.")
    if isinstance(error, duckdb.OutOfMemoryException):
        return limit("The query needs more memory than there is for queries.")
    message = message_in(text)
    if message is not None:
        return bad_sql(message)
    if "ivision by zero" in text:
        return bad_sql("Division by zero.")
    raised = _RAISED.findall(text)
    if raised:
        return bad_sql(raised[-1])
    first = text.partition("\n")[0].partition("Error: ")[2] or text.partition("\n")[0]

    def renamed(match: re.Match[str]) -> str:
        number = int(match[1])
        return f'"{names[number]}"' if number < len(names) else match[0]

    return bad_sql(_COLUMN.sub(renamed, first))
