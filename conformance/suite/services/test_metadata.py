"""GetServiceMetadata: the counts of a collection, and read masks of them (seed 004)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from conformance.judging import (
    expect,
    observe,
    passive,
    requirement,
    sampled,
    untestable,
)
from conformance.oracles.services.masks import COUNTS, masked_counts
from conformance.oracles.services.metadata import same
from conformance.oracles.services.model import Metadata, Service, State
from conformance.suite.services.counting import counted, judge_counts
from conformance.suite.services.gathering import filled, patiently, quiet_place
from conformance.targets.services import ServicesTarget, brief

MOST = 2**31 - 1
"""No collection has more services; what counts more has gone below zero."""

PLAIN = re.compile(r"[a-z][a-z0-9_]*")
"""Types that can be written in a path as they are."""


@requirement("SVC-MET-001")
@passive
def test_total_is_that_of_the_list(services: ServicesTarget) -> None:
    got, listed = counted(services, filled(services, 2))
    judge_counts(got, listed, ["total_count"], when="of what List shows")


@requirement("SVC-MET-002")
@passive
def test_counts_by_type_add_up(services: ServicesTarget) -> None:
    got, listed = counted(services, filled(services, 2))
    judge_counts(got, listed, ["type_counts"], when="of what List shows")
    total = sum(got.type_counts.values())
    expect(total == got.total_count, "sum of type_counts", got=total, wanted=got.total_count)


@requirement("SVC-MET-003")
@passive
def test_types_without_services(services: ServicesTarget) -> None:
    place = quiet_place(services)
    got, _ = counted(services, place)
    policy = services.session.policy_of(place)
    known = {name for name, t in services.profile.types.items() if policy in t.collections}
    absent = {name for name in known if not got.type_counts.get(name)}
    zeros = sorted(name for name, number in got.type_counts.items() if number == 0)
    if zeros:
        observe("counted as zero", trait="S22")
        observe(f"types that can be made: {', '.join(sorted(got.type_counts))}")
    elif absent:
        observe("left out", trait="S22")
    else:
        observe("there is a service of every type that we know")


@requirement("SVC-MET-004")
def test_active_services_are_counted(services: ServicesTarget) -> None:
    place = quiet_place(services)
    made = services.make(active=True, name=place)
    services.make(name=place)
    _judge_place(services, place, "total_active_count", made, active=True)
    services.stop(made.id, name=place)
    _judge_place(services, place, "total_active_count", made, active=False)


@requirement("SVC-MET-004", needs=["slow"])
def test_loading_services_are_counted_as_active(services: ServicesTarget) -> None:
    place = quiet_place(services)
    made = services.make("slow", name=place)
    services.start(made.id, name=place)
    got, listed = counted(services, place)
    judge_counts(got, listed, ["total_active_count"], when="while a service loads")
    services.settle(made.id, name=place)


@requirement("SVC-MET-005", needs=["fail"])
def test_errors_are_counted(services: ServicesTarget) -> None:
    place = quiet_place(services)
    made = services.make("fail", active=True, name=place)
    if made.state != State.ERROR:
        untestable(f"the load that is declared to fail ends {brief(made)}")
    got, listed = counted(services, place)
    judge_counts(got, listed, ["total_error_count"], when="after a load has failed")
    shown = made.id in {item.id for item in listed}
    expect(shown and got.total_error_count, "total_error_count", got=got, wanted="one at least")


@requirement("SVC-MET-005")
def test_stopped_services_are_no_errors(services: ServicesTarget) -> None:
    place = quiet_place(services)
    made = services.make(active=True, name=place)
    services.stop(made.id, name=place)
    _judge_place(services, place, "total_error_count", made, active=False)


@requirement("SVC-MET-005", needs=["retry"])
def test_what_is_tried_again_is_no_error(services: ServicesTarget) -> None:
    place = quiet_place(services)
    made = services.make("retry", name=place)
    services.start(made.id, name=place)
    services.until(
        made.id,
        lambda shown: shown.next_attempt_time is not None,
        what="a time of the next attempt",
        name=place,
    )
    got, listed = counted(services, place)
    judge_counts(got, listed, ["total_error_count"], when="while a service is tried again")


@requirement("SVC-MET-006")
def test_each_command_moves_the_counts(services: ServicesTarget) -> None:
    place = quiet_place(services)
    fields = ("total_count", "type_counts", "total_active_count", "total_error_count")
    id_ = services.fresh_id()
    steps: dict[str, Callable[[], Service]] = {
        "create": lambda: services.make(name=place, id=id_),
        "start": lambda: services.start(id_, name=place),
        "stop": lambda: services.stop(id_, name=place),
        "delete": lambda: services.delete(id_, name=place),
    }
    for what, call in steps.items():
        call()
        if what != "delete":
            services.settle(id_, name=place)
        got, listed = counted(services, place)
        judge_counts(got, listed, fields, when=f"after a {what}")
        there = id_ in {item.id for item in listed}
        expect(there == (what != "delete"), f"{id_} in the list after a {what}", got=there)


@requirement("SVC-MET-007")
@passive
def test_mask_leaves_what_it_names(services: ServicesTarget) -> None:
    place = filled(services, 2)
    types = [name for name in services.metadata(name=place).type_counts if PLAIN.fullmatch(name)]
    masks = [[name] for name in COUNTS] + [["total_count", "total_active_count"]]
    masks = [[f"type_counts.{name}"] for name in sorted(types)[:2]] + masks
    for mask in sampled(masks, 2):
        _judge_mask(services, place, mask)


def _judge_mask(services: ServicesTarget, place: str, mask: Sequence[str]) -> None:
    (shown, whole), _ = patiently(
        services,
        lambda: (services.metadata(mask=mask, name=place), services.metadata(name=place)),
        lambda both, _: same(both[0], masked_counts(both[1], mask)),
        name=place,
    )
    wanted = masked_counts(whole, mask)
    expect(same(shown, wanted), f"counts under {mask}", got=shown, wanted=wanted)


@requirement("SVC-MET-011")
@passive
def test_no_count_is_below_zero(services: ServicesTarget) -> None:
    names = [name for name in services.profile.names.model_dump().values() if name]
    for name in names:
        judge_bounds(services.metadata(name=name), f"of {name}")


@requirement("SVC-MET-011")
def test_no_count_goes_below_zero(services: ServicesTarget) -> None:
    place = quiet_place(services)
    with services.pull_metadata(name=place) as pull:
        made = services.make(active=True, name=place)
        services.stop(made.id, name=place)
        services.delete(made.id, name=place)
        judge_bounds(services.metadata(name=place), "after a deletion")
        pull.ended(services.profile.quiet)
        for change in pull.changes:
            judge_bounds(change.metadata or Metadata(), "on a pull")


def judge_bounds(got: Metadata, where: str) -> None:
    """Fail if a count has gone below zero."""
    numbers = [got.total_count, got.total_active_count, got.total_error_count]
    for number in (*numbers, *got.type_counts.values()):
        expect(0 <= number <= MOST, f"counts {where}", got=got, wanted=f"0 to {MOST}")


def _judge_place(
    services: ServicesTarget, place: str, field: str, made: Service, *, active: bool
) -> None:
    """Judge one count while a service of ours is, or is not, active."""
    got, listed = counted(services, place)
    judge_counts(got, listed, [field], when="of what List shows")
    shown = [item.active for item in listed if item.id == made.id]
    expect(shown == [active], f"{made.id} in the list", got=shown, wanted=[active])
