"""Filters by target: equal ones are found, disjoint ones are not (DispatchFilter.targets)."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.judging import expect, observe, requirement, sampled
from conformance.oracles.filter import accepted, consistent
from conformance.suite.dispatch.filtering import Own, tells_apart
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import (
    BATTERY,
    EV_CHARGER,
    INVERTER,
    METER,
    CategoryType,
    Dispatch,
    Filter,
    Target,
    categories,
    ids,
    types,
)

LI_ION = CategoryType(category=BATTERY, type_field="battery", type=1)
AC_CHARGER = CategoryType(category=EV_CHARGER, type_field="ev_charger", type=1)
DC_CHARGER = CategoryType(category=EV_CHARGER, type_field="ev_charger", type=2)


def dispatches_of(dispatch: DispatchTarget, targets: Mapping[str, Target]) -> dict[str, Dispatch]:
    """A dispatch for each named target."""
    return {name: dispatch.create(target=target) for name, target in targets.items()}


def has_types(dispatch: DispatchTarget) -> bool:
    """Whether the contract knows targets with component types."""
    return dispatch.generation != "0.15"


@requirement("DSP-FLT-015")
def test_equal_target_is_found_and_disjoint_is_not(dispatch: DispatchTarget) -> None:
    targets = {
        "ids 1, 2": ids(1, 2),
        "id 5": ids(5),
        "categories battery, inverter": categories(BATTERY, INVERTER),
    }
    absent = [ids(77, 78), categories(METER)]
    if has_types(dispatch):
        targets["chargers of a type"] = types(AC_CHARGER)
        absent.append(types(DC_CHARGER))
    made = dispatches_of(dispatch, targets)
    for name, target in targets.items():
        # Of another kind the same number means something else: id 5 is no battery.
        others = {other: item for other, item in made.items() if other != name}
        what = f"list filtered by the target {name}"
        tells_apart(dispatch, Filter(targets=(target,)), {name: made[name]}, others, what)
    for other in absent:
        what = "list filtered by a target that none has"
        tells_apart(dispatch, Filter(targets=(other,)), {}, made, what)
    for turned in sampled((ids(2, 1), ids(1, 2, 2)), 1):
        item = {"ids 1, 2": made["ids 1, 2"]}
        tells_apart(
            dispatch,
            Filter(targets=(turned,)),
            item,
            {},
            f"list filtered by the ids {turned.items}",
        )


@requirement("DSP-FLT-015")
def test_targets_that_overlap(dispatch: DispatchTarget) -> None:
    targets = {"ids 21, 22": ids(21, 22), "id 21": ids(21)}
    if has_types(dispatch):
        targets["any battery"] = types(CategoryType(category=BATTERY))
        targets["batteries of a type"] = types(LI_ION)
    made = dispatches_of(dispatch, targets)
    readings = list(accepted(dispatch.generation))
    for name, target in targets.items():
        where = Filter(targets=(target,))
        found = Own(dispatch).found(where)
        expect(
            made[name].id in found,
            f"list filtered by the target {name}",
            got="without its equal",
            wanted="with its equal",
        )
        readings = list(consistent(where, list(made.values()), _numbers(found), readings))
    if readings:
        observe(readings[0].target_match, trait="A13")
    else:
        observe("targets that overlap match by a rule of the target's own")


@requirement("DSP-FLT-015")
def test_target_filter_follows_updates(dispatch: DispatchTarget) -> None:
    item = {"the dispatch": dispatch.create(target=ids(31, 32))}
    old, new = Filter(targets=(ids(31, 32),)), Filter(targets=(ids(41),))
    tells_apart(dispatch, old, item, {}, "list filtered by a target")
    dispatch.update(item["the dispatch"].id, target=ids(41))
    tells_apart(dispatch, new, item, {}, "list filtered by the target after its update")
    tells_apart(dispatch, old, {}, item, "list filtered by the target before its update")


@requirement("DSP-FLT-016")
def test_any_of_several_targets_is_enough(dispatch: DispatchTarget) -> None:
    targets = {"ids 1, 2": ids(1, 2), "ids 3, 4": ids(3, 4), "meters": categories(METER)}
    made = dispatches_of(dispatch, targets)
    where, first = Filter(targets=(ids(1, 2),)), {"ids 1, 2": made["ids 1, 2"]}
    tells_apart(dispatch, where, first, {}, "list filtered by the target ids 1, 2 alone")
    readings = set()
    for chosen in (("ids 3, 4", "meters"), tuple(targets)):
        where = Filter(targets=tuple(targets[name] for name in chosen))
        found = Own(dispatch).found(where)
        fitting = consistent(where, list(made.values()), _numbers(found))
        expect(
            fitting,
            f"list filtered by the targets {' and '.join(chosen)}",
            got=[name for name, item in made.items() if item.id in found],
            wanted=list(chosen),
        )
        readings.add("all" if fitting[0].targets_all else "any")
    expect(
        len(readings) == 1,
        "reading of several targets in a filter",
        got=" and ".join(sorted(readings)),
        wanted="always the same",
    )
    observe(readings.pop(), trait="A12")


def _numbers(found: frozenset[object]) -> list[int]:
    return [key for key in found if isinstance(key, int)]
