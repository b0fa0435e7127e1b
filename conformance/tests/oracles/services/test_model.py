from dataclasses import replace

import pytest

from conformance.oracles.services.masks import masked, masked_counts
from conformance.oracles.services.model import FIELDS, TIMES, Metadata, Service, State
from fixtures.contracts import load

BUSY = Service(id="a", type="t", active=True, loading=True, last_active_time=1)


@pytest.mark.parametrize(
    ("service", "state"),
    [
        (Service(), State.INACTIVE),
        (Service(error="x"), State.ERROR),
        (Service(active=True, error="left over"), State.ACTIVE),
        (BUSY, State.LOADING),
        (replace(BUSY, next_attempt_time=5, failed_attempts=1), State.RETRYING),
        (Service(loading=True), State.STOPPING),
    ],
)
def test_state_is_told_by_several_fields(service, state):
    assert service.state == state
    assert service.settled == (state in (State.INACTIVE, State.ERROR, State.ACTIVE))


def test_fields_are_those_of_the_contract():
    message = load("services").message("smartcore.bos.services.v1.Service")
    assert tuple(field.name for field in message.DESCRIPTOR.fields) == FIELDS
    assert len(TIMES) == 7


def test_masks_leave_what_they_name():
    assert masked(BUSY, ["id", "active", "nope"]) == Service(id="a", active=True)
    assert masked(BUSY, []) == Service()
    counts = Metadata(total_count=3, type_counts={"a": 2, "b.c": 1}, total_active_count=1)
    assert masked_counts(counts, ["type_counts.b.c"]) == Metadata(type_counts={"b.c": 1})
    assert masked_counts(counts, ["type_counts", "type_counts.a"]) == Metadata(
        type_counts={"a": 2, "b.c": 1}
    )
    assert masked_counts(counts, ["total_count"]) == Metadata(total_count=3)
