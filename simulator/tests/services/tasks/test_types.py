"""Types: what may be created, and what an update replaces."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.services.tasks.resources import WRITABLE
from simulator.services.tasks.wire import Type
from simulator.tests.services.tasks.api import Api, Code, refused

FULL: dict[str, Any] = {
    "display_name": "Burning meter",
    "category": "meter",
    "sub_category": "fire",
    "description_template": 'Meter {{index .Metadata "n"}} burns.\n',
    "recommended_action_template": "Leave the room.",
    "input_schema": '{"type": "object"}',
    "links": [{"name": "m", "uri_template": "https://{{.Stage}}x.test/"}],
}
OTHER: dict[str, Any] = {
    "display_name": "Other",
    "category": "device",
    "sub_category": "pv",
    "description_template": "{{.Name}}",
    "recommended_action_template": "",
    "input_schema": "",
    "links": [],
}


def update(api: Api, paths: list[str] | None, **fields: Any) -> Any:
    mask = {} if paths is None else {"update_mask": {"paths": paths}}
    return api.call("UpdateType", type=Type(name="tenants/t1/types/a", **fields), **mask)


def test_all_fields_come_back_as_they_were_sent() -> None:
    api = Api()
    made = api.type("a", **FULL, create_time={"seconds": 1}, update_time={"seconds": 1})
    assert made.name == "tenants/t1/types/a"
    assert all(getattr(made, field) == getattr(Type(**FULL), field) for field in WRITABLE)
    assert made.create_time == made.update_time
    assert made.create_time.seconds > 1
    assert api.get(made.name) == made


def test_an_id_is_given_once_and_chosen_if_it_is_left_out() -> None:
    api = Api()
    first = api.type("a", display_name="first")
    assert refused(api.type, "a").code is Code.ALREADY_EXISTS
    assert api.get(first.name) == first
    assert api.type("").name != api.type("").name
    assert refused(api.type, "A").fields == ["type_id"]
    assert refused(api.type, tenant="t9").code is Code.NOT_FOUND
    assert refused(api.call, "CreateType").fields == ["parent", "type"]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"description_template": "{{"}, ["type.description_template"]),
        ({"recommended_action_template": "{{nofunc 1}}"}, ["type.recommended_action_template"]),
        ({"description_template": "{{.Nope}}"}, ["type.description_template"]),
        ({"input_schema": '{"type": "strin"}'}, ["type.input_schema"]),
        ({"input_schema": "no JSON"}, ["type.input_schema"]),
        ({"input_schema": "{{if}}"}, ["type.input_schema"]),
        ({"sub_category": "fire"}, ["type.sub_category"]),
        ({"category": "meter", "sub_category": "pv"}, ["type.sub_category"]),
        ({"links": [{}]}, ["type.links[0].name", "type.links[0].uri_template"]),
        (
            {"links": [{"name": "a", "uri_template": "x"}, {"name": "a", "uri_template": "{{"}]},
            ["type.links[1].name", "type.links[1].uri_template"],
        ),
        (
            {"description_template": "{{", "sub_category": "x"},
            ["type.description_template", "type.sub_category"],
        ),
    ],
)
def test_what_no_task_could_be_made_of_is_refused(fields: dict[str, Any], wrong: list[str]) -> None:
    api = Api()
    refusal = refused(api.type, "a", **fields)
    assert (refusal.code, refusal.fields) == (Code.INVALID_ARGUMENT, wrong)
    assert api.ids("Types") == []


def test_syntax_of_templates_has_a_reason_of_its_own() -> None:
    api = Api()
    assert refused(api.type, "a", description_template="{{").reason == "TEMPLATE_SYNTAX"
    assert refused(api.type, "a", sub_category="x").reason == "FIELD_INVALID"


def test_schemas_that_are_templates_are_only_read_as_templates() -> None:
    Api().type("a", input_schema='{"const": {{index .Metadata "x"}}}')


def test_unknown_categories_take_any_sub_category() -> None:
    assert Api().type("a", category="mine", sub_category="any").sub_category == "any"


@given(st.sets(st.sampled_from(WRITABLE), min_size=1))
@settings(max_examples=30, deadline=None)
def test_only_masked_fields_change(paths: set[str]) -> None:
    api = Api()
    # Categories depend on each other, so they are replaced together or not at all.
    paths = paths | {"category", "sub_category"} if paths & {"category", "sub_category"} else paths
    old = api.type("a", **FULL)
    new = update(api, sorted(paths), **OTHER)
    for field in WRITABLE:
        given_by = Type(**OTHER) if field in paths else old
        assert getattr(new, field) == getattr(given_by, field)
    assert new.create_time == old.create_time
    assert new.update_time.ToNanoseconds() > old.update_time.ToNanoseconds()
    assert api.get(old.name) == new


def test_a_masked_field_that_is_not_set_is_cleared() -> None:
    api = Api()
    api.type("a", **FULL)
    assert list(update(api, ["links", "input_schema"]).links) == []
    assert refused(update, api, ["category"]).fields == ["type.sub_category"]


def test_a_star_replaces_everything() -> None:
    api = Api()
    old = api.type("a", **FULL)
    new = update(api, ["*"], display_name="only")
    assert (new.display_name, new.category, list(new.links)) == ("only", "", [])
    assert new.create_time == old.create_time
    assert refused(update, api, ["*", "category"]).fields == ["update_mask"]


@pytest.mark.parametrize("paths", [None, []])
def test_a_mask_is_required(paths: list[str] | None) -> None:
    api = Api()
    api.type("a", **FULL)
    assert refused(update, api, paths, display_name="x").fields == ["update_mask"]


def test_a_mask_can_be_optional() -> None:
    api = Api("update-mask-optional")
    api.type("a", **FULL)
    new = update(api, None, display_name="x")
    assert (new.display_name, new.category) == ("x", "meter")


@pytest.mark.parametrize(
    "path", ["nope", "links.0.name", "links.name", "type.display_name", "display_name.x", ""]
)
def test_unknown_paths_are_refused_and_change_nothing(path: str) -> None:
    api = Api()
    old = api.type("a", **FULL)
    refusal = refused(update, api, ["display_name", path], display_name="x")
    assert refusal.fields == ["update_mask.paths[1]"]
    assert api.get(old.name) == old


def test_output_only_paths_and_the_name_are_ignored() -> None:
    api = Api()
    api.type("a", **FULL)
    paths = ["create_time", "display_name", "name", "update_time"]
    assert update(api, paths, display_name="x").display_name == "x"


def test_nothing_happens_where_nothing_changes() -> None:
    api = Api()
    old = api.type("a", **FULL)
    assert update(api, ["create_time", "name"]) == old
    assert update(api, ["*"], **FULL) == old
    assert api.call("UpdateType", type=old, update_mask={"paths": ["display_name"]}) == old
    assert [event.type for event in api.events()] == ["enpowerx.tasks.v3.TypeCreated"]


def test_a_failed_update_changes_nothing() -> None:
    api = Api()
    old = api.type("a", **FULL)
    paths = ["display_name", "description_template"]
    refusal = refused(update, api, paths, display_name="x", description_template="{{")
    assert refusal.fields == ["type.description_template"]
    assert api.get(old.name) == old


def test_an_update_names_a_type_that_exists() -> None:
    api = Api()
    assert refused(update, api, ["display_name"]).code is Code.NOT_FOUND
    assert refused(api.call, "UpdateType").fields == ["type", "update_mask"]
    nameless = {"type": Type(display_name="x"), "update_mask": {"paths": ["display_name"]}}
    assert refused(api.call, "UpdateType", **nameless).fields == ["type.name"]


def test_tasks_keep_the_templates_of_their_creation() -> None:
    api = Api()
    api.type("a", description_template="old {{.State}}", input_schema='{"required": ["x"]}')
    task = api.task("b", type_id="a")
    update(api, ["*"], description_template="new")
    assert api.get(task.name).description == "old NEW"
    assert api.claim(task.name).description == "old IN_PROGRESS"
    assert refused(api.complete, task.name).fields[0].startswith("input")
    assert api.task("c", type_id="a").description == "new"
