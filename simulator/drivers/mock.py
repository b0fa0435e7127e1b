"""`mock`: a service that does nothing to the world, for trying the life cycle itself.

Any JSON object configures it, as the real driver of that name can live without devices; the test
knobs in `fault` decide how its loading goes.
"""

from __future__ import annotations

from typing import Any

from simulator.drivers.parsing import Settings, reader
from simulator.services.services.kinds import Driver, Kind

__all__ = ["mock"]


class Mock(Settings):
    """Nothing to set."""


class _Idle:
    """Holds nothing."""

    def apply(self, value: Any) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""

    def remove(self) -> None:
        """Do nothing."""


def _driver(service_id: str) -> Driver:
    return _Idle()


def mock(*, strict: bool = False) -> Kind:
    """Return the type."""
    return Kind(name="mock", parse=reader(Mock, strict=strict), driver=_driver, default=Mock())
