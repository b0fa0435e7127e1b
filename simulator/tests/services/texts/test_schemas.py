"""Schemas of draft 2020-12: what is one, where references lead, and how violations are told."""

import json

import jsonschema_rs
import pytest

from simulator.services.texts.errors import InputInvalid, SchemaInvalid
from simulator.services.texts.limits import FULL, QUICK, SCHEMA_CHARS
from simulator.services.texts.schemas import Checker, parse_schema, suspects
from simulator.services.texts.templates import TooMuch

CHECKER = Checker(FULL)


def violations(schema, value):
    with pytest.raises(InputInvalid) as caught:
        CHECKER.check(json.dumps(schema), value)
    return caught.value.violations


@pytest.mark.parametrize(
    ("schema", "value", "paths"),
    [
        ({"type": "array"}, {}, ["input"]),
        ({"required": ["a", "b's"]}, {}, ["input.a", 'input["b\'s"]']),
        ({"properties": {"a": {"items": {"type": "number"}}}}, {"a": [1, "2"]}, ["input.a[1]"]),
        ({"prefixItems": [{"const": 1}]}, [2], ["input[0]"]),
        (
            {"additionalProperties": {"minimum": 0}},
            {"1-0:1.8.0": -1, "plain": -2},
            ["input.plain", 'input["1-0:1.8.0"]'],
        ),
        ({"unevaluatedProperties": False}, {"a": 1}, ["input"]),
        ({"dependentSchemas": {"a": {"required": ["b"]}}}, {"a": 1}, ["input.b"]),
        ({"$defs": {"d": {"$anchor": "x", "type": "null"}}, "$ref": "#x"}, 1, ["input"]),
        (
            {"$id": "https://a.test/s", "$defs": {"d": {"type": "null"}}, "$ref": "s#/$defs/d"},
            1,
            ["input"],
        ),
    ],
)
def test_violations_name_where(schema, value, paths):
    assert [path for path, _ in violations(schema, value)] == paths


def test_integral_doubles_are_integers():
    CHECKER.check('{"type": "integer"}', 3.0)
    assert violations({"type": "integer"}, 3.5)


def test_many_violations_are_told_up_to_a_number_and_briefly():
    found = violations({"items": {"enum": ["y" * 500]}}, ["x"] * 500)
    assert len(found) == 50
    assert all(len(sentence) <= 200 for _, sentence in found)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not JSON"),
        ('{"minimum": NaN}', "no NaN"),
        ("3", "#: a schema is"),
        ('{"type": "strin"}', "#/type"),
        ('{"properties": {"a": {"minLength": -1}}}', "#/properties/a/minLength"),
        ('{"pattern": "("}', "no regular expression"),
        ('{"$schema": "http://json-schema.org/draft-07/schema#"}', "2020-12"),
        ('{"$ref": "#/nowhere"}', "does not lead"),
        ('{"$ref": "https://json-schema.org/draft/2020-12/schema"}', "does not lead"),
        ('{"items": {"$dynamicRef": "https://elsewhere.test/#x"}}', "does not lead"),
        ("[" * 5000 + "]" * 5000, "nested deeper"),
        ('{"not":' * 80 + "true" + "}" * 80, "nested deeper"),
        ('{"title": "%s"}' % ("x" * SCHEMA_CHARS), "longer than"),
        ('{"minimum": %s}' % ("9" * 5000), "not JSON"),
    ],
)
def test_what_is_no_schema_is_told_why(text, reason):
    with pytest.raises(SchemaInvalid, match=reason):
        parse_schema(text)


def test_a_schema_that_only_refers_to_itself_is_refused():
    with pytest.raises(SchemaInvalid, match="without end"):
        CHECKER.check('{"$ref": "#"}', 1)


def test_a_recursive_schema_follows_the_data():
    tree = '{"type": "object", "properties": {"next": {"$ref": "#"}}}'
    CHECKER.check(tree, {"next": {"next": {}}})
    with pytest.raises(InputInvalid, match=r"input\.next\.next"):
        CHECKER.check(tree, {"next": {"next": 3}})


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"items": {"type": "number"}}, list(range(6000))),
        ({"uniqueItems": True}, list(range(200))),
        ({"enum": list(range(6000))}, -1),
        (
            {"$defs": {f"a{i}": {"allOf": [{"$ref": f"#/$defs/a{i + 1}"}] * 3} for i in range(9)}
             | {"a9": {}}, "$ref": "#/$defs/a0"},
            1,
        ),
        ({"pattern": "^(a+)+$"}, "a" * 10),
        ({"patternProperties": {"(.*)*x": {}}}, {"a": 1}),
    ],
)  # fmt: skip
def test_what_may_take_long_is_not_done_at_once(schema, value):
    with pytest.raises(TooMuch):
        Checker(QUICK).check(json.dumps(schema), value)


def test_suspects_are_the_patterns_that_the_input_makes_dangerous():
    schema = {"properties": {"a": {"pattern": "^a*b*$"}, "b": {"pattern": "^(a*)*$"}}}
    assert suspects(schema, {"a": "x"}, 1000) == ("^(a*)*$",)
    assert suspects(schema, {"a": "x" * 100}, 1000) == ("^a*b*$", "^(a*)*$")


SECOND_VOICE = [
    ({"prefixItems": [{"type": "string"}], "items": False}, ["a"], ["a", 1]),
    (
        {"allOf": [{"properties": {"a": True}}], "unevaluatedProperties": False},
        {"a": 1},
        {"b": 1},
    ),
    ({"dependentSchemas": {"a": {"required": ["b"]}}}, {"a": 1, "b": 1}, {"a": 1}),
    ({"dependentRequired": {"a": ["b"]}}, {"b": 1}, {"a": 1}),
    ({"$defs": {"n": {"type": "integer"}}, "items": {"$ref": "#/$defs/n"}}, [1, 2.0], [1.5]),
    ({"contains": {"const": 1}, "minContains": 2}, [1, 1], [1]),
    ({"if": {"const": 1}, "then": False, "else": {"type": "string"}}, "a", 1),
    ({"enum": [1, "a", None]}, 1.0, True),
    ({"multipleOf": 0.1}, 0.3, 0.25),
    ({"propertyNames": {"pattern": "^a"}}, {"ab": 1}, {"b": 1}),
    ({"uniqueItems": True}, [1, True], [1, 1.0]),
    ({"format": "date"}, "2024-02-29", "2023-02-29"),
    ({"format": "date-time"}, "2024-02-29T00:00:00Z", "2024-02-29 00:00"),
    ({"format": "uuid"}, "0e1d2c3b-0000-4000-8000-00000000abcd", "0e1d2c3b"),
    ({"format": "email"}, "a@b.test", "a"),
    ({"format": "uri"}, "urn:a:b", "a b"),
    (
        {"$dynamicAnchor": "t", "properties": {"next": {"$dynamicRef": "#t"}}, "type": "object"},
        {"next": {}},
        {"next": 1},
    ),
    ({"oneOf": [{"minimum": 0}, {"maximum": 9}]}, 10, 5),
]


@pytest.mark.parametrize(("schema", "good", "bad"), SECOND_VOICE)
def test_another_validator_says_the_same(schema, good, bad):
    other = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    assert other.is_valid(good)
    assert not other.is_valid(bad)
    CHECKER.check(json.dumps(schema), good)
    assert violations(schema, bad)
