from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf.api_pb2 import Api
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct, Value
from google.protobuf.type_pb2 import Field, Type
from hypothesis import given
from hypothesis import strategies as st

from simulator.store import BadMask
from simulator.store.masks import AnyDescriptor, apply, parse
from simulator.tests.store.things import repeatable

ALIASES = {"origin": "source_context", "source_context.path": "source_context.file_name"}


def masked(paths: list[str], source: Message, target: Message) -> Message:
    apply(parse(paths, source.DESCRIPTOR), source, target)
    return target


def test_only_masked_fields_change() -> None:
    target = Type(name="old", oneofs=["a"], fields=[Field(number=1)], edition="x")
    source = Type(name="new", oneofs=["b", "c"], edition="y")
    masked(["name", "oneofs"], source, target)
    assert target == Type(name="new", oneofs=["b", "c"], fields=[Field(number=1)], edition="x")


def test_what_the_source_leaves_unset_is_cleared() -> None:
    target = Type(name="old", oneofs=["a"], fields=[Field(number=1)], edition="kept")
    target.source_context.file_name = "f"
    masked(["name", "oneofs", "fields", "source_context"], Type(), target)
    assert target == Type(edition="kept")


def test_a_message_is_replaced_and_not_merged() -> None:
    target, source = FileDescriptorProto(), FileDescriptorProto()
    target.options.java_package = "old"
    source.options.go_package = "new"
    masked(["options"], source, target)
    assert target.options.ListFields() == source.options.ListFields()


def test_a_repeated_field_is_replaced_and_not_extended() -> None:
    target, source = Type(fields=[Field(number=1)]), Type(fields=[Field(number=2), Field(number=3)])
    assert masked(["fields"], source, target) == source


def test_a_map_is_replaced_and_not_updated() -> None:
    target, source = Struct(), Struct()
    target.update({"a": 1, "b": {"c": 2}})
    source.update({"b": [True], "d": None})
    assert masked(["fields"], source, target) == source


def test_an_empty_message_is_set_by_presence() -> None:
    target, source = Type(), Type()
    source.source_context.SetInParent()
    masked(["source_context"], source, target)
    assert target.HasField("source_context")


def test_a_set_default_is_a_value_where_presence_is_known() -> None:
    target, source = FileDescriptorProto(package="old"), FileDescriptorProto(package="")
    masked(["package"], source, target)
    assert target.HasField("package")
    assert target.package == ""


def test_a_path_leads_through_a_message_that_the_target_lacks() -> None:
    target, source = Type(name="kept"), Type(name="ignored")
    source.source_context.file_name = "f"
    masked(["source_context.file_name"], source, target)
    assert target.source_context.file_name == "f"
    assert target.name == "kept"


def test_a_path_leads_through_a_message_that_the_source_lacks() -> None:
    target = FileDescriptorProto()
    target.options.java_package = "gone"
    target.options.go_package = "kept"
    masked(["options.java_package"], FileDescriptorProto(), target)
    assert not target.options.HasField("java_package")
    assert target.options.go_package == "kept"


def test_clearing_the_last_field_leaves_its_message() -> None:
    target = Type()
    target.source_context.file_name = "gone"
    masked(["source_context.file_name"], Type(), target)
    assert target.HasField("source_context")
    assert target.source_context.file_name == ""


def test_clearing_creates_no_message() -> None:
    source, target = Type(), Type()
    source.source_context.SetInParent()
    masked(["source_context.file_name"], source, target)
    assert target == Type()


def test_a_member_of_a_oneof_displaces_the_others() -> None:
    assert masked(["string_value"], Value(string_value=""), Value(number_value=1)) == Value(
        string_value=""
    )


def test_clearing_an_unset_member_of_a_oneof_leaves_the_others() -> None:
    assert masked(["string_value"], Value(), Value(number_value=1)) == Value(number_value=1)


def test_the_source_is_copied() -> None:
    source, target = Type(fields=[Field(number=1)]), Type()
    masked(["fields"], source, target)
    source.fields[0].number = 2
    assert target.fields[0].number == 1


def test_an_empty_mask_changes_nothing() -> None:
    assert masked([], Type(name="new"), Type(name="old")) == Type(name="old")


def test_paths_are_sorted_and_only_as_many_as_needed() -> None:
    given_paths = ["options.features", "package", "options", "package", "options.java_package"]
    mask = parse(given_paths, FileDescriptorProto.DESCRIPTOR)
    assert mask.paths == ("options", "package")


def test_names_that_begin_alike_are_not_inside_each_other() -> None:
    mask = parse(["type_name", "type"], FieldDescriptorProto.DESCRIPTOR)
    assert mask.paths == ("type", "type_name")


