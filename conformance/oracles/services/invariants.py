"""What holds for one service whenever it is looked at, and between two looks (seed 004).

Codes are the ids of the requirements: SVC-INV-001, -002, -003 and -005 for one look, -004 between
two of the same service.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from conformance.oracles.model import Violation
from conformance.oracles.services.model import TIMES, Service

FORWARD = tuple(name for name in TIMES if name != "next_attempt_time")
"""Times of what has happened; that of the next attempt may be cleared and set anew."""


def broken(service: Service, *, stopping: bool = True, sticky: bool = False) -> list[Violation]:
    """Everything wrong with one look at a service.

    Args:
        service: shown whole.
        stopping: a stop may be in progress, so loading may outlast active for a while.
        sticky: the target is known to leave loading and the next attempt after a stop.
    """
    return list(_broken(service, stopping, sticky))


def _broken(service: Service, stopping: bool, sticky: bool) -> Iterator[Violation]:
    who = f"service {service.id!r}"
    waits = service.next_attempt_time is not None
    if service.loading and not service.active and not sticky and (waits or not stopping):
        yield Violation(code="SVC-INV-001", text=f"{who} is loading and not active")
    if waits and service.failed_attempts < 1 and not sticky:
        yield Violation(
            code="SVC-INV-002",
            text=f"{who} has a next attempt after {service.failed_attempts} failed ones",
        )
    if service.active and service.last_active_time is None:
        yield Violation(code="SVC-INV-003", text=f"{who} is active and never became so")
    if service.last_loading_end_time is not None and service.last_loading_start_time is None:
        yield Violation(code="SVC-INV-003", text=f"{who} ended loading and never began to")
    up, down = service.last_active_time, service.last_inactive_time
    if service.active and up is not None and down is not None and up < down:
        yield Violation(code="SVC-INV-005", text=f"{who} is active, and became inactive later")
    if not service.active and up is not None and (down is None or down < up):
        yield Violation(code="SVC-INV-005", text=f"{who} is inactive, and became active later")


def backwards(before: Service, after: Service) -> list[Violation]:
    """Times of one service that went backwards or were unset from one look to the next."""
    found = []
    for name in FORWARD:
        was, now = getattr(before, name), getattr(after, name)
        if was is not None and (now is None or now < was):
            found.append(
                Violation(
                    code="SVC-INV-004", text=f"{name} of {before.id!r} went from {was} to {now}"
                )
            )
    return found


def judge_looks(looks: Iterable[Service], *, sticky: bool = False) -> list[Violation]:
    """Everything wrong with a series of looks, in the order in which a server answered them."""
    latest: dict[str, Service] = {}
    found: list[Violation] = []
    for service in looks:
        found += broken(service, sticky=sticky)
        if service.id in latest:
            found += backwards(latest[service.id], service)
        latest[service.id] = service
    return found
