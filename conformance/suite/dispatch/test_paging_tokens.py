"""Page tokens that are damaged, misused, empty, or sent beside a size (seed 000, page_token)."""

from __future__ import annotations

from functools import partial

from conformance.judging import (
    BAD_ARGUMENT,
    HIDDEN,
    Refused,
    attempt,
    by_depth,
    expect,
    observe,
    refused,
    requirement,
    sampled,
)
from conformance.strategies.paging import GARBAGE, alter
from conformance.suite.dispatch.listing import continued, keys, made, several
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import HOUR_US, Filter, Interval, SortField, SortOrder

NUMERALS = frozenset("0123456789")


@requirement("DSP-PAG-013")
def test_garbage_is_refused(dispatch: DispatchTarget) -> None:
    several(dispatch)
    for token in sampled(GARBAGE, 5):
        # A short number may well be a token where tokens are positions.
        if not NUMERALS.issuperset(token):
            shown = token if len(token) < 20 else f"{token[:5]}… ({len(token)} characters)"
            refused(partial(dispatch.list, token=token), BAD_ARGUMENT, f"the token {shown!r}")


@requirement("DSP-PAG-013")
def test_damaged_token_is_refused(dispatch: DispatchTarget) -> None:
    several(dispatch)
    token = continued(dispatch.list(size=1))
    for damaged, how in (
        (token[: len(token) // 2], "cut in half"),
        (token + token, "repeated"),
        (f"{token}!", "with a character more"),
    ):
        if damaged:
            refused(partial(dispatch.list, token=damaged), BAD_ARGUMENT, f"its own token {how}")


@requirement("DSP-PAG-013")
def test_altered_token_never_means_the_first_page(dispatch: DispatchTarget) -> None:
    several(dispatch)
    first = dispatch.list(size=1)
    token = continued(first)
    places = sorted({0, 1, len(token) // 2, len(token) - 2, len(token) - 1} - {-1})
    for at in sampled(places, 3):
        answer = attempt(partial(dispatch.list, token=alter(token, at)))
        what = f"its own token with character {at} of {len(token)} altered"
        if isinstance(answer, Refused):
            expect(answer.code in BAD_ARGUMENT, what, got=answer.code.name, wanted=BAD_ARGUMENT)
        else:
            # Tokens need not be opaque: another place in the list is no silent first page.
            expect(keys(answer) != keys(first), what, got="the first page", wanted=BAD_ARGUMENT)


@requirement("DSP-PAG-014")
def test_token_shows_nothing_of_another_microgrid(dispatch: DispatchTarget) -> None:
    secret = {item.id for item in dispatch.prepared(made, 4)}
    other = dispatch.other_microgrid
    count = by_depth(full=4, staging=2)
    own = {dispatch.create(microgrid=other).id for _ in range(count)}
    token = continued(dispatch.list(size=1))
    answer = attempt(lambda: dispatch.list(microgrid=other, token=token))
    if isinstance(answer, Refused):
        allowed = BAD_ARGUMENT | HIDDEN
        what = "a token of another microgrid"
        expect(answer.code in allowed, what, got=answer.code.name, wanted=allowed)
    else:
        leaked = secret & set(keys(answer))
        expect(
            not leaked,
            "page of another microgrid's token",
            got=f"shows {leaked}",
            wanted=f"refused, or some of {own}",
        )


@requirement("DSP-PAG-014")
def test_token_under_another_query(dispatch: DispatchTarget) -> None:
    several(dispatch)
    token = continued(dispatch.list(size=1))
    never = Filter(start=Interval(from_us=dispatch.start_us + 100_000 * HOUR_US))
    answer = attempt(
        lambda: dispatch.list(
            token=token, filter=never, sort=(SortField.START_TIME, SortOrder.ASCENDING)
        )
    )
    if isinstance(answer, Refused):
        what = "a token under another filter and order"
        expect(answer.code in BAD_ARGUMENT, what, got=answer.code.name, wanted=BAD_ARGUMENT)
    observe("refused" if isinstance(answer, Refused) else "token wins", trait="A22")


@requirement("DSP-PAG-019")
def test_token_after_a_size_decides(dispatch: DispatchTarget) -> None:
    several(dispatch)
    token = continued(dispatch.list(size=1))
    wanted = keys(dispatch.list(token=token))
    shown = both(dispatch, _size(2) + _token(token))
    expect(shown == wanted, "page for size, then token", got=shown, wanted=wanted)


def both(dispatch: DispatchTarget, parameters: bytes) -> list[int]:
    """The page for pagination parameters given as bytes."""
    request = dispatch.list_request().SerializeToString()
    request += b"\x22" + _varint(len(parameters)) + parameters
    answer = dispatch.call_bytes("ListMicrogridDispatches", request)
    message = dispatch.message("ListMicrogridDispatchesResponse").FromString(answer)
    return keys(dispatch.page(message))


@requirement("DSP-PAG-020")
def test_empty_token_means_the_first_page(dispatch: DispatchTarget) -> None:
    several(dispatch)
    wanted, shown = keys(dispatch.list()), keys(dispatch.list(token=""))
    expect(shown == wanted, "page for an empty token", got=shown, wanted=wanted)


def _size(size: int) -> bytes:
    return b"\x08" + _varint(size)


def _token(token: str) -> bytes:
    data = token.encode()
    return b"\x12" + _varint(len(data)) + data


def _varint(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])
