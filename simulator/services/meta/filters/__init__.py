"""The filter language of the meta service: `parse` a text, then ask what `matches`."""

from simulator.services.meta.filters.errors import FilterError
from simulator.services.meta.filters.filter import Filter, parse

__all__ = ["Filter", "FilterError", "parse"]
