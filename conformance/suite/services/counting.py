"""The counts of a collection against its list, for checks of the metadata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conformance.judging import expect
from conformance.oracles.services.metadata import counts, same
from conformance.oracles.services.model import Metadata, Service
from conformance.suite.services.gathering import patiently, quiet_place
from conformance.targets.services import ServicesTarget

ROWS: Mapping[str, str] = {
    "total_count": "SVC-MET-001",
    "type_counts": "SVC-MET-002",
    "total_active_count": "SVC-MET-004",
    "total_error_count": "SVC-MET-005",
}
"""Which requirement is about which of the counts."""


def counted(
    services: ServicesTarget, name: str | None = None
) -> tuple[Metadata, tuple[Service, ...]]:
    """The counts and the services of a collection at one time, the quiet place if None.

    Raises:
        Untestable: others go on changing it.
    """
    place = quiet_place(services) if name is None else name
    return patiently(
        services,
        lambda: services.metadata(name=place),
        lambda got, listed: same(got, counts(listed)),
        name=place,
    )


def judge_counts(
    got: Metadata,
    listed: Sequence[Service],
    fields: Sequence[str] = tuple(ROWS),
    *,
    when: str,
    breaks: bool = False,
) -> None:
    """Fail unless these counts are those of the list.

    Args:
        got: as the target counts.
        listed: the services at that time.
        fields: which counts are judged.
        when: what has happened.
        breaks: name the requirement of the field, for checks of several.
    """
    right = counts(listed)
    for field in fields:
        shown, wanted = _plain(getattr(got, field)), _plain(getattr(right, field))
        row = ROWS[field] if breaks else None
        expect(shown == wanted, f"{field} {when}", got=shown, wanted=wanted, breaks=row)


def _plain(count: int | Mapping[str, int]) -> int | dict[str, int]:
    """Without the types of which there is no service; servers may count these, too."""
    return count if isinstance(count, int) else {name: n for name, n in count.items() if n}
