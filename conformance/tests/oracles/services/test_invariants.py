from dataclasses import replace

import pytest

from conformance.oracles.services.invariants import backwards, broken, judge_looks
from conformance.oracles.services.model import Service

ACTIVE = Service(
    id="a",
    active=True,
    last_inactive_time=1,
    last_active_time=2,
    last_loading_start_time=3,
    last_loading_end_time=4,
)
INACTIVE = replace(ACTIVE, active=False, last_inactive_time=5)


def codes(violations) -> set[str]:
    return {violation.code for violation in violations}


@pytest.mark.parametrize("service", [Service(), ACTIVE, INACTIVE, Service(loading=True)])
def test_what_may_be_is_not_broken(service):
    assert broken(service) == []


@pytest.mark.parametrize(
    ("service", "code"),
    [
        (Service(loading=True, next_attempt_time=9, failed_attempts=1), "SVC-INV-001"),
        (replace(ACTIVE, next_attempt_time=9), "SVC-INV-002"),
        (replace(ACTIVE, last_active_time=None), "SVC-INV-003"),
        (replace(ACTIVE, last_loading_start_time=None), "SVC-INV-003"),
        (replace(ACTIVE, last_inactive_time=9), "SVC-INV-005"),
        (replace(INACTIVE, last_inactive_time=1), "SVC-INV-005"),
        (replace(INACTIVE, last_inactive_time=None), "SVC-INV-005"),
    ],
)
def test_what_may_not_be_is_told_by_its_requirement(service, code):
    assert codes(broken(service)) == {code}


def test_leftovers_of_a_stop_are_excused_where_they_are_known():
    left = replace(INACTIVE, loading=True, next_attempt_time=9)
    assert codes(broken(left)) == {"SVC-INV-001", "SVC-INV-002"}
    assert broken(left, sticky=True) == []
    assert codes(broken(Service(loading=True), stopping=False)) == {"SVC-INV-001"}


def test_times_only_go_forward():
    assert backwards(ACTIVE, INACTIVE) == []
    assert backwards(replace(ACTIVE, next_attempt_time=9), ACTIVE) == []
    assert codes(backwards(INACTIVE, ACTIVE)) == {"SVC-INV-004"}
    assert codes(backwards(ACTIVE, replace(ACTIVE, last_loading_end_time=None))) == {"SVC-INV-004"}


def test_looks_at_several_services_are_kept_apart():
    other = replace(ACTIVE, id="b", last_active_time=1, last_inactive_time=None)
    assert judge_looks([ACTIVE, other, INACTIVE, other]) == []
    assert codes(judge_looks([INACTIVE, other, ACTIVE])) == {"SVC-INV-004"}
