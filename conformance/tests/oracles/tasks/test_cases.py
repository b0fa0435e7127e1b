"""Golden templates and cases of schemas, held against renderers and validators that we know."""

import json

import jsonschema_rs
import pytest

from conformance.mutants.tasks import templates as naive
from conformance.mutants.tasks.schemas import BadSchema, read_schema, violations
from conformance.oracles.tasks import templates
from conformance.oracles.tasks.schemas import BROKEN, by_draft, schema_cases
from conformance.oracles.tasks.values import same_json

DATA = {"Metadata": templates.metadata()}


@pytest.mark.parametrize("case", templates.cases(), ids=lambda case: case.template)
def test_naive_renderer_gives_the_golden_result(case):
    if case.error == "syntax":
        with pytest.raises(naive.BadTemplate):
            naive.parse(case.template)
    elif case.error == "execution":
        with pytest.raises(naive.Failed):
            naive.render(case.template, DATA)
    else:
        assert naive.render(case.template, DATA) == case.text


def test_joined_templates_give_all_results_at_once():
    chosen = [case for case in templates.cases() if case.text is not None]
    assert len(chosen) > 60
    text = naive.render(templates.joined(chosen), DATA)
    assert templates.parted(text, len(chosen)) == [case.text for case in chosen]
    assert templates.parted("[[0]]a", 2) == ["a", None]


def test_cases_where_a_target_may_do_otherwise_are_apart():
    assert all("<no value>" not in str(case.text) for case in templates.texts())
    assert all("e+" in str(c.text) or "e-" in str(c.text) for c in templates.texts("numbers"))
    assert {case.about for case in templates.texts("missing")} == {"missing"}


@pytest.mark.parametrize(
    "source",
    [
        '{{define "a"}}{{template "a"}}{{end}}{{template "a"}}',
        "{{range $i := 1000}}{{range $j := 1000}}{{end}}{{end}}",
        '{{range $i := 5000}}{{printf "%050d" 1}}{{end}}',
    ],
)
def test_naive_renderer_stops(source):
    with pytest.raises(naive.Failed):
        naive.render(source, DATA)


@pytest.mark.parametrize("case", schema_cases(), ids=lambda case: case.name)
def test_two_validators_agree_with_the_cases(case):
    schema = read_schema(case.source)
    other = jsonschema_rs.Draft202012Validator(json.loads(case.source), validate_formats=True)
    for value in case.good:
        assert (violations(schema, value), other.is_valid(value)) == ([], True)
    for value in case.bad:
        assert violations(schema, value)
        assert not other.is_valid(value)


def decided_by_draft_7(case):
    try:
        older = jsonschema_rs.Draft7Validator(case.schema)
    except jsonschema_rs.ValidationError:
        return False  # it does not know the references
    return all(map(older.is_valid, case.good)) and not any(map(older.is_valid, case.bad))


def test_older_drafts_decide_otherwise():
    assert len(by_draft()) >= 8
    assert [case.name for case in by_draft() if decided_by_draft_7(case)] == []


@pytest.mark.parametrize("source", [*BROKEN, '{"pattern": "^(a+)+$"}'])
def test_what_is_no_schema_is_refused(source):
    with pytest.raises(BadSchema):
        read_schema(source)


def test_no_reference_is_fetched():
    with pytest.raises(BadSchema, match="reference"):
        violations(read_schema('{"$ref": "http://127.0.0.1:9/x"}'), {})


def test_json_values_are_equal_by_kind():
    assert same_json({"a": [1, None]}, {"a": [1.0, None]})
    assert not same_json(True, 1)
    assert not same_json({"a": 1}, {"a": 1, "b": None})
    assert not same_json([], {})