@pytest.mark.parametrize(
    ("alias", "path"),
    [
        ("origin", "source_context"),
        ("origin.file_name", "source_context.file_name"),
        ("source_context.path", "source_context.file_name"),
        ("source_context.file_name", "source_context.file_name"),
    ],
)
def test_aliases(alias: str, path: str) -> None:
    assert parse([alias], Type.DESCRIPTOR, aliases=ALIASES).paths == (path,)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("nane", r"'nane': google.protobuf.Type has no field 'nane', did you mean 'name'\?"),
        ("origen", r"did you mean 'origin'\?"),
        ("originfile_name", "has no field 'originfile_name'"),
        ("source_context.pth", r"SourceContext has no field 'pth', did you mean 'path'\?"),
        ("source_context.zzz", "has no field 'zzz', only file_name, path"),
        ("", "has no field ''"),
        ("*", r"has no field '\*'"),
        ("name.", "nothing can be named inside 'name'"),
        (".name", "has no field ''"),
        ("name.first", "nothing can be named inside 'name'"),
        ("fields.name", "nothing can be named inside 'fields'"),
        ("origin.file_name.x", "nothing can be named inside 'source_context.file_name'"),
    ],
)
def test_a_path_that_leads_nowhere_is_named(path: str, text: str) -> None:
    with pytest.raises(BadMask, match=text):
        parse(["edition", path], Type.DESCRIPTOR, aliases=ALIASES)


def test_a_map_can_only_be_the_end_of_a_path() -> None:
    with pytest.raises(BadMask, match=r"nothing can be named inside 'struct_value\.fields'"):
        parse(["struct_value.fields.key"], Value.DESCRIPTOR)


def test_a_message_without_fields_has_no_neighbours() -> None:
    with pytest.raises(BadMask, match="Empty has no field 'a', nor any other"):
        parse(["a"], Empty.DESCRIPTOR)


@pytest.mark.parametrize("path", ["x" * 1_000_000, "x." * 500_000])
def test_a_huge_path_makes_a_short_text(path: str) -> None:
    with pytest.raises(BadMask) as caught:
        parse([path], Type.DESCRIPTOR)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(("source", "target"), [(Type(), Api(name="a")), (Api(), Type(name="a"))])
def test_a_message_of_another_type_is_refused_unchanged(source: Message, target: Message) -> None:
    before = target.SerializeToString()
    with pytest.raises(TypeError, match=r"a mask of google.protobuf.Type does not fit .*Api"):
        apply(parse(["name"], Type.DESCRIPTOR), source, target)
    assert target.SerializeToString() == before


# One law against a naive model: messages as nested dictionaries of what is set.

Tree = dict[str, Any]

SETTERS: list[Callable[[FileDescriptorProto], Any]] = [
    lambda file: setattr(file, "name", "n"),
    lambda file: setattr(file, "package", ""),
    lambda file: file.dependency.append("d"),
    lambda file: file.enum_type.add(name="e"),
    lambda file: file.options.SetInParent(),
    lambda file: setattr(file.options, "java_package", "j"),
    lambda file: setattr(file.options, "deprecated", False),
    lambda file: file.options.uninterpreted_option.add(),
    lambda file: file.options.features.SetInParent(),
    lambda file: setattr(file.options.features, "enum_type", 1),
    lambda file: setattr(file.options.features, "utf8_validation", 2),
    lambda file: file.source_code_info.location.add(span=[1]),
]


def build(setters: list[Callable[[FileDescriptorProto], Any]]) -> FileDescriptorProto:
    file = FileDescriptorProto()
    for setter in setters:
        setter(file)
    return file


files = st.lists(st.sampled_from(SETTERS)).map(build)


def tree(message: Message) -> Tree:
    return {
        field.name: tree(value) if isinstance(value, Message) else repr(value)
        for field, value in message.ListFields()
    }


def paths_of(descriptor: AnyDescriptor, depth: int = 3) -> list[str]:
    paths = []
    for field in descriptor.fields:
        paths.append(field.name)
        if depth > 1 and field.message_type is not None and field.has_presence:
            paths += [f"{field.name}.{path}" for path in paths_of(field.message_type, depth - 1)]
    return paths


def replace(path: str, source: Tree, target: Tree) -> None:
    name, _, rest = path.partition(".")
    if not rest:
        target.pop(name, None)
        target |= {name: source[name]} if name in source else {}
    else:
        inside = dict(target.get(name, {}))
        replace(rest, source.get(name, {}), inside)
        if inside or name in target:
            target[name] = inside


@given(
    source=files,
    target=files,
    paths=st.lists(st.sampled_from(paths_of(FileDescriptorProto.DESCRIPTOR))),
)
@repeatable
def test_apply_agrees_with_dictionaries(
    source: FileDescriptorProto, target: FileDescriptorProto, paths: list[str]
) -> None:
    expected = tree(target)
    for path in paths:
        replace(path, tree(source), expected)
    given_source = source.SerializeToString()
    masked(paths, source, target)
    assert tree(target) == expected
    assert source.SerializeToString() == given_source
    masked(paths, source, target)
    assert tree(target) == expected
