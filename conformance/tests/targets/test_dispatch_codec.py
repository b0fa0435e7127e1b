from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.oracles.model import (
    CategoryType,
    DispatchData,
    Filter,
    Interval,
    Rule,
    RuleUpdate,
    Target,
    Update,
)
from conformance.strategies.dispatch import dispatch_data
from conformance.targets.dispatch_codec import Codec, Unsayable, has, sub
from conformance.targets.dispatch_updates import masked
from fixtures.contracts import load

CODECS = {name: Codec(load("dispatch", name)) for name in ("1.1", "0.15")}


def shown(codec: Codec, data: DispatchData) -> DispatchData:
    message: Any = codec.message("Dispatch")()
    message.data.CopyFrom(codec.data(data))
    return codec.dispatch(message).data


@settings(max_examples=60, deadline=None)
@given(data=dispatch_data(1_900_000_000_000_000))
def test_whatever_is_written_is_read_back(data: DispatchData) -> None:
    assert shown(CODECS["1.1"], data) == data


@settings(max_examples=40, deadline=None)
@given(data=dispatch_data(1_900_000_000_000_000, types=False))
def test_older_generation_too(data: DispatchData) -> None:
    assert shown(CODECS["0.15"], data) == data


@given(start_us=st.integers(0, 4 * 10**15))
@settings(max_examples=50)
def test_both_generations_are_the_same_on_the_wire(start_us: int) -> None:
    data = DispatchData(type="t", start_us=start_us, target=Target(kind="ids", items=(1,)))
    new, old = (codec.data(data).SerializeToString() for codec in CODECS.values())
    assert new == old


def test_absent_fields_are_absent() -> None:
    message = CODECS["1.1"].data(DispatchData())
    assert message.ByteSize() == 0


def test_present_but_empty_parts() -> None:
    codec = CODECS["1.1"]
    assert has(codec.data(DispatchData(), empty_rule=True), 8)
    ruled = codec.data(DispatchData(rule=Rule(freq=3)), empty_end=True)
    assert has(sub(ruled, 8), 3)
    assert shown(codec, DispatchData(rule=None)).rule is None
    updated = codec.update(Update(rule=RuleUpdate(end_criteria=True)))
    assert has(sub(updated, 6), 3)


def test_types_cannot_be_said_in_the_older_generation() -> None:
    target = Target(kind="types", items=(CategoryType(category=5),))
    with pytest.raises(Unsayable, match="ComponentSelector"):
        CODECS["0.15"].data(DispatchData(target=target))
    with pytest.raises(Unsayable, match="DispatchFilter"):
        CODECS["0.15"].filter(Filter(ids=(1,)))


def test_filter_says_every_field() -> None:
    where = Filter(
        targets=(Target(kind="ids", items=(1,)),),
        active=False,
        dry_run=True,
        recurring=False,
        start=Interval(from_us=1),
        end=Interval(to_us=2),
        update=Interval(),
        ids=(4,),
        queries=("#4",),
    )
    message: Any = CODECS["1.1"].filter(where)
    assert {f.number for f, _ in message.ListFields()} == {1, 2, 3, 4, 6, 7, 8, 9, 10}
    assert has(sub(message, 6), 1)
    assert not has(sub(message, 6), 2)


def test_mask_names_what_the_update_has() -> None:
    update = Update(duration_s=0, active=False, rule=RuleUpdate(count=3, byhours=(1,)))
    assert masked(update) == [
        "duration",
        "is_active",
        "recurrence.end_criteria",
        "recurrence.byhours",
    ]
