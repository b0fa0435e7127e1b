"""What a schedule changes: figures of a run beside those of the same site without dispatches.

Differences are with minus without, so that a positive difference of the cost is money lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .words import FIGURES, unit_of

SHOWN = (
    "import",
    "export",
    "cost",
    "largest quarter hour",
    "self-consumption of PV",
    "battery full cycles",
    "CO2",
)
"""Figures that people are shown; the summary has them all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A figure without and with the dispatches; None where the site has none."""

    label: str
    unit: str
    without: float | None
    with_them: float | None

    @property
    def difference(self) -> float | None:
        """With minus without."""
        if self.without is None or self.with_them is None:
            return None
        return self.with_them - self.without


def what_if(site: Mapping[str, Any], without: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of the key `what_if` of summary.json, from two of its sections `site`."""
    return {"without": without, "difference": _minus(site, without)}


def rows(summary: Mapping[str, Any]) -> Iterator[Row]:
    """Yield what people are shown of a summary that has the key `what_if`."""
    site, without = summary["site"], summary["what_if"]["without"]
    by_label = {figure.label: figure for figure in FIGURES}
    for label in SHOWN:
        figure = by_label[label]
        row = Row(
            label=label,
            unit=unit_of(figure, site),
            without=figure.value(without),
            with_them=figure.value(site),
        )
        if row.without is not None or row.with_them is not None:
            yield row


def _minus(value: Any, other: Any) -> Any:
    """Return nested numbers minus those of the same shape; None where either has none."""
    if isinstance(value, Mapping) and isinstance(other, Mapping):
        return {
            key: _minus(each, other.get(key))
            for key, each in value.items()
            if not isinstance(each, str)
        }
    if isinstance(value, int | float) and isinstance(other, int | float):
        return round(value - other, 6) + 0.0
    return None
