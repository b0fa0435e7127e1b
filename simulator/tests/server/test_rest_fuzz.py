"""Whatever comes in over HTTP, the answer is a refusal or a request, never a fault of ours."""

import json

from google.protobuf import json_format
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.contracts import HttpRule, load
from fixtures.contracts.http import parse_template
from simulator.server.rest_json import read_request, write_reply
from simulator.server.rest_routes import Router, routes_of
from simulator.services.errors import Code, ServiceError

from .rest_server import META, Echo

DISPATCH = load("dispatch")
KINDS = [
    META.message("ntt.meta.v1alpha2.WatchRegionsRequest"),
    META.message("ntt.meta.v1alpha2.BatchGetServicesRequest"),
    META.message("ntt.meta.v1alpha2.Region"),
    META.message("google.protobuf.UninterpretedOption"),
    DISPATCH.message("frequenz.api.dispatch.v1.ListMicrogridDispatchesRequest"),
    DISPATCH.message("frequenz.api.dispatch.v1.DispatchData"),
]
ROUTER = Router(route for each in Echo().dialects() for route in routes_of(each, META))
BODILESS = HttpRule(verb="POST", path=parse_template("/v1/x"))
WHOLE = HttpRule(verb="POST", path=parse_template("/v1/x"), body="*")

names = st.sampled_from(
    sorted(
        {
            name
            for kind in KINDS
            for field in kind.DESCRIPTOR.fields
            for name in (field.name, field.json_name)
        }
        | {
            "metadata.labels.x",
            "metadata.createTime",
            "filter.microgridIds",
            "..",
            "x",
            "recurrence.freq",
        }
    )
)
texts = st.one_of(
    st.sampled_from(["", "0", "-1", "1.5", "true", "NAME", "regions/-", "2027-01-15T08:00:00Z"]),
    st.sampled_from(
        ["9" * 30, "0001-01-01T00:00:00Z", "9999-12-31T23:59:60Z", "1e999", "a,b", "%00", "%zz"]
    ),
    st.text(max_size=20).filter(lambda text: "&" not in text),
)
queries = st.lists(st.tuples(names, texts), max_size=5).map(
    lambda pairs: "&".join(f"{name}={text}" for name, text in pairs)
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10), texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(names, st.text(max_size=5)), inner, max_size=3),
    ),
    max_leaves=10,
)
bodies = st.one_of(
    st.just(b""), st.binary(max_size=20), values.map(lambda value: json.dumps(value).encode())
)


def outcome(call, *arguments):
    """What a call returns, or the refusal that it raises."""
    try:
        return call(*arguments)
    except ServiceError as error:
        return error


@settings(max_examples=300, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    query=queries,
    body=bodies,
    rule=st.sampled_from([BODILESS, WHOLE]),
)
def test_requests_are_read_or_refused(kind, query, body, rule):
    sent = query.encode("utf-8", "replace").decode("latin-1")
    found = outcome(read_request, kind, rule, {}, sent, body)
    if isinstance(found, ServiceError):
        assert found.code is Code.INVALID_ARGUMENT
        assert found.text
    else:
        # What was read can be carried on.
        assert kind.FromString(found.SerializeToString()) is not None


@settings(max_examples=200, deadline=None)
@given(
    path=st.text("/v1alph2:%Aregions-*{}", max_size=40), verb=st.sampled_from(["GET", "POST", "x"])
)
def test_paths_are_found_or_refused(path, verb):
    found = outcome(ROUTER.find, verb, path)
    if isinstance(found, ServiceError):
        assert found.code in (Code.NOT_FOUND, Code.UNIMPLEMENTED, Code.INVALID_ARGUMENT)
    else:
        route, bound = found
        assert set(bound) == {each.field for each in route.rule.path.variables}


@settings(max_examples=100, deadline=None)
@given(
    labels=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
    title=st.text(max_size=10),
    generation=st.integers(-(2**63), 2**63 - 1),
    seconds=st.integers(-62_135_596_800, 253_402_300_799),
    nanos=st.integers(0, 999_999_999),
)
def test_replies_say_the_message_and_nothing_else(labels, title, generation, seconds, nanos):
    message = META.message("ntt.meta.v1alpha2.Region")(
        title=title,
        metadata={
            "labels": labels,
            "generation": generation,
            "create_time": {"seconds": seconds, "nanos": nanos},
        },
    )
    assert json_format.Parse(write_reply(message), type(message)()) == message
