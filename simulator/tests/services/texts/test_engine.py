"""The engine as the service of tasks uses it: same results on both ways, nothing holds the loop."""

import asyncio
import json
import socket

import pytest

from simulator.services.texts import (
    ExecutionFailed,
    InputInvalid,
    SchemaInvalid,
    TemplateSyntax,
    TextEngine,
)

DATA = {"Name": "tenants/t1/tasks/a", "State": "NEW", "Metadata": {"device_number": "4711"}}
SCHEMA = (
    '{"properties": {"new": {"not": {"const": {{printf "%q" (index .Metadata "device_number")}}}}}}'
)
RUNAWAY = '{"properties": {"a": {"pattern": "^(a+)+$"}}}'
BOMB = (
    "".join(
        f"{{{{define `t{i}`}}}}" + f"{{{{template `t{i + 1}` .}}}}" * 9 + "{{end}}"
        for i in range(14)
    )
    + "{{define `t14`}}{{end}}{{template `t0` .}}"
)


@pytest.fixture(scope="module")
def engine():
    made = TextEngine()
    yield made
    made.close()


async def test_a_schema_is_rendered_before_it_is_used(engine):
    await engine.check_input(SCHEMA, DATA, {"new": "4712"})
    with pytest.raises(InputInvalid) as caught:
        await engine.check_input(SCHEMA, DATA, {"new": "4711"})
    assert [path for path, _ in caught.value.violations] == ["input.new"]


async def test_no_schema_accepts_everything(engine):
    engine.check_schema("")
    await engine.check_input("", DATA, {"any": ["thing"]})


async def test_a_quote_in_the_data_makes_the_schema_unusable_and_no_more(engine):
    bare = '{"not": {"const": "{{index .Metadata "device_number"}}"}}'
    with pytest.raises(SchemaInvalid, match="not JSON"):
        await engine.check_input(bare, {"Metadata": {"device_number": 'a"b'}}, {})


def test_a_schema_with_placeholders_is_checked_as_a_template(engine):
    engine.check_schema(SCHEMA)
    engine.check_schema('{"required": [{{range .Metadata}}{{.}}{{end}}]}')
    with pytest.raises(SchemaInvalid, match="as a template"):
        engine.check_schema('{"const": {{.Nope}}}')
    with pytest.raises(TemplateSyntax):
        engine.check_template("{{")


async def test_calls_of_templates_and_large_inputs_go_to_a_worker_with_equal_results(engine):
    assert (
        await engine.render("{{define `a`}}<{{.}}>{{end}}{{template `a` .State}}", DATA) == "<NEW>"
    )
    assert await engine.render("{{range 3000}}.{{end}}", DATA) == "." * 3000
    with pytest.raises(ExecutionFailed, match="not defined"):
        await engine.render("{{template `nope`}}", DATA)
    schema = json.dumps({"items": {"type": "integer"}})
    await engine.check_input(schema, DATA, list(range(5000)))
    with pytest.raises(InputInvalid) as caught:
        await engine.check_input(schema, DATA, [*range(5000), "x"])
    assert caught.value.violations == (("input[5000]", "'x' is not of type 'integer'"),)


async def test_a_runaway_pattern_is_stopped_and_named(engine):
    with pytest.raises(SchemaInvalid, match=r"limit.*\^\(a\+\)\+\$"):
        await engine.check_input(RUNAWAY, DATA, {"a": "a" * 40 + "!"})
    await engine.check_input(RUNAWAY, DATA, {"a": "a" * 40})


async def test_a_template_bomb_is_stopped(engine):
    engine.check_template(BOMB)
    with pytest.raises(ExecutionFailed, match="limit of time"):
        await engine.render(BOMB, DATA)


async def test_other_calls_go_on_while_one_runs_away(engine):
    bad = asyncio.create_task(engine.check_input(RUNAWAY, DATA, {"a": "a" * 40 + "!"}))
    await asyncio.sleep(0)
    for _ in range(50):
        await engine.check_input(SCHEMA, DATA, {"new": "4712"})
        assert await engine.render("{{.State}}", DATA) == "NEW"
        await asyncio.sleep(0)
    assert not bad.done()
    with pytest.raises(SchemaInvalid):
        await bad


async def test_nothing_is_ever_fetched(engine):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/s.json"
        for schema in (
            {"$ref": address},
            {"items": {"$dynamicRef": f"{address}#x"}},
            {"$schema": address},
            {"$id": address, "$ref": "other.json"},
            {"allOf": [{"$id": address, "$ref": "#/nowhere"}]},
        ):
            text = json.dumps(schema)
            with pytest.raises(SchemaInvalid):
                engine.check_schema(text)
            with pytest.raises(SchemaInvalid):
                await engine.check_input(text, DATA, [1])
        with pytest.raises(TimeoutError):
            listener.accept()
