import grpc
import pytest

from conformance.failures import Nonconformance, NotApplicable, Refused, Untestable
from conformance.judging import (
    ABSENT,
    BAD_ARGUMENT,
    advise,
    attempt,
    eventually,
    expect,
    not_applicable,
    observe,
    refused,
    untestable,
)
from conformance.requirements import LedgerError
from conformance.tests.checking import running


def refuse(code: grpc.StatusCode, details: str = "no") -> object:
    raise Refused("Get", code, details)


def test_expectation_that_holds_is_silent() -> None:
    expect(True, "anything")


def test_failure_shows_value_and_expectation() -> None:
    with pytest.raises(Nonconformance, match=r"^size: got 3, expected 2$"):
        expect(False, "size", got=3, wanted=2)


def test_failure_shows_times_as_dates() -> None:
    with pytest.raises(Nonconformance, match="got absent, expected 1970-01-01T00:00:01Z"):
        expect(False, "end", got=None, wanted=1_000_000, times=True)


def test_failure_names_the_requirement_it_breaks() -> None:
    with pytest.raises(Nonconformance) as caught:
        expect(False, "x", breaks="DSP-GET-002")
    assert caught.value.breaks == "DSP-GET-002"


def test_refusal_with_an_allowed_status_is_returned() -> None:
    refusal = refused(lambda: refuse(grpc.StatusCode.NOT_FOUND), ABSENT, "x")
    assert refusal.code is grpc.StatusCode.NOT_FOUND


def test_refusal_with_another_status_fails() -> None:
    with pytest.raises(Nonconformance, match="got UNKNOWN: no, expected NOT_FOUND"):
        refused(lambda: refuse(grpc.StatusCode.UNKNOWN), ABSENT, "x")


def test_accepted_where_refusal_was_due_fails() -> None:
    with pytest.raises(Nonconformance, match="got accepted"):
        refused(lambda: 5, BAD_ARGUMENT, "x")


def test_attempt_gives_result_or_refusal() -> None:
    assert attempt(lambda: 5) == 5
    assert isinstance(attempt(lambda: refuse(grpc.StatusCode.OUT_OF_RANGE)), Refused)


@pytest.mark.parametrize("code", [grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL])
def test_attempt_never_accepts_an_internal_error(code: grpc.StatusCode) -> None:
    with pytest.raises(Refused):
        attempt(lambda: refuse(code))


def test_preferred_and_other_readings() -> None:
    with running() as check:
        observe("excluded", trait="A5")
        observe("included", trait="A5")
        observe("in words")
    assert [o.preferred for o in check.observations] == [True, False, True]


def test_pinned_reading_is_the_only_right_one() -> None:
    with running(pins={"A5": "included"}) as check:
        observe("included", trait="A5")
        assert check.observations[0].preferred
        with pytest.raises(Nonconformance, match="declared reading of A5: got excluded"):
            observe("excluded", trait="A5")


def test_unknown_readings_are_our_mistake() -> None:
    with running():
        with pytest.raises(ValueError, match="A5 has no reading 'maybe'"):
            observe("maybe", trait="A5")
        with pytest.raises(LedgerError, match="no trait 'A99'"):
            observe("maybe", trait="A99")


def test_advice_does_not_stop() -> None:
    with running() as check:
        advise(True, "fine")
        advise(False, "token", got="''", wanted="absent")
    assert check.warnings == ["token: got '', expected absent"]


def test_stopping_without_a_finding() -> None:
    with pytest.raises(Untestable, match="why"):
        untestable("why")
    with pytest.raises(NotApplicable, match="why"):
        not_applicable("why")


def test_eventually_waits_and_gives_up() -> None:
    values = iter([None, None, 7])
    assert eventually(lambda: next(values), what="x", every_s=0) == 7
    with pytest.raises(Nonconformance, match="not seen"):
        eventually(lambda: None, within_s=0, what="x", every_s=0)
