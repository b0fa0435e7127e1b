"""Whatever is sent: a reply that parses, or a refusal with a code of the caller's fault."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from simulator.services.errors import Code, ServiceError
from simulator.services.rpc import parse
from simulator.tests.store.things import repeatable

from .api import METHODS, VERBS, Api

REFUSALS = {
    Code.INVALID_ARGUMENT,
    Code.NOT_FOUND,
    Code.UNIMPLEMENTED,
    Code.ALREADY_EXISTS,
    Code.FAILED_PRECONDITION,
}
PIECES = r"""
drivers systems scratch node/drivers a plain other {} { [] {"fault":{"failAlways":true}} id type
config_raw type_counts.plain type_counts. nosuch * . / EgFh 0 \ ä 😀
"""
TEXTS = st.one_of(st.sampled_from(PIECES.split()), st.text(max_size=20))
NUMBERS = st.sampled_from([-(2**31), -1, 0, 1, 3, 1001, 2**31 - 1])
FIELDS: dict[str, Any] = {
    "name": st.one_of(st.just("drivers"), TEXTS),
    "id": st.one_of(st.just("a"), TEXTS),
    "config_raw": TEXTS,
    "page_size": NUMBERS,
    "page_token": TEXTS,
    "read_mask": st.fixed_dictionaries({"paths": st.lists(TEXTS, max_size=3)}),
    "service": st.fixed_dictionaries(
        {}, optional={"id": TEXTS, "type": TEXTS, "config_raw": TEXTS, "active": st.booleans()}
    ),
    "allow_active": st.booleans(),
    "allow_inactive": st.booleans(),
    "allow_missing": st.booleans(),
    "updates_only": st.booleans(),
}


def answered(verb: str, data: bytes, profile: str) -> None:
    api, method = Api(profile), METHODS[VERBS[verb]]
    api.create(active=True, config="{}")
    codes = REFUSALS | ({Code.UNKNOWN} if profile == "sc-bos" else set())
    try:
        request = parse(method.request, data)
        if verb.startswith("pull"):
            getattr(api.service, verb)(request)
            return
        reply = getattr(api.service, verb)(request)
    except ServiceError as refusal:
        error = refusal
    else:
        method.response.FromString(reply)
        return
    assert error.code in codes
    assert 0 < len(error.text) <= 500


@given(
    verb=st.sampled_from(list(VERBS)),
    fields=st.fixed_dictionaries({}, optional=FIELDS),
    profile=st.sampled_from(["documented", "sc-bos"]),
)
@repeatable
def test_any_request_is_answered_or_refused(verb: str, fields: dict[str, Any], profile: str):
    request = METHODS[VERBS[verb]].request
    known = {name: value for name, value in fields.items() if hasattr(request, name)}
    answered(verb, request(**known).SerializeToString(), profile)


@given(verb=st.sampled_from(list(VERBS)), data=st.binary(max_size=40))
@example(verb="get", data=b"\x0a\x02\xff\xff")
@repeatable
def test_any_bytes_are_answered_or_refused(verb: str, data: bytes):
    answered(verb, data, "documented")
