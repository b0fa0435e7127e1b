"""What an endpoint tells of itself by reflection (gRPC reflection; published protos).

Symbols are looked up by name and fields compared by number, type, label and oneof: published
servers spread them over other files, with imports and options that are not public.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import grpc
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from grpc_reflection.v1alpha import reflection_pb2 as reflected
from grpc_reflection.v1alpha.reflection_pb2_grpc import ServerReflectionStub

from conformance.judging import expect, not_applicable, requirement
from conformance.oracles.meta.model import KINDS
from conformance.targets.meta import MetaTarget
from fixtures.contracts import load

PACKAGES = ("ntt.meta.v1alpha2", "goten.types")
TIMEOUT_S = 10.0

_LABELS = {v: k for k, v in FieldDescriptorProto.Label.items()}
_TYPES = {v: k for k, v in FieldDescriptorProto.Type.items()}


@requirement("META-WIRE-003")
def test_reflection_knows_the_published_fields(meta: MetaTarget) -> None:
    published = dict(_symbols(load("meta").files.values()))
    told: dict[str, dict[str, str]] = {}
    services = [kind.service for kind in KINDS.values()]
    for symbol in [*services, *published]:
        if symbol not in told:
            told.update(_symbols(_asked(meta, symbol)))
        expect(symbol in told, f"reflection of {symbol}", got="another symbol", wanted=symbol)
    for symbol, wanted in published.items():
        got = told[symbol]
        wrong = {k: got.get(k, "absent") for k, v in wanted.items() if got.get(k) != v}
        expect(
            not wrong,
            f"{symbol} by reflection",
            got=wrong,
            wanted={name: wanted[name] for name in wrong},
        )


def _asked(meta: MetaTarget, symbol: str) -> list[FileDescriptorProto]:
    """Files that reflection answers for a symbol; not applicable where there is no reflection."""
    client = meta.session.client
    client.budget.spend()
    request = reflected.ServerReflectionRequest(file_containing_symbol=symbol)
    metadata = tuple(client.headers("/ServerReflectionInfo", None))
    files = []
    try:
        answers = ServerReflectionStub(client.channel).ServerReflectionInfo(
            iter([request]), timeout=TIMEOUT_S, metadata=metadata
        )
        for answer in answers:
            if answer.HasField("error_response"):
                text = answer.error_response.error_message
                expect(False, f"reflection of {symbol}", got=text, wanted="its file")
            files += [
                FileDescriptorProto.FromString(data)
                for data in answer.file_descriptor_response.file_descriptor_proto
            ]
    except grpc.RpcError as error:
        not_applicable(f"the target has no reflection: {error.code().name}")
    return files


def _symbols(files: Iterable[FileDescriptorProto]) -> Iterator[tuple[str, dict[str, str]]]:
    """Services, messages and enums of the API: what matters of each part, by name."""
    for file in files:
        if file.package in PACKAGES:
            for service in file.service:
                yield (
                    f"{file.package}.{service.name}",
                    {
                        m.name: f"{m.input_type} {m.server_streaming} {m.output_type}"
                        for m in service.method
                    },
                )
            for message in file.message_type:
                yield from _message(file.package, message)
            for enum in file.enum_type:
                yield f"{file.package}.{enum.name}", _numbers(enum)


def _message(prefix: str, message: Any) -> Iterator[tuple[str, dict[str, str]]]:
    name = f"{prefix}.{message.name}"
    oneofs = [oneof.name for oneof in message.oneof_decl]
    yield name, {field.name: _field(field, oneofs) for field in message.field}
    for enum in message.enum_type:
        yield f"{name}.{enum.name}", _numbers(enum)
    for nested in message.nested_type:
        yield from _message(name, nested)


def _field(field: FieldDescriptorProto, oneofs: list[str]) -> str:
    parts = [str(field.number), _LABELS[field.label], _TYPES[field.type], field.type_name]
    if field.HasField("oneof_index"):
        parts.append(oneofs[field.oneof_index])
    return " ".join(filter(None, parts))


def _numbers(enum: Any) -> dict[str, str]:
    return {value.name: str(value.number) for value in enum.value}
