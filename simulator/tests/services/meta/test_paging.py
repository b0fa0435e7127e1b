from base64 import b64decode, b64encode

import pytest

from simulator.services.errors import ServiceError
from simulator.services.meta import policy_with
from simulator.services.meta.order import read_order
from simulator.services.meta.paging import Edges, Pager, Place
from simulator.services.wire import delimited
from simulator.store import TokenSigner

from .api import REGION, SERVICE

SIGNER = TokenSigner(b"secret of the tests", purpose="meta")


def region(region_id, **fields):
    return REGION.message(name=f"regions/{region_id}", **fields)


def pager(order_by="", *quirks, kind=REGION, query="q", signer=SIGNER):
    policy = policy_with(quirks)
    order = read_order(kind, order_by, policy)
    return Pager(kind=kind, order=order, query=query, policy=policy, signer=signer)


def edges(first="bb", last="dd", *, offset=1, size=3, asked=3, before=True, after=True):
    ends = (None if each is None else region(each, title="T") for each in (first, last))
    names = ("first", "last")
    return Edges(
        **dict(zip(names, ends, strict=True)),
        offset=offset,
        size=size,
        asked=asked,
        before=before,
        after=after,
    )


def place(boundary, *, forward=True, inclusive=False):
    boundary = region(boundary) if isinstance(boundary, str) else boundary
    return Place(forward=forward, inclusive=inclusive, boundary=boundary)


def following(paging, incoming=None, **changed):
    return paging.tokens(incoming, edges(**changed))[1]


def refused(paging, token):
    with pytest.raises(ServiceError, match="page_token: ") as caught:
        paging.read(token)
    assert caught.value.code == 3
    return True


def test_no_token_is_the_beginning():
    assert pager().read("") is None


def test_the_first_page_has_no_token_back():
    previous, after = pager().tokens(None, edges(before=False))
    assert previous == ""
    assert pager().read(after) == place("dd")


def test_on_a_page_forward_the_way_back_is_the_way_that_one_came():
    incoming = place("aa")
    previous, after = pager().tokens(incoming, edges())
    assert pager().read(previous) == place("aa", forward=False, inclusive=True)
    assert pager().read(after) == place("dd")


def test_on_a_page_backward_the_roles_are_swapped():
    incoming = place("ee", forward=False, inclusive=False)
    previous, after = pager().tokens(incoming, edges())
    assert pager().read(previous) == place("bb", forward=False)
    assert pager().read(after) == place("ee", forward=True, inclusive=True)


@pytest.mark.parametrize("forward", [True, False])
def test_where_there_is_nothing_more_there_is_no_token(forward):
    incoming = place("aa", forward=forward)
    assert pager().tokens(incoming, edges(before=False, after=False)) == ("", "")


def test_an_empty_page_still_leads_back():
    gone = edges(first=None, last=None, size=0, after=False)
    previous, after = pager().tokens(place("zz"), gone)
    assert pager().read(previous) == place("zz", forward=False, inclusive=True)
    assert after == ""


def test_a_token_holds_what_the_list_is_ordered_by():
    paging = pager("title desc")
    text = following(paging)
    assert text.startswith("r.e.S.")
    assert paging.read(text).boundary == region("dd", title="T")
    decoded = REGION.message.FromString(b64decode(text[6:]))
    decoded.DiscardUnknownFields()
    assert decoded == region("dd", title="T")
    assert pager().read(following(pager())).boundary == region("dd")


@pytest.mark.parametrize("quirk", [(), ("tokens-bound",)])
def test_every_altered_character_is_noticed(quirk):
    paging = pager("title desc", *quirk)
    text = following(paging)
    altered = {
        text[:index] + chr(ord(text[index]) ^ 1 << bit) + text[index + 1 :]
        for index in range(len(text))
        for bit in range(7)
    }
    assert len(altered) == 7 * len(text)
    assert all(refused(paging, token) for token in altered)


def test_every_altered_bit_of_the_resource_is_noticed():
    paging = pager("title desc")
    held = b64decode(following(paging)[6:])
    for index in range(len(held)):
        for bit in range(8):
            altered = bytearray(held)
            altered[index] ^= 1 << bit
            assert refused(paging, "r.e.S." + b64encode(altered).decode())


def test_what_is_cut_off_or_added_is_noticed():
    paging = pager()
    text = following(paging)
    assert all(refused(paging, text[:length]) for length in range(1, len(text)))
    held = b64decode(text[6:])
    for longer in (held + b"\x12\x01x", held + b"\xf8\x3e\x01", b"\x12\x01x" + held, held + held):
        assert refused(paging, "r.e.S." + b64encode(longer).decode())


def test_a_token_may_not_be_turned_round():
    text = following(pager())
    for head in ("l.e", "r.i", "l.i", "R.e", "r.E"):
        assert refused(pager(), head + text[3:])


