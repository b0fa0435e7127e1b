"""ListServices: sizes of pages, totals, order, read masks, and what is shown (seed 004)."""

from __future__ import annotations

from conformance.judging import (
    BAD_ARGUMENT,
    Refused,
    attempt,
    by_depth,
    expect,
    explore,
    not_applicable,
    observe,
    passive,
    requirement,
    sampled,
    untestable,
)
from conformance.oracles.services.masks import masked
from conformance.oracles.services.model import Service
from conformance.strategies.services import page_sizes
from conformance.suite.services.gathering import filled, patiently, quiet_place, unchanged
from conformance.suite.services.reading import TRIES, some
from conformance.targets.services import ServicesTarget, brief
from conformance.targets.services_codec import Mask, Page

DEFAULT_SIZE = 50
"""The most that a page without a size has."""

MOST_SIZE = 1000
HUGE = (MOST_SIZE + 1, 2**31 - 1)
MASKS = (["id"], ["id", "type", "active"], ["config_raw", "id"])

FOREIGN = 5
"""So many foreign services are got one by one."""


@requirement("SVC-LST-001")
@passive
def test_page_without_a_size(services: ServicesTarget) -> None:
    there = services.list(size=1, name=quiet_place(services)).total
    place = filled(services, by_depth(full=max(0, DEFAULT_SIZE + 5 - there), staging=0))
    shown, wanted = len(services.list(name=place).items), f"at most {DEFAULT_SIZE}"
    expect(shown <= DEFAULT_SIZE, "page without a size", got=shown, wanted=wanted)


@requirement("SVC-LST-002")
@passive
def test_no_page_is_larger_than_asked(services: ServicesTarget) -> None:
    place = filled(services, 3)
    count = len(services.list_all(name=place))

    def body(size: int) -> None:
        shown = len(services.list(size=size, name=place).items)
        expect(shown <= size, f"page of {size}", got=shown, wanted=f"at most {size}")

    explore(body, examples=15, directed=[{"size": 1}, {"size": 2}], size=page_sizes(count))


@requirement("SVC-LST-003")
@passive
def test_huge_sizes_are_lowered(services: ServicesTarget) -> None:
    place = filled(services, 2)
    for size in HUGE:
        page = services.list(size=size, name=place)
        shown = len(page.items)
        expect(shown <= MOST_SIZE, f"page of {size}", got=shown, wanted=f"at most {MOST_SIZE}")
        whole = bool(page.next_token) or shown >= page.total
        expect(whole, f"page of {size} without a token", got=shown, wanted=f"all {page.total}")


@requirement("SVC-LST-007")
@passive
def test_order_is_stable(services: ServicesTarget) -> None:
    place = filled(services, 4)
    few = len(services.list_all(name=place)) // 4 + 2
    walks = [
        [item.id for page in services.walk(size=size, name=place) for item in page.items]
        for size in (MOST_SIZE, few, MOST_SIZE)
    ]
    # Others may come and go meanwhile; what is there in every walk has one order.
    common = set(walks[0]).intersection(*walks[1:])
    orders = [[id_ for id_ in walk if id_ in common] for walk in walks]
    for order in orders[1:]:
        expect(order == orders[0], "order of another walk", got=order, wanted=orders[0])
    bytewise = sorted(orders[0], key=lambda id_: id_.encode())
    observe("ascending by id" if orders[0] == bytewise else "another order")


@requirement("SVC-LST-010")
@passive
def test_total_is_the_number_of_services(services: ServicesTarget) -> None:
    place = filled(services, 2)
    total, listed = patiently(
        services,
        lambda: services.list(size=1, name=place).total,
        lambda total, listed: total in (0, len(listed)),
        name=place,
    )
    count = len(listed)
    expect(total in (0, count), "total_size", got=total, wanted=f"{count}, or 0 for unknown")
    observe("exact" if total == count else "unknown")


@requirement("SVC-LST-011")
@passive
def test_mask_applies_to_the_items(services: ServicesTarget) -> None:
    place = filled(services, 2)
    for mask in sampled(MASKS, 1):
        _judge_mask(services, place, mask)


def _judge_mask(services: ServicesTarget, place: str, mask: Mask) -> None:
    def reduced(whole: Page) -> tuple[Service, ...]:
        return tuple(masked(item, mask or ()) for item in whole.items)

    (shown, whole), _ = patiently(
        services,
        lambda: (
            services.list(size=1, mask=mask, name=place),
            services.list(size=1, name=place),
        ),
        lambda pages, _: pages[0].items == reduced(pages[1]) and pages[0].total == pages[1].total,
        name=place,
    )
    wanted = reduced(whole)
    expect(shown.items == wanted, f"services under {mask}", got=shown.items, wanted=wanted)
    got, right = ((bool(page.next_token), page.total) for page in (shown, whole))
    expect(got == right, f"token and total under {mask}", got=got, wanted=right)


@requirement("SVC-LST-012")
def test_negative_size(services: ServicesTarget) -> None:
    if services.quirky("fragile"):
        not_applicable("the profile declares fragile")
    made = services.make()
    for size in (-1, -(2**31)):
        answer = attempt(lambda size=size: services.list(size=size))  # type: ignore[misc]
        if isinstance(answer, Refused):
            expect(answer.code in BAD_ARGUMENT, f"page of {size}", got=answer.code)
            observe("refused")
        else:
            shown, wanted = len(answer.items), "the default size"
            expect(shown <= DEFAULT_SIZE, f"page of {size}", got=shown, wanted=wanted)
            observe("taken as none")
    after = services.get(made.id)
    expect(after == made, "a service afterwards", got=brief(after), wanted=brief(made))


@requirement("SVC-LST-013")
@passive
def test_list_shows_what_get_shows(services: ServicesTarget) -> None:
    own = some(services)
    if services.owns(own.id):
        services.start(own.id)
        services.settle(own.id)
    ids = [own.id, *(item.id for item in services.list(size=FOREIGN).items)]
    for _ in range(TRIES):
        before = services.list_all()
        shown = {id_: attempt(lambda id_=id_: services.get(id_)) for id_ in ids}  # type: ignore[misc]
        rested = unchanged(before, services.list_all())
        for id_ in rested.keys() & shown.keys():
            got, wanted = rested[id_], shown[id_]
            expect(got == wanted, f"service {id_} in a list", got=got, wanted=wanted)
        if rested.keys() & shown.keys():
            return
    untestable("no service rests for a moment")
