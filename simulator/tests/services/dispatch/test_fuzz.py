"""Whatever is sent, the core answers or refuses with a code of the INVALID_ARGUMENT class."""

import random

import pytest
from google.protobuf.descriptor import FieldDescriptor
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from simulator.services.dispatch import dialect
from simulator.services.errors import Code, ServiceError
from simulator.services.rpc import Unary, parse

from .api import METHODS, Api

INTEGERS = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
}
USEFUL = (0, 1, 2, 3, 4, 5, 7, 12, 13, 23, 24, 31, 32, 59, 60, 1_800_003_600, 253_402_300_799)
PATHS = (
    "start_time", "duration", "target", "selector", "is_active", "payload", "recurrence",
    "recurrence.freq", "recurrence.interval", "recurrence.end_criteria.count",
    "recurrence.end_criteria.until", "recurrence.byhours", "type", "start_time.seconds",
    "target.component_ids.ids", "payload.fields", "recurrence.end_criteria", "*", "",
)  # fmt: skip


def fill(message, rng, depth=0):
    """Set random fields of a message to random values, odd and plain ones mixed."""
    for field in message.DESCRIPTOR.fields:
        if rng.random() < 0.45 and field.name != "microgrid_id":
            continue
        if field.is_repeated:
            if field.message_type is not None and field.message_type.GetOptions().map_entry:
                for _ in range(rng.randint(0, 2)):
                    value = getattr(message, field.name)[rng.choice(["", "k", "é"])]
                    if depth < 8:
                        fill(value, rng, depth + 1)
            elif field.message_type is not None:
                for _ in range(rng.randint(0, 2)):
                    item = getattr(message, field.name).add()
                    if depth < 8:
                        fill(item, rng, depth + 1)
            else:
                values = [scalar(field, rng) for _ in range(rng.randint(0, 3))]
                getattr(message, field.name).extend(values)
        elif field.message_type is not None:
            inner = getattr(message, field.name)
            inner.SetInParent()
            if depth < 8:
                fill(inner, rng, depth + 1)
        else:
            setattr(message, field.name, scalar(field, rng))


def scalar(field, rng):
    if field.name == "microgrid_id":
        return rng.choice([5, 5, 5, 0])
    if field.name == "paths":
        return rng.choice(PATHS)
    kind = field.cpp_type
    if kind in INTEGERS:
        low, high = INTEGERS[kind]
        return rng.choice([*(max(low, min(high, each)) for each in USEFUL), low, high])
    if kind == FieldDescriptor.CPPTYPE_ENUM:
        return rng.choice([0, 1, 2, 3, 4, 5, 6, 7, 77, -1])
    if kind == FieldDescriptor.CPPTYPE_BOOL:
        return rng.random() < 0.5
    if kind == FieldDescriptor.CPPTYPE_STRING:
        return rng.choice(["", "x", "#1", "#", "é🙂", "x" * 300])
    return rng.choice([0.0, -0.0, 1.5, 1e300, float("nan"), float("inf"), -float("inf")])


@pytest.fixture(scope="module")
def served():
    """A service that already holds something, and its methods by verb."""
    api = Api()
    for index in range(4):
        api.create(recurrence={"freq": 3} if index % 2 else None)
    names = {name: verb for verb, name in METHODS.items()}
    return api, {names[method.name]: method for method in dialect(api.service).methods}


def send(served, verb, data):
    """Send bytes the way a server does; returns the refusal, if any."""
    _, methods = served
    method = methods[verb]
    try:
        request = parse(method.request, data)
        if isinstance(method, Unary):
            reply = method.handle(request)
            served[0].methods[METHODS[verb]].response.FromString(reply)
        else:
            method.open(request, {})
    except ServiceError as error:
        return error
    return None


@pytest.mark.parametrize("verb", METHODS)
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_random_messages(served, verb, seed):
    api, methods = served
    message = methods[verb].request()
    rng = random.Random(seed)
    fill(message, rng)
    if "dispatch_id" in message.DESCRIPTOR.fields_by_name:
        message.dispatch_id = rng.choice([1, 2, 99])
    before = api.service.committed
    refusal = send(served, verb, message.SerializeToString())
    if refusal is not None:
        assert refusal.code in (Code.INVALID_ARGUMENT, Code.NOT_FOUND)
        assert refusal.text
        assert api.service.committed == before


@pytest.mark.parametrize("verb", METHODS)
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=60))
@example(data=b"\x08")
@example(data=b"\xff" * 12)
@example(data=b"\x0a\x02\xc3\x28")
@example(data=b"\x12\x05\x0a\x03\xff\xfe\xfd")
@example(data=b"\x22\x04\x12\x02\xc3\x28")
def test_random_bytes(served, verb, data):
    refusal = send(served, verb, data)
    if refusal is not None:
        assert refusal.code in (Code.INVALID_ARGUMENT, Code.NOT_FOUND)


def test_nesting_beyond_the_parser_is_refused(served):
    value = b"\x11" + b"\0" * 8
    for _ in range(300):
        entry = b"\x0a\x01k\x12" + size(value) + value
        struct = b"\x0a" + size(entry) + entry
        value = b"\x2a" + size(struct) + struct
    entry = b"\x0a\x01k\x12" + size(value) + value
    payload = b"\x0a" + size(entry) + entry
    data = b"\x3a" + size(payload) + payload
    refusal = send(served, "create", b"\x08\x05\x12" + size(data) + data)
    assert refusal is not None
    assert refusal.code is Code.INVALID_ARGUMENT


def size(content):
    length = len(content)
    out = b""
    while length > 127:
        out += bytes([length & 127 | 128])
        length >>= 7
    return out + bytes([length])
