"""Proves our contracts equal to the published packages, field by field, and that both coexist.

Compared for every message, enum and service of ours: names, numbers, types, labels, presence, oneof
membership, deprecation, and the options of methods. Not compared: file paths of helper types and
messages we leave out.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)

from fixtures.contracts import Contract, load
from fixtures.contracts.compile import compile_files
from interop.environments import CLIENTS, environment
from interop.peers import DESCRIPTORS, Published

Facts = dict[str, object]


def compare_descriptors(generation: str) -> bool:
    """Compare one generation of the dispatch contract with its published package."""
    python = environment(DESCRIPTORS[generation])
    published = FileDescriptorSet.FromString(
        subprocess.run(
            [python, "-W", "ignore", CLIENTS / "dump_descriptors.py"],
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ).stdout
    )
    agreed = _agree(
        load("dispatch", generation), published, "frequenz.api.dispatch.v1.", generation
    )
    coexist = subprocess.run(
        [python, "-W", "ignore", CLIENTS / "coexist.py"],
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    return agreed and coexist.returncode == 0


def compare_sources(source: Published) -> bool:
    """Compare a contract with the published `.proto` files, compiled here."""
    contract = load(source.contract)
    with TemporaryDirectory() as folder:
        published = Path(folder)
        for name, url in source.repositories.items():
            clone = ["git", "clone", "--quiet", "--depth", "1", url, str(published / name)]
            subprocess.run(clone, check=True)
        roots = [published / root for root in source.roots]
        files = [path for path in contract.files if any((root / path).exists() for root in roots)]
        target = published / "published.binpb"
        compile_files(roots, files, target)
        theirs = FileDescriptorSet.FromString(target.read_bytes())
    return _agree(contract, theirs, source.package, source.contract)


def _agree(contract: Contract, published: FileDescriptorSet, package: str, called: str) -> bool:
    """Print what differs; nothing of the published package may be absent."""
    ours, theirs = facts(contract.files.values()), facts(published.file)
    differences = [
        f"{name}: ours {ours[name]}, published {theirs.get(name, 'absent')}"
        for name in sorted(ours)
        if theirs.get(name) != ours[name]
    ]
    missing = sorted(n for n in theirs if n.startswith(package) and n not in ours)
    differences += [f"{name}: published, absent from ours" for name in missing]
    for difference in differences:
        print(difference)
    print(f"{len(ours)} facts of {called} compared, {len(differences)} differ")
    return not differences and len(ours) > 100


def facts(files: Iterable[FileDescriptorProto]) -> Facts:
    """Every fact of the wire contract in a set of files, by the full name it is about."""
    found: Facts = {}
    for file in files:
        if file.package.startswith("google."):
            continue
        for message in file.message_type:
            found.update(_message(file.package, message))
        for enum in file.enum_type:
            found.update(_enum(file.package, enum))
        for service in file.service:
            for method in service.method:
                found[f"{file.package}.{service.name}.{method.name}"] = (
                    method.input_type,
                    method.output_type,
                    method.client_streaming,
                    method.server_streaming,
                    # Holds the REST annotations; options known here or not come out the same.
                    method.options.SerializeToString(deterministic=True),
                )
    return found


def _message(scope: str, message: DescriptorProto) -> Iterator[tuple[str, object]]:
    name = f"{scope}.{message.name}"
    yield name, "message"
    for field in message.field:
        real_oneof = field.HasField("oneof_index") and not field.proto3_optional
        yield (
            f"{name}.{field.name}",
            (
                field.number,
                field.type,
                field.label,
                field.type_name,
                field.json_name,
                field.proto3_optional,
                message.oneof_decl[field.oneof_index].name if real_oneof else None,
                field.options.deprecated,
            ),
        )
    for nested in message.nested_type:
        yield from _message(name, nested)
    for enum in message.enum_type:
        yield from _enum(name, enum)


def _enum(scope: str, enum: EnumDescriptorProto) -> Iterator[tuple[str, object]]:
    for value in enum.value:
        yield f"{scope}.{enum.name}.{value.name}", value.number
