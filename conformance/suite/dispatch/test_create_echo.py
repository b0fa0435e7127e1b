"""Creating: whatever was sent comes back (seed 000, DispatchData)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from conformance.judging import (
    BAD_ARGUMENT,
    Refused,
    attempt,
    expect,
    explore,
    observe,
    requirement,
    sampled,
)
from conformance.oracles.model import DispatchData, Target
from conformance.oracles.recurrence import occurrences
from conformance.oracles.semantic import differences, same_json
from conformance.strategies.dispatch import dispatch_data
from conformance.strategies.payloads import payloads_within
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import (
    BATTERY,
    DAILY,
    EV_CHARGER,
    INVERTER,
    SECOND_US,
    CategoryType,
    Rule,
    categories,
    ids,
    types,
)

TYPES = ("Zu\u0308ge", "Z\u00fcge", " blank ", "two  blanks", "\U0001f50b", "UPPER_lower")
"""One word composed and decomposed, blanks, a sign beyond the first plane, and capitals."""


@requirement("DSP-CRE-003")
def test_everything_comes_back(dispatch: DispatchTarget) -> None:
    def body(data: DispatchData) -> None:
        sent = dispatch.safe(data)
        shown = dispatch.create(sent)
        wanted = replace(
            sent, payload=dispatch.tagged(sent.payload), target=_by_meaning(sent.target)
        )
        for difference in differences(wanted, replace(shown, target=_by_meaning(shown.target))):
            expect(
                False,
                f"{difference.field} of the answer",
                got=difference.shown,
                wanted=difference.expected,
            )

    types_too = dispatch.generation != "0.15"
    explore(body, examples=60, data=dispatch_data(dispatch.start_us, types=types_too))


@requirement("DSP-CRE-003")
def test_a_type_comes_back_letter_by_letter(dispatch: DispatchTarget) -> None:
    for type_ in sampled(TYPES, 2):
        created = attempt(partial(dispatch.create, type=type_))
        if isinstance(created, Refused):
            # What a type may be is not said; what is taken has to be kept.
            expect(created.code in BAD_ARGUMENT, f"type {type_!r}", got=created.code)
            continue
        for where, shown in (("answer", created), ("get", dispatch.get(created.id))):
            expect(shown.type == type_, f"type in the {where}", got=shown.type, wanted=type_)


def _by_meaning(target: Target | None) -> Target | None:
    """Categories as pairs without type: which variant says so is for another requirement."""
    if target is None or target.kind != "categories":
        return target
    return types(*(CategoryType(category=int(c)) for c in target.items if isinstance(c, int)))


@requirement("DSP-CRE-003")
def test_a_rule_comes_back(dispatch: DispatchTarget) -> None:
    rule = Rule(freq=DAILY, interval=2, count=5, byminutes=(30, 0), byhours=(8, 20))
    start = occurrences(rule, dispatch.start_us, 1).times[0]  # one that its own rule matches
    sent = dispatch.data(rule=rule, start_us=start, payload=dispatch.tagged({"note": "a rule"}))
    found = differences(sent, dispatch.create(sent))
    expect(not found, "recurring dispatch", got=found, wanted="as sent")


@requirement("DSP-CRE-003")
def test_fractions_of_a_second_are_rounded_kept_or_cut(dispatch: DispatchTarget) -> None:
    whole = dispatch.start_us
    created = dispatch.create(start_us=whole + 600_000)
    readings = {
        whole + SECOND_US: "rounded",
        whole + 600_000: "exact",
        whole: "truncated",
    }
    expect(
        created.start_us in readings,
        "start with 600 ms",
        got=created.start_us,
        wanted=whole + SECOND_US,
        times=True,
    )
    for where, shown in (
        ("get", dispatch.get(created.id)),
        ("list", _listed(dispatch, created.id)),
    ):
        expect(
            shown.start_us == created.start_us,
            f"start in {where}",
            got=shown.start_us,
            wanted=created.start_us,
            times=True,
        )
    observe(readings[created.start_us], trait="A2")


def _listed(dispatch: DispatchTarget, id: int) -> Any:
    found = [item for item in dispatch.list_all() if item.id == id]
    expect(len(found) == 1, "dispatch in the list", got=f"{len(found)} times", wanted="once")
    return found[0]


@requirement("DSP-CRE-011")
def test_target_keeps_its_variant(dispatch: DispatchTarget) -> None:
    variants = [ids(7, 3), categories(BATTERY, INVERTER)]
    if dispatch.generation != "0.15":
        typed = CategoryType(category=EV_CHARGER, type_field="ev_charger", type=2)
        variants.append(types(CategoryType(category=BATTERY), typed))
    for target in variants:
        created = dispatch.create(target=target)
        for where, shown in (("create", created), ("get", dispatch.get(created.id))):
            got: Target | None = shown.target
            kind = got.kind if got else "absent"
            expect(kind == target.kind, f"target variant in {where}", got=kind, wanted=target.kind)


@requirement("DSP-CRE-012")
def test_payload_survives(dispatch: DispatchTarget) -> None:
    def body(payload: dict[str, Any]) -> None:
        shown = dispatch.untagged(dispatch.create(payload=payload).payload)
        expect(same_json(payload, shown), "payload of the answer", got=shown, wanted=payload)

    explore(
        body,
        examples=40,
        directed=[
            {"payload": {"n": None, "t": True, "f": False, "zero": 0.0, "big": 1e300}},
            {"payload": {"list": [1.0, [2.0, ["x"]], {}], "empty": {}, "": "empty key"}},
            {"payload": {"ключ": "значение", "🔋": "½ ∞", "a.b/c": " spaces "}},
        ],
        payload=payloads_within(4),
    )
