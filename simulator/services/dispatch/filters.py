"""Which dispatches a list finds: a filter message made into one predicate.

Fields restrict together, an absent one restricts nothing; targets, ids and queries are each
alternatives among themselves. Intervals are half-open (seed 000, DispatchFilter).
"""

from collections.abc import Callable
from typing import Any, Final

from simulator.services import instants
from simulator.services.dispatch.codec import target_key
from simulator.services.dispatch.policy import Policy
from simulator.services.dispatch.stored import Stored
from simulator.services.errors import invalid

MAX_FILTER_BYTES: Final = 262_144

Where = Callable[[Stored], bool]


def where(message: Any, policy: Policy) -> Where | None:
    """Return the predicate of a DispatchFilter, None if it restricts nothing.

    Raises:
        ServiceError: INVALID_ARGUMENT; an impossible instant, a target without a variant.
    """
    if (size := message.ByteSize()) > MAX_FILTER_BYTES:
        raise invalid(f"filter: {size} bytes, at most {MAX_FILTER_BYTES} are allowed")
    tests = [test for make in _MAKERS if (test := make(message, policy)) is not None]
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    return lambda stored: all(test(stored) for test in tests)


def _ids(message: Any, policy: Policy) -> Where | None:
    if not message.dispatch_ids:
        return None
    ids = frozenset(message.dispatch_ids)
    return lambda stored: stored.dispatch.id in ids


def _flags(message: Any, policy: Policy) -> Where | None:
    wanted = [
        (name, getattr(message, field))
        for field, name in (("is_active", "active"), ("is_dry_run", "dry_run"))
        if message.HasField(field)
    ]
    if not wanted:
        return None
    return lambda stored: all(getattr(stored.dispatch, name) is value for name, value in wanted)


def _recurring(message: Any, policy: Policy) -> Where | None:
    """`filter`, the other arm of the oneof, has no fields in any release: it restricts nothing."""
    if message.WhichOneof("recurrence") != "is_recurring":
        return None
    recurring = message.is_recurring
    return lambda stored: (stored.dispatch.rule is not None) is recurring


def _start(message: Any, policy: Policy) -> Where | None:
    within = _interval(message, "start_time_interval", policy)
    return within and (lambda stored: within(stored.dispatch.start_us))


def _update(message: Any, policy: Policy) -> Where | None:
    within = _interval(message, "update_time_interval", policy)
    return within and (lambda stored: within(stored.update_us))


def _end(message: Any, policy: Policy) -> Where | None:
    """A dispatch without an end ends after everything: only an upper bound drops it."""
    within = _interval(message, "end_time_interval", policy)
    if within is None:
        return None
    bounded = message.end_time_interval.HasField("end_time")
    keeps_endless = not (bounded and policy.endless_has_upper_bound)
    return lambda stored: keeps_endless if stored.end_us is None else within(stored.end_us)


def _interval(message: Any, field: str, policy: Policy) -> Callable[[int], bool] | None:
    interval = getattr(message, field)
    low = _bound(interval, "start_time", field)
    high = _bound(interval, "end_time", field)
    if low is None and high is None:
        return None
    from_us = instants.MIN_US if low is None else low
    to_us = instants.MAX_US + 1 if high is None else high + policy.end_included
    return lambda t_us: from_us <= t_us < to_us


def _bound(interval: Any, name: str, field: str) -> int | None:
    if not interval.HasField(name):
        return None
    return instants.bound_us(instants.checked(getattr(interval, name), f"filter.{field}.{name}"))


def _targets(message: Any, policy: Policy) -> Where | None:
    """A target finds those of its own variant that share a member with it, or equal it."""
    if not message.targets:
        return None
    for target in message.targets:
        if target.WhichOneof("components") is None:
            raise invalid("filter.targets: one names neither component ids nor categories")
    keys = [target_key(target) for target in message.targets]

    def test(stored: Stored) -> bool:
        variant, members = stored.target
        return policy.combine_targets(
            variant == other and (members == others or not members.isdisjoint(others))
            for other, others in keys
        )

    return test


def _queries(message: Any, policy: Policy) -> Where | None:
    """`#N` is the id N; anything else, `#` without a number included, is text of the type."""
    if not message.queries:
        return None
    ids = {int(query[1:]) for query in message.queries if _names_id(query)}
    texts = [query for query in message.queries if not _names_id(query)]
    return lambda stored: (
        stored.dispatch.id in ids
        or any(policy.query_matches(text, stored.dispatch.type) for text in texts)
    )


def _names_id(query: str) -> bool:
    digits = query[1:]
    # Ids have at most 20 digits; longer texts would make int() slow, then refuse.
    return query[:1] == "#" and digits.isascii() and digits.isdigit() and len(digits) <= 20


_MAKERS: Final = (_ids, _flags, _recurring, _start, _end, _update, _targets, _queries)
"""Cheap tests first."""
