"""Validation: what Create refuses of a dispatch apart from its rule (seed 000, DispatchData)."""

from __future__ import annotations

from typing import Any

from conformance.judging import (
    BAD_ARGUMENT,
    BAD_START,
    Refused,
    attempt,
    expect,
    observe,
    refused,
    requirement,
)
from conformance.oracles.model import TypeField
from conformance.oracles.semantic import plain_target
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import (
    BATTERY,
    EV_CHARGER,
    HOUR_US,
    INVERTER,
    METER,
    SECOND_US,
    CategoryType,
    categories,
    ids,
    types,
)


def _request(dispatch: DispatchTarget) -> Any:
    """A valid create request, to be made wrong."""
    request = dispatch.message("CreateMicrogridDispatchRequest")()
    request.microgrid_id = dispatch.microgrid
    request.dispatch_data.CopyFrom(dispatch.encode(dispatch.data(payload=dispatch.tagged({}))))
    return request


def _field(message: Any, number: int) -> str:
    return str(message.DESCRIPTOR.fields_by_number[number].name)


@requirement("DSP-VAL-001")
def test_past_start_is_refused(dispatch: DispatchTarget) -> None:
    name = f"past start {dispatch.random_id()}"
    past = dispatch.clock.now_us() - HOUR_US
    refused(lambda: dispatch.create(start_us=past, type=name), BAD_START, "a start one hour ago")
    left = [item for item in dispatch.list_all() if item.type == name]
    expect(not left, "list after the refused create", got=f"{len(left)} of it", wanted="none")


@requirement("DSP-VAL-001")
def test_start_long_ago_is_refused(dispatch: DispatchTarget) -> None:
    refused(lambda: dispatch.create(start_us=SECOND_US), BAD_START, "a start in 1970")


@requirement("DSP-VAL-002")
def test_missing_start_is_refused(dispatch: DispatchTarget) -> None:
    refused(lambda: dispatch.create(start_us=None), BAD_START, "a dispatch without start time")


@requirement("DSP-VAL-003")
def test_missing_data_is_refused(dispatch: DispatchTarget) -> None:
    request = dispatch.message("CreateMicrogridDispatchRequest")()
    request.microgrid_id = dispatch.microgrid
    refused(
        lambda: dispatch.call("CreateMicrogridDispatch", request),
        BAD_START,
        "a create without dispatch data",
    )


@requirement("DSP-VAL-003")
def test_empty_type_is_refused_or_accepted(dispatch: DispatchTarget) -> None:
    answer = attempt(lambda: dispatch.create(type=""))
    observe("refused" if isinstance(answer, Refused) else "accepted", trait="A26")


@requirement("DSP-VAL-004")
def test_missing_target_is_refused(dispatch: DispatchTarget) -> None:
    refused(lambda: dispatch.create(target=None), BAD_ARGUMENT, "a dispatch without target")


@requirement("DSP-VAL-004")
def test_target_without_variant_is_refused(dispatch: DispatchTarget) -> None:
    request = _request(dispatch)
    data = request.dispatch_data
    data.ClearField(_field(data, 4))
    getattr(data, _field(data, 4)).SetInParent()
    refused(
        lambda: dispatch.call("CreateMicrogridDispatch", request),
        BAD_ARGUMENT,
        "a target of no variant",
    )


@requirement("DSP-VAL-004")
def test_empty_set_of_components_is_accepted_or_refused(dispatch: DispatchTarget) -> None:
    answer = attempt(lambda: dispatch.create(target=ids()))
    observe("refused" if isinstance(answer, Refused) else "accepted", trait="A14")


@requirement("DSP-VAL-005")
def test_unknown_categories(dispatch: DispatchTarget) -> None:
    for number, name in ((0, "unspecified"), (999, "unknown")):
        answer = attempt(lambda n=number: dispatch.create(target=categories(n)))  # type: ignore[misc]
        verdict = "refused" if isinstance(answer, Refused) else "accepted"
        observe(f"{name} category {verdict}")


@requirement("DSP-VAL-006")
def test_type_has_to_fit_the_category(dispatch: DispatchTarget) -> None:
    wrong: list[tuple[int, TypeField]] = [
        (BATTERY, "inverter"),
        (INVERTER, "ev_charger"),
        (EV_CHARGER, "battery"),
        (METER, "battery"),
    ]
    for category, arm in wrong:
        target = types(CategoryType(category=category, type_field=arm, type=1))
        _expect_refused_target(dispatch, target, f"category {category} with a type of {arm}")


@requirement("DSP-VAL-006")
def test_one_misfit_among_good_pairs_is_enough(dispatch: DispatchTarget) -> None:
    good = CategoryType(category=BATTERY, type_field="battery", type=1)
    bad = CategoryType(category=BATTERY, type_field="inverter", type=1)
    _expect_refused_target(dispatch, types(good, bad), "a misfit after a good pair")


def _expect_refused_target(dispatch: DispatchTarget, target: Any, what: str) -> None:
    refused(lambda: dispatch.create(target=target), BAD_ARGUMENT, what)


@requirement("DSP-VAL-006")
def test_types_that_fit_are_accepted(dispatch: DispatchTarget) -> None:
    fitting: list[tuple[int, TypeField]] = [
        (BATTERY, "battery"),
        (INVERTER, "inverter"),
        (EV_CHARGER, "ev_charger"),
        (METER, ""),
    ]
    pairs = [CategoryType(category=c, type_field=f, type=1 if f else 0) for c, f in fitting]
    created = dispatch.create(target=types(*pairs))
    same = plain_target(created.target) == plain_target(types(*pairs))
    expect(same, "target of fitting pairs", got=created.target, wanted=types(*pairs))


@requirement("DSP-VAL-016")
def test_failed_create_leaves_nothing(dispatch: DispatchTarget) -> None:
    name = f"refused {dispatch.random_id()}"
    past = dispatch.clock.now_us() - HOUR_US
    with dispatch.stream() as stream:
        refused(lambda: dispatch.create(type=name, start_us=past), BAD_START, "a past start")
        refused(lambda: dispatch.create(type=name, target=None), BAD_ARGUMENT, "no target")
        stream.barrier()
        shown = [e.kind for e in stream.all_events if e.dispatch and e.dispatch.type == name]
    expect(not shown, "stream after refused creates", got=shown, wanted="no event")
    listed = [item.id for item in dispatch.list_all() if item.type == name]
    expect(not listed, "list after refused creates", got=listed, wanted="nothing of them")


@requirement("DSP-VAL-018", needs=["simulated_site"])
def test_start_in_a_minute_is_accepted(dispatch: DispatchTarget) -> None:
    soon = (dispatch.clock.now_us() // SECOND_US + 60) * SECOND_US
    answer = attempt(lambda: dispatch.create(start_us=soon))
    if isinstance(answer, Refused):
        expect(False, "a start in 60 s", got=answer.got, wanted="accepted")
    else:
        expect(answer.start_us == soon, "start", got=answer.start_us, wanted=soon, times=True)
