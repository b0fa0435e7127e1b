"""Limits of payload and duration (seed 000, DispatchData.payload and duration)."""

from __future__ import annotations

from typing import Any

from conformance.judging import (
    TOO_BIG,
    Refused,
    attempt,
    by_depth,
    expect,
    observe,
    refused,
    requirement,
    sampled,
)
from conformance.oracles.semantic import same_json
from conformance.strategies.payloads import (
    ACCEPTED_SHAPES,
    REFUSED_SHAPES,
    nested,
    one_long_text,
)
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import SECOND_US

LONGEST_S = 2**32 - 1

SCRIPTS = (
    "<script>alert('x')</script>",
    "'; DROP TABLE dispatches; --",
    "$(reboot) `id` ${HOME} {{7*7}} %s",
    'javascript:void(0)//"onload=',
)


def _expect_kept(dispatch: DispatchTarget, payload: dict[str, Any], what: str) -> None:
    # Sizes are exact here, so the run's tag stands in the type alone.
    answer = attempt(lambda: dispatch.create(payload=payload, tag=False))
    if isinstance(answer, Refused):
        expect(False, what, got=answer.got, wanted="accepted")
    else:
        same = same_json(payload, answer.payload)
        expect(same, f"{what} in the answer", got="altered", wanted="as sent")


@requirement("DSP-LIM-001")
def test_five_levels_are_accepted(dispatch: DispatchTarget) -> None:
    for levels in sampled(range(1, 6), 2):
        _expect_kept(dispatch, nested(levels), f"a payload of {levels} levels")


@requirement("DSP-LIM-002")
def test_seven_levels_are_refused(dispatch: DispatchTarget) -> None:
    for levels in (7, 12):
        _expect_too_big(dispatch, nested(levels), f"a payload of {levels} levels")


@requirement("DSP-LIM-002")
def test_six_levels_are_either(dispatch: DispatchTarget) -> None:
    answer = attempt(lambda: dispatch.create(payload=nested(6), tag=False))
    observe("counted" if isinstance(answer, Refused) else "not counted", trait="A18")


@requirement("DSP-LIM-003")
def test_lists_count_as_levels(dispatch: DispatchTarget) -> None:
    _expect_too_big(dispatch, nested(7, lists=True), "lists nested to seven levels")


@requirement("DSP-LIM-004")
def test_payloads_below_the_limit_are_accepted(dispatch: DispatchTarget) -> None:
    for payload, name in zip(ACCEPTED_SHAPES, ("one text", "many keys"), strict=True):
        _expect_kept(dispatch, dict(payload), f"a payload of 45 000 bytes in {name}")


@requirement("DSP-LIM-005")
def test_payloads_beyond_the_limit_are_refused(dispatch: DispatchTarget) -> None:
    for payload, name in zip(REFUSED_SHAPES, ("one text", "many keys"), strict=True):
        _expect_too_big(dispatch, dict(payload), f"a payload of 60 000 bytes in {name}")


@requirement("DSP-LIM-005")
def test_where_the_limit_lies(dispatch: DispatchTarget) -> None:
    taken = tuple(
        not isinstance(_attempt(dispatch, one_long_text(size)), Refused)
        for size in (49_900, 50_500, 51_100, 51_400)
    )
    readings: dict[tuple[bool, ...], str] = {
        (True, True, True, False): "51200 bytes of JSON",
        (True, False, False, False): "50000 bytes of JSON",
    }
    observe(readings.get(taken, "other"), trait="A19")


def _attempt(dispatch: DispatchTarget, payload: Any) -> Any:
    return attempt(lambda: dispatch.create(payload=payload, tag=False))


def _expect_too_big(dispatch: DispatchTarget, payload: Any, what: str) -> None:
    refused(lambda: dispatch.create(payload=payload, tag=False), TOO_BIG, what)


@requirement("DSP-LIM-006")
def test_update_keeps_the_limits(dispatch: DispatchTarget) -> None:
    created = dispatch.create(payload={"before": True})
    beyond = [("twelve levels", nested(12)), ("60 000 bytes", REFUSED_SHAPES[0])]
    for name, payload in beyond:
        _expect_update_too_big(dispatch, created.id, payload, f"an update to {name}")
        shown = dispatch.get(created.id)
        expect(
            same_json(created.payload, shown.payload),
            "payload after the refused update",
            got=shown.payload,
            wanted=created.payload,
        )
    small = dispatch.update(created.id, payload={"after": nested(3)})
    got = dispatch.untagged(small.payload)
    expect(same_json({"after": nested(3)}, got), "payload of an update within the limits", got=got)


def _expect_update_too_big(dispatch: DispatchTarget, id: int, payload: Any, what: str) -> None:
    refused(lambda: dispatch.update(id, payload=payload), TOO_BIG, what)


@requirement("DSP-LIM-007")
def test_longest_duration(dispatch: DispatchTarget) -> None:
    for duration_s in by_depth(full=(LONGEST_S, LONGEST_S - 1, 2**31), staging=(LONGEST_S,)):
        created = dispatch.create(duration_s=duration_s)
        expect(
            created.duration_s == duration_s, "duration", got=created.duration_s, wanted=duration_s
        )
        wanted = created.start_us + duration_s * SECOND_US
        expect(created.end_us == wanted, "end time", got=created.end_us, wanted=wanted, times=True)


@requirement("DSP-LIM-008")
def test_texts_that_look_like_scripts(dispatch: DispatchTarget) -> None:
    for text in sampled(SCRIPTS, 2):
        answer = _attempt(dispatch, {"text": text})
        if isinstance(answer, Refused):
            observe("refused")
            continue
        shown = dispatch.get(answer.id).payload.get("text")
        expect(shown == text, "text of the payload", got=shown, wanted=text)
        observe("kept")
