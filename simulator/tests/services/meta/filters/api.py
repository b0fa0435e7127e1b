"""Messages to filter: those of the meta service, and one type with every kind of field."""

from google.protobuf import descriptor_pb2, descriptor_pool, timestamp_pb2
from google.protobuf.json_format import ParseDict
from google.protobuf.message_factory import GetMessageClass

from fixtures.contracts import load
from simulator.services.meta.filters import parse

META = load("meta")
REGION = META.message("ntt.meta.v1alpha2.Region")
SERVICE = META.message("ntt.meta.v1alpha2.Service")
DEPLOYMENT = META.message("ntt.meta.v1alpha2.Deployment")

T = descriptor_pb2.FieldDescriptorProto


def _every_kind():
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(
        name="every.proto",
        package="filters",
        syntax="proto3",
        dependency=["google/protobuf/timestamp.proto"],
    )
    message = file.message_type.add(name="Every")
    for number, (name, kind) in enumerate(
        [
            ("double", T.TYPE_DOUBLE),
            ("float", T.TYPE_FLOAT),
            ("uint32", T.TYPE_UINT32),
            ("uint64", T.TYPE_UINT64),
            ("sint32", T.TYPE_SINT32),
            ("bytes", T.TYPE_BYTES),
        ],
        start=1,
    ):
        message.field.add(name=name, number=number, type=kind, label=T.LABEL_OPTIONAL)
    message.oneof_decl.add(name="_maybe")
    message.field.add(
        name="maybe",
        number=7,
        type=T.TYPE_INT32,
        label=T.LABEL_OPTIONAL,
        oneof_index=0,
        proto3_optional=True,
    )
    stamp = ".google.protobuf.Timestamp"
    many = T.LABEL_REPEATED
    message.field.add(name="times", number=8, type=T.TYPE_MESSAGE, type_name=stamp, label=many)
    message.field.add(
        name="inner", number=9, type=T.TYPE_MESSAGE, type_name=".filters.Every", label=many
    )
    message.field.add(name="numbers", number=10, type=T.TYPE_INT32, label=many)
    for number, (name, key, value) in enumerate(
        [
            ("by_number", T.TYPE_INT32, T.TYPE_STRING),
            ("stamps", T.TYPE_STRING, T.TYPE_MESSAGE),
        ],
        start=11,
    ):
        entry = message.nested_type.add(name=f"{name.title().replace('_', '')}Entry")
        entry.options.map_entry = True
        entry.field.add(name="key", number=1, type=key, label=T.LABEL_OPTIONAL)
        held = entry.field.add(name="value", number=2, type=value, label=T.LABEL_OPTIONAL)
        if value == T.TYPE_MESSAGE:
            held.type_name = stamp
        message.field.add(
            name=name,
            number=number,
            type=T.TYPE_MESSAGE,
            type_name=f".filters.Every.{entry.name}",
            label=many,
        )
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName("filters.Every"))


EVERY = _every_kind()


def region(**fields):
    return ParseDict(fields, REGION())


def passes(text, message, **options):
    return parse(text, message.DESCRIPTOR, **options).matches(message)
