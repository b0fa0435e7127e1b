"""Runs beside the published package: writes its descriptors to standard output."""

import sys

from frequenz.api.dispatch.v1 import dispatch_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorSet

found = {}


def collect(file):
    if file.name not in found:
        found[file.name] = file
        for dependency in file.dependencies:
            collect(dependency)


collect(dispatch_pb2.DESCRIPTOR)
files = FileDescriptorSet()
for file in found.values():
    file.CopyToProto(files.file.add())
    # Compiled-in descriptors leave JSON names out; they follow from the field names.
    for message in files.file[-1].message_type:
        stack = [message]
        while stack:
            current = stack.pop()
            stack.extend(current.nested_type)
            for field in current.field:
                if not field.json_name:
                    head, *tail = field.name.split("_")
                    field.json_name = head + "".join(part.title() for part in tail)
sys.stdout.buffer.write(files.SerializeToString())
