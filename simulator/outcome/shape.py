"""How values look in summaries: instants as ISO 8601 UTC, figures with six decimals."""

from datetime import timedelta
from typing import Any

from simulator.microgrid.scenario_base import from_us

DECIMALS = 6


def iso(t_us: int) -> str:
    """Return an instant as ISO 8601 in UTC, with a fraction only where there is one."""
    moment = from_us(t_us)
    exact = "microseconds" if moment.microsecond else "seconds"
    return (moment.replace(tzinfo=None)).isoformat(timespec=exact) + "Z"


def rounded(value: Any) -> Any:
    """Return nested values with every float rounded; a negative zero becomes zero."""
    if isinstance(value, float):
        return round(value, DECIMALS) + 0.0
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(each) for each in value]
    return value


def day_fraction(start_us: int, end_us: int) -> float:
    """Return a stretch in days of 24 hours."""
    return timedelta(microseconds=end_us - start_us) / timedelta(days=1)
