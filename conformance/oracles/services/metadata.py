"""The counts of a collection: from its services, and from what changes (seed 004, metadata).

Servers may count types of which there is no service as zero, so counts are compared without zeros.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from conformance.oracles.services.model import Change, Metadata, Service


def counts(services: Iterable[Service]) -> Metadata:
    """What the counts have to be for these services.

    An error counts only for what is inactive; what is loading or waits for an attempt is active.
    """
    items = list(services)
    return Metadata(
        total_count=len(items),
        type_counts=dict(Counter(item.type for item in items)),
        total_active_count=sum(item.active for item in items),
        total_error_count=sum(is_error(item) for item in items),
    )


def is_error(service: Service) -> bool:
    """Whether a service is counted as one with an error."""
    return bool(service.error) and not service.active


def same(one: Metadata, other: Metadata) -> bool:
    """Whether counts agree, zeros of types apart."""
    return _without_zeros(one) == _without_zeros(other)


def difference(after: Metadata, before: Metadata) -> Metadata:
    """How far the counts have moved; types that did not are left out."""
    moved = Counter(after.type_counts)
    moved.subtract(before.type_counts)
    return Metadata(
        total_count=after.total_count - before.total_count,
        type_counts={name: number for name, number in moved.items() if number},
        total_active_count=after.total_active_count - before.total_active_count,
        total_error_count=after.total_error_count - before.total_error_count,
    )


def moved_by(change: Change) -> Metadata:
    """How far one change of a collection moves the counts."""
    return difference(
        counts([change.new] if change.new is not None else []),
        counts([change.old] if change.old is not None else []),
    )


def plus(one: Metadata, other: Metadata) -> Metadata:
    """The sum of counts, one of them perhaps a difference."""
    types = Counter(one.type_counts)
    types.update(other.type_counts)
    return Metadata(
        total_count=one.total_count + other.total_count,
        type_counts=dict(types),
        total_active_count=one.total_active_count + other.total_active_count,
        total_error_count=one.total_error_count + other.total_error_count,
    )


def _without_zeros(metadata: Metadata) -> tuple[int, dict[str, int], int, int]:
    return (
        metadata.total_count,
        {name: number for name, number in metadata.type_counts.items() if number},
        metadata.total_active_count,
        metadata.total_error_count,
    )
