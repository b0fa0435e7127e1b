"""What checks of pulls share: which changes are about a service, and masks on streams."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from conformance.judging import expect
from conformance.oracles.services.masks import masked
from conformance.oracles.services.model import SETTLED_FIELDS, Change, Service
from conformance.targets.services import Pull, ServicesTarget, ValueChange

MASK = ("id", "active", "config_raw")
"""A mask on streams: who it is, and what a start and a configuration change."""

GONE = ("remove",)
FIRST = ("add", "unspecified", "replace")
"""Kinds of changes that tell of services that were there before."""


def shows(holds: Callable[[Service], bool]) -> Callable[[ValueChange], bool]:
    """Whether a change of a pull of one service has such a value."""
    return lambda change: change.service is not None and holds(change.service)


def about(id: str, *kinds: str) -> Callable[[Change], bool]:
    """Whether a change is about a service, and of one of these kinds if any are given."""
    return lambda change: change.id == id and (not kinds or change.kind in kinds)


def becomes(id: str, holds: Callable[[Service], bool]) -> Callable[[Change], bool]:
    """Whether a change shows such a value of a service."""
    return lambda change: change.id == id and change.new is not None and holds(change.new)


def all_about(pull: Pull[Change], id: str) -> list[Change]:
    """Every change about a service so far."""
    return [change for change in pull.changes if change.id == id]


def agrees(shown: Service, held: Service) -> bool:
    """Whether a stream's value is that of Get in what has to agree once all is quiet."""
    return all(getattr(shown, name) == getattr(held, name) for name in SETTLED_FIELDS)


def masked_reading(shown: Sequence[tuple[Service, Service]]) -> str:
    """Whether a stream honours its mask, from what it showed and the services then.

    Raises:
        Nonconformance: neither is shown whole, nor reduced to the mask.
    """
    for value, whole in shown:
        legal = (masked(whole, MASK), whole)
        expect(value in legal, "value on a stream under a mask", got=value, wanted=legal)
    whole_ones = sum(value == whole for value, whole in shown)
    honoured = whole_ones < len(shown)
    mixed = honoured and whole_ones
    expect(not mixed, "values on a stream under a mask", got="some whole", wanted="all or none")
    return "honoured" if honoured else "ignored"


def running(services: ServicesTarget, id: str) -> Service:
    """Start a service and wait until its load has ended."""
    services.start(id)
    return services.settle(id)
