"""The filter language of the tasks API: `parse` a text, then ask what `matches`."""

from simulator.services.tasks.filters.errors import FilterError
from simulator.services.tasks.filters.filter import Filter, parse

__all__ = ["Filter", "FilterError", "parse"]