def test_a_client_may_decode_and_encode_the_resource():
    paging = pager("metadata.labels")
    labels = {"a": "1", "b": "2", "c": "3"}
    boundary = REGION.message(name="regions/eu", metadata={"labels": labels})
    at_end = Edges(
        first=boundary, last=boundary, offset=0, size=1, asked=1, before=False, after=True
    )
    text = paging.tokens(None, at_end)[1]
    held = b64decode(text[6:])
    seal = held[boundary.ByteSize() :]
    entries = [
        delimited(5, delimited(1, key.encode()) + delimited(2, value.encode()))
        for key, value in reversed(labels.items())
    ]
    again = delimited(1, b"regions/eu") + delimited(7, b"".join(entries)) + seal
    assert again != held
    found = paging.read("r.e.S." + b64encode(again).decode())
    assert found.boundary == boundary
    copied = REGION.message.FromString(held)
    read_again = "r.e.S." + b64encode(copied.SerializeToString()).decode()
    assert paging.read(read_again).boundary == boundary


def test_tokens_of_another_order_kind_or_secret_are_refused():
    text = following(pager("title"))
    assert refused(pager("title desc"), text)
    assert refused(pager(), text)
    assert refused(pager("title", signer=TokenSigner(b"another secret..")), text)
    service = pager(kind=SERVICE)
    named = SERVICE.message(name="services/x")
    at_end = Edges(first=named, last=named, offset=0, size=1, asked=1, before=False, after=True)
    assert refused(pager(), service.tokens(None, at_end)[1])


def test_a_token_may_be_used_with_another_filter():
    assert pager(query="other").read(following(pager())) == place("dd")


def test_numbers_are_read():
    assert pager().read("r.e.O.7") == place(7)
    assert pager().read("L.I.O.0") == place(0, forward=False, inclusive=True)
    assert pager().tokens(place(7), edges())[0] == "l.i.O.7"


def test_pairs_of_someone_else_are_refused():
    assert refused(pager(), "r.e.C.YQ==:Yg==")
    assert refused(pager(), "r.e.C.Yg==:,cQ==:cQ==")


def test_bound_tokens_belong_to_their_query():
    paging = pager("", "tokens-bound")
    text = following(paging)
    assert text.startswith("r.e.C.")
    assert paging.read(text) == place("dd")
    assert pager().read(text) == place("dd")
    with pytest.raises(ServiceError, match="belongs to a list with another parent or filter"):
        pager("", "tokens-bound", query="other").read(text)


def test_bare_tokens_lead_wherever_they_say():
    paging = pager("title", "tokens-unsealed")
    text = following(paging)
    assert text == "r.e.S." + b64encode(region("dd", title="T").SerializeToString()).decode()
    assert paging.read("l.e.S.") == place(REGION.message(), forward=False)
    assert paging.read(following(pager("title"))).boundary == region("dd", title="T")
    assert refused(paging, "r.e.S.Cg==")
    assert refused(pager("title"), text)


def test_tokens_by_offset_count_what_lies_before():
    paging = pager("", "tokens-by-offset")
    assert paging.tokens(None, edges(offset=0, before=False)) == ("", "r.e.O.3")
    assert paging.tokens(place(3), edges(offset=3)) == ("l.i.O.3", "r.e.O.6")
    back = place(3, forward=False, inclusive=True)
    assert paging.tokens(back, edges(offset=1, size=2)) == ("l.e.O.1", "r.e.O.3")


def test_without_looking_ahead_a_full_page_promises_another():
    paging = pager("", "trailing-empty-page")
    assert following(paging, after=False).startswith("r.e.S.")
    assert following(paging, after=False, size=2) == ""
    back = place("ee", forward=False)
    assert paging.tokens(back, edges(before=False, after=False))[0].startswith("l.e.S.")
    assert paging.tokens(None, edges(before=False))[0] == ""


@pytest.mark.parametrize(
    ("forward", "inclusive", "gap"),
    [(True, False, 2), (True, True, 1), (False, False, 1), (False, True, 2)],
)
def test_a_gap_is_next_to_its_boundary(forward, inclusive, gap):
    order = read_order(REGION, "", policy_with(()))
    keys = [order.key(region(each)) for each in ("aa", "bb", "cc")]
    assert place("bb", forward=forward, inclusive=inclusive).gap(keys, order) == gap
    assert place("bb", forward=forward, inclusive=inclusive).flipped.gap(keys, order) == gap
    absent = place("ab", forward=forward, inclusive=inclusive)
    assert absent.gap(keys, order) == 1
    assert place(2, forward=forward, inclusive=inclusive).gap(keys, order) == 2
    assert place(9, forward=forward, inclusive=inclusive).gap(keys, order) == 3
