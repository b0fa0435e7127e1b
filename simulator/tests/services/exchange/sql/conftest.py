"""One service for the golden queries of this folder: opening DuckDB for each would take longer."""

from collections.abc import Iterator

import pytest

from simulator.tests.services.exchange.sql.asking import Asking
from simulator.tests.services.exchange.sql.tables import site


@pytest.fixture(scope="module")
def asking() -> Iterator[Asking]:
    asking = Asking({"db-1": site()}, threads=1)
    yield asking
    asking.queries.close()
