"""The texts of tasks: what templates see, when they are rendered, and what comes of failures."""

from typing import Any

import pytest

from simulator.services.tasks.rendering import placeholders
from simulator.services.tasks.wire import Task
from simulator.tests.services.tasks.api import Api, Code, refused


def described(template: str, metadata: Any = None, *quirks: str) -> str:
    api = Api(*quirks)
    api.type(description_template=template)
    return str(api.task("a", metadata=metadata).description)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ('Unit {{index .Metadata "n"}} swapped.', "Unit 4711 swapped."),
        ("{{.Name}} {{.Type}}", "tenants/t1/tasks/a tenants/t1/types/plain"),
        ("{{.State}}", "NEW"),
        ("{{.CreateTime}}|{{.UpdateTime}}", "2027-01-15T08:00:00.000001Z|" * 2),
        ("[{{.CompletionTime}}]", "[]"),
        ("[{{.Description}}]", "[]"),
        ("{{len .Links}}", "0"),
        ("{{.Stage}}", "dev."),
        ("{{.Metadata.three}} {{eq .Metadata.three 3.0}}", "3 true"),
        ("{{.Metadata.big}}", "1.2345678e+07"),
        ("{{.Metadata.missing}}", "<no value>"),
        ("{{len .Annotations}}", "0"),
        ("<{{.Metadata.html}}>", "<a & 'b'>"),
        ("", ""),
    ],
)
def test_templates_see_the_task(template: str, text: str) -> None:
    metadata = {"n": "4711", "three": 3, "big": 12345678, "html": "a & 'b'"}
    assert described(template, metadata) == text.rstrip("|")


def test_later_texts_see_earlier_ones() -> None:
    api = Api()
    api.type(
        description_template="d",
        recommended_action_template="[{{.Description}}{{.RecommendedAction}}]",
        links=[
            {"name": "{{.Name}}", "uri_template": "https://{{.Stage}}x.test/{{.Description}}"},
            {"name": "b", "uri_template": 'http://x.test/{{urlquery .RecommendedAction "ä"}}'},
        ],
    )
    task = api.task("a")
    assert task.recommended_action == "[d]"
    assert [(link.name, link.uri) for link in task.links] == [
        ("{{.Name}}", "https://dev.x.test/d"),
        ("b", "http://x.test/%5Bd%5D%C3%A4"),
    ]


def test_the_stage_can_be_that_of_production() -> None:
    assert described("[{{.Stage}}]", None, "production-stage") == "[]"


def test_texts_are_made_again_at_each_change() -> None:
    api = Api()
    api.type(
        description_template="{{.State}} {{.UpdateTime}} {{.CompletionTime}}",
        links=[{"name": "a", "uri_template": "http://x.test/{{.State}}"}],
    )
    name = api.task("a").name
    api.clock.advance(1_500_000)
    claimed = api.claim(name)
    assert claimed.description == "IN_PROGRESS 2027-01-15T08:00:01.5Z "
    assert [link.uri for link in claimed.links] == ["http://x.test/IN_PROGRESS"]
    api.clock.advance(500_000)
    time = "2027-01-15T08:00:02Z"
    assert api.complete(name).description == f"COMPLETED {time} {time}"


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("description_template", {"description_template": '{{index .Metadata "a" "b"}}'}),
        ("recommended_action_template", {"recommended_action_template": "{{.Metadata.n.x}}"}),
        ("links[0].uri_template", {"links": [{"name": "a", "uri_template": "no uri"}]}),
        ("links[0].uri_template", {"links": [{"name": "a", "uri_template": "ftp://x.test"}]}),
        ("links[0].uri_template", {"links": [{"name": "a", "uri_template": "/x"}]}),
        ("links[0].uri_template", {"links": [{"name": "a", "uri_template": "http://"}]}),
        ("links[0].uri_template", {"links": [{"name": "a", "uri_template": "http://x/\ty"}]}),
        ("links[0].uri_template", {"links": [{"name": "a", "uri_template": "http://[x/"}]}),
    ],
)
def test_a_template_that_fails_makes_no_task(field: str, fields: Any) -> None:
    api = Api()
    api.type(**fields)
    refusal = refused(api.task, "a", metadata={"n": "x"})
    assert refusal.code is Code.FAILED_PRECONDITION
    assert refusal.reason == "TEMPLATE_EXECUTION_FAILED"
    assert field in refusal.text
    violation = refusal.details["PreconditionFailure"].violations[0]
    assert (violation.type, violation.subject) == (refusal.reason, "tenants/t1/types/plain")
    assert api.ids() == []
    lenient = Api("template-error-literal-empty")
    lenient.type(**fields)
    task = lenient.task("a", metadata={"n": "x"})
    assert (task.description, task.recommended_action) == ("", "")
    assert all(link.uri == "" for link in task.links)


def test_a_template_that_fails_later_leaves_the_task_as_it_was() -> None:
    api = Api()
    api.type(
        description_template='{{if eq .State "IN_PROGRESS"}}{{index .Metadata "a" "b"}}{{end}}'
    )
    task = api.task("a")
    assert refused(api.claim, task.name).reason == "TEMPLATE_EXECUTION_FAILED"
    assert api.get(task.name) == task


def test_placeholders_are_plain_values() -> None:
    task = Task(name="a", type="b", state=1, links=[{"name": "n", "uri": "u"}])
    task.metadata.fields["list"].list_value.values.add().number_value = 2
    seen = placeholders(task, "dev.")
    assert seen["Metadata"] == {"list": [2.0]}
    assert isinstance(seen["Metadata"]["list"][0], float)
    assert seen["Links"] == [{"Name": "n", "Uri": "u"}]
    assert seen["CreateTime"] == ""
