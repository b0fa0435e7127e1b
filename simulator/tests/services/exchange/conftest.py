"""What the tests of the exchange share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.tests.services.exchange.exchange import Exchange


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    """Give an exchange with the shipped population."""
    made = Exchange(tmp_path)
    yield made
    made.close()
