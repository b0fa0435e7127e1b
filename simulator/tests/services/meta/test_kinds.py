import pytest

from simulator.services.meta.kinds import CONTRACT, KINDS


@pytest.mark.parametrize("kind", KINDS.values(), ids=str)
def test_patterns_are_those_that_the_contract_declares(kind):
    options = CONTRACT.message("google.protobuf.MessageOptions").FromString(
        kind.message.DESCRIPTOR.GetOptions().SerializeToString()
    )
    declared = options.Extensions[CONTRACT.pool.FindExtensionByName("google.api.resource")]
    assert list(declared.pattern) == [kind.pattern]
    assert declared.type == f"meta.edgelq.com/{kind.title}"


@pytest.mark.parametrize("kind", KINDS.values(), ids=str)
def test_each_kind_is_what_its_methods_speak_of(kind):
    assert {verb: method.name for verb, method in kind.methods.items()} == {
        "get": f"Get{kind.title}",
        "batch_get": f"BatchGet{kind.title}s",
        "list": f"List{kind.title}s",
        "watch_one": f"Watch{kind.title}",
        "watch": f"Watch{kind.title}s",
    }
    assert kind.methods["get"].response is kind.message
    has_parent = "parent" in kind.methods["list"].request.DESCRIPTOR.fields_by_name
    assert bool(kind.parent_pattern) is has_parent


def test_kinds_are_found_by_plural():
    assert list(KINDS) == ["deployments", "regions", "resources", "services"]
    assert [kind.singular for kind in KINDS.values()] == [
        "deployment",
        "region",
        "resource",
        "service",
    ]


def test_permissions():
    name = "services/meta.edgelq.com/permissions/deployments.batchGet"
    assert KINDS["deployments"].permission("batchGet") == name
