"""When a dispatch ends: the end of its last occurrence, where there is one.

Source: seed 000, DispatchMetadata.end_time. An end beyond the last instant of a Timestamp is that
instant. A finite rule without a single occurrence is refused (our choice).
"""

from simulator.microgrid.dispatch import Dispatch
from simulator.microgrid.recurrence import Endless, first_from, last
from simulator.services.errors import invalid
from simulator.services.instants import MAX_US, SECOND_US


def end_us(dispatch: Dispatch, *, until_inclusive: bool = False) -> int | None:
    """Return the end of the last occurrence; None for endless rules and endless durations.

    Raises:
        ServiceError: INVALID_ARGUMENT; a finite rule that never occurs.
    """
    rule, start_us, duration_s = dispatch.rule, dispatch.start_us, dispatch.duration_s
    if rule is None:
        last_us: int | None = start_us
    elif rule.count is None and rule.until_us is None:
        return None
    elif duration_s is None:
        last_us = first_from(rule, start_us, start_us, until_inclusive=until_inclusive)
    else:
        try:
            last_us = last(rule, start_us, until_inclusive=until_inclusive)
        except Endless:
            last_us = MAX_US
    if last_us is None:
        raise invalid("recurrence: the rule has no occurrence from start_time to its end")
    return None if duration_s is None else min(last_us + duration_s * SECOND_US, MAX_US)
