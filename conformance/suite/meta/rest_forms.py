"""What the checks of REST share: raw answers, streams, and JSON judged by its message type."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Timer
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from conformance.failures import NotApplicable
from conformance.judging import EVENT_S
from conformance.targets import json_stream
from conformance.targets.http_client import Stream
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import Population
from conformance.targets.meta_rest import PREFIX, Query, target_of

JSON_TYPE = ("Content-Type", "application/json")

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
_WIDE = (
    FieldDescriptor.CPPTYPE_INT64,
    FieldDescriptor.CPPTYPE_UINT64,
)
_PLAIN: Mapping[int, type] = {
    FieldDescriptor.CPPTYPE_BOOL: bool,
    FieldDescriptor.CPPTYPE_INT32: int,
    FieldDescriptor.CPPTYPE_UINT32: int,
    FieldDescriptor.CPPTYPE_STRING: str,
}
_TEXTS = {"google.protobuf.FieldMask": re.compile(r".*"), "google.protobuf.Timestamp": _RFC3339}
"""Messages that are texts in JSON."""


def list_path(population: Population) -> str:
    """The path below which a population is listed."""
    parent = f"{population.parent}/" if population.parent else ""
    return f"{PREFIX}/{parent}{population.kind}"


def heard(meta: MetaTarget, call: Callable[[], object]) -> list[dict[str, Any]]:
    """The JSON objects that arrive while a call over REST is made, as they are."""
    began = meta.recorder.mark()
    call()
    steps = meta.recorder.since(began)
    return [step.reply for step in steps if isinstance(step.reply, dict) and step.kind != "hook"]


def streamed(
    meta: MetaTarget, path: str, query: Query, *, body: Any = None, objects: int = 1
) -> tuple[int, str, list[dict[str, Any]]]:
    """A posted watch: the HTTP status, the text it begins with, and the first objects of it."""
    client = meta.session.rest
    if client is None:
        raise NotApplicable("the profile names no http address")
    sent = None if body is None else json.dumps(body).encode()
    headers = [*client.headers(), *([JSON_TYPE] if sent else [])]
    stream = client.stream("POST", target_of(path, query), headers=headers, body=sent)
    # Nothing else ends the wait for a stream that says nothing.
    timer = Timer(EVENT_S, stream.close)
    timer.start()
    try:
        return stream.answer.status, *_begun(stream, objects)
    finally:
        timer.cancel()
        stream.close()


def _begun(stream: Stream, objects: int) -> tuple[str, list[dict[str, Any]]]:
    blocks: list[bytes] = []

    def kept() -> Iterator[bytes]:
        for block in stream.blocks():
            blocks.append(block)
            yield block

    found = []
    try:
        for document in json_stream.objects(kept()):
            found.append(document)
            if len(found) == objects:
                break
    except json_stream.BrokenStream:
        pass  # Whoever asks sees that there is less than there has to be.
    return b"".join(blocks).decode(errors="replace").lstrip(), found


def inner(document: Mapping[str, Any]) -> dict[str, Any]:
    """The message in an object of a stream, whether it is wrapped or not."""
    found: dict[str, Any] = document.get("result", document)
    return found


def faults(document: Any, descriptor: Any, path: str = "") -> list[str]:
    """What is wrong with JSON that stands for a message of this descriptor, by protobuf's mapping.

    Names have to be in lower camel case and known, 64-bit integers texts, times RFC 3339 in UTC,
    enums names. What is null counts as left out.
    """
    if not isinstance(document, Mapping):
        return [f"{path or 'the answer'} is {document!r}, not an object"]
    known = {field.json_name: field for field in descriptor.fields}
    found = []
    for key, value in document.items():
        here = f"{path}.{key}" if path else str(key)
        if key not in known:
            found.append(f"{here} is the name of no field")
        elif value is not None:
            found += _field_faults(value, known[key], here)
    return found


def _field_faults(value: Any, field: FieldDescriptor, path: str) -> list[str]:
    entry = field.message_type
    if entry is not None and entry.GetOptions().map_entry:
        if not isinstance(value, Mapping):
            return [f"{path} is {value!r}, not an object"]
        of = entry.fields_by_name["value"]
        return [f for key, item in value.items() for f in _single(item, of, f"{path}[{key}]")]
    if isinstance(value, list):
        return [f for at, item in enumerate(value) for f in _single(item, field, f"{path}[{at}]")]
    return _single(value, field, path)


def _single(value: Any, field: FieldDescriptor, path: str) -> list[str]:
    if field.message_type is not None:
        form = _TEXTS.get(field.message_type.full_name)
        if form is None:
            return faults(value, field.message_type, path)
        good = isinstance(value, str) and form.fullmatch(value) is not None
        return [] if good else [f"{path} is {value!r}"]
    if field.enum_type is not None:
        good = value in field.enum_type.values_by_name
    elif field.cpp_type in _WIDE:
        good = isinstance(value, str) and re.fullmatch(r"-?\d+", value) is not None
    else:
        wanted = _PLAIN.get(field.cpp_type, object)
        good = isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))
    return [] if good else [f"{path} is {value!r}"]


def picked(document: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """Some entries of an answer; tokens may differ from call to call."""
    return {key: document.get(key) for key in keys}
