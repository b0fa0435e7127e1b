"""Whatever is sent: a reply that parses, or a refusal with a code of the caller's fault."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from simulator.services.errors import Code, ServiceError
from simulator.services.meta import KINDS
from simulator.services.rpc import parse
from simulator.tests.store.things import repeatable

from .api import Api

REFUSALS = {Code.INVALID_ARGUMENT, Code.NOT_FOUND, Code.UNIMPLEMENTED}
PIECES = r"""
name title metadata labels . , asc desc - / regions/ regions/eu services/x regions/- = " NOT IN ( )
LIKE CONTAINS NULL r.e. l.i. O. S. C. 1 9999999999 YQ== : * \ ä
"""
WORDS = st.sampled_from(PIECES.split())
TEXTS = st.one_of(st.text(max_size=20), st.lists(WORDS, max_size=6).map(" ".join))
NUMBERS = st.sampled_from([-(2**31), -1, 0, 1, 3, 2**31 - 1])
FIELDS: dict[str, Any] = {
    "name": TEXTS,
    "names": st.lists(TEXTS, max_size=3),
    "parent": st.one_of(st.sampled_from(["regions/-", "services/x"]), TEXTS),
    "page_size": NUMBERS,
    "page_token": TEXTS,
    "order_by": TEXTS,
    "filter": TEXTS,
    "field_mask": st.fixed_dictionaries({"paths": st.lists(TEXTS, max_size=3)}),
    "view": NUMBERS,
    "include_paging_info": st.booleans(),
}


def filled() -> Api:
    api = Api()
    for kind in KINDS.values():
        name = kind.pattern.replace("{region}", "eu").replace("{service}", "x")
        name = name.replace("{deployment}", "edge").replace("{resource}", "Thing")
        api.put(kind, {"name": name, "metadata": {"labels": {"a": "b"}}})
    return api


def answered(kind: Any, verb: str, data: bytes) -> None:
    api, method = filled(), kind.methods[verb]
    try:
        reply = getattr(api.service, verb)(kind, parse(method.request, data))
    except ServiceError as refusal:
        error = refusal
    else:
        method.response.FromString(reply)
        return
    assert error.code in REFUSALS
    assert 0 < len(error.text) <= 500


@given(
    kind=st.sampled_from(list(KINDS.values())),
    verb=st.sampled_from(["get", "batch_get", "list"]),
    fields=st.fixed_dictionaries({}, optional=FIELDS),
)
@repeatable
def test_any_request_is_answered_or_refused(kind: Any, verb: str, fields: dict[str, Any]):
    request = kind.methods[verb].request
    known = {name: value for name, value in fields.items() if hasattr(request, name)}
    answered(kind, verb, request(**known).SerializeToString())


@given(
    kind=st.sampled_from(list(KINDS.values())),
    verb=st.sampled_from(["get", "batch_get", "list"]),
    data=st.binary(max_size=40),
)
@example(kind=KINDS["regions"], verb="get", data=b"\x0a\x02\xff\xff")
@repeatable
def test_any_bytes_are_answered_or_refused(kind: Any, verb: str, data: bytes):
    answered(kind, verb, data)
