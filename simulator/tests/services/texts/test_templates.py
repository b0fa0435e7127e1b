"""Templates give what Go's text/template gives; `golden.json` holds what a Go program printed."""

import json
from pathlib import Path

import pytest

from simulator.services.texts.errors import ExecutionFailed, TemplateSyntax
from simulator.services.texts.limits import FULL, QUICK
from simulator.services.texts.templates import Renderer, TooMuch, check_template

GOLDEN = json.loads(Path(__file__).with_name("golden.json").read_text())
DATA = GOLDEN[0]["data"]
RENDERER = Renderer(FULL)


@pytest.mark.parametrize(
    ("data", "source", "expected"),
    [(part["data"], source, expected) for part in GOLDEN for source, expected in part["cases"]],
)
def test_agrees_with_go(data, source, expected):
    if expected is None:
        with pytest.raises(ExecutionFailed):
            RENDERER.render(source, data)
    else:
        assert RENDERER.render(source, data) == expected


def test_the_corpus_is_whole():
    assert [len(part["cases"]) for part in GOLDEN] == [92, 139]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{printf `%s` .Metadata.list}}", "[a b]"),
        ("{{printf `%v %T` .Metadata.obj .Metadata.list}}", "map[k:v] []interface {}"),
        ("{{printf `%q` .Metadata.obj}}", 'map["k":"v"]'),
        ("{{printf `%.1f` .Metadata.pair}}", "[1.0 2.5]"),
        ("{{printf `%v %s` .Metadata.holes .Metadata.holes}}", "[<nil> x] [<nil> x]"),
        ("{{.Metadata.count}}", "1.2345678e+07"),
    ],
)
def test_lists_and_numbers_print_as_in_go(source, expected):
    metadata = DATA["Metadata"] | {"pair": [1, 2.5], "holes": [None, "x"], "count": 12345678}
    assert RENDERER.render(source, DATA | {"Metadata": metadata}) == expected


@pytest.mark.parametrize(
    "source",
    ["{{.State.upper}}", "{{.Metadata.list.append}}", "{{.State.__class__}}", "{{call .}}"],
)
def test_nothing_of_python_shows_through(source):
    with pytest.raises(ExecutionFailed):
        RENDERER.render(source, DATA)


@pytest.mark.parametrize(
    "source",
    [
        "{{.Name}}{{.Metadata.any.thing}}{{$.Stage}}",
        "{{with .Metadata}}{{.Nope}}{{end}}",
        "{{range .Links}}{{.Uri}}{{end}}",
        "{{range $i, $m := .Links}}{{$m.Uri}}{{$.State}}{{end}}",
        "{{define `a`}}{{.Nope}}{{end}}{{template `a` .Metadata}}",
        "{{define `unused`}}{{.Nope}}{{end}}",
        "{{$x := .}}{{$x = .Metadata}}{{$x.Nope}}",
        "{{$x := .}}{{if true}}{{$x = .Metadata}}{{end}}{{$x.Nope}}",
        "{{(index .Metadata `a`).Nope}}",
        "",
    ],
)
def test_names_of_a_task_and_of_its_data_are_known(source):
    check_template(source)


@pytest.mark.parametrize(
    "source",
    [
        "{{.Nope}}",
        "x\ny {{ .Nope }}",
        "{{$.Nope}}",
        "{{(.).Nope}}",
        "{{$x := .}}{{$x.Nope}}",
        "{{with .}}{{.Nope}}{{end}}",
        "{{with .Metadata}}{{$.Nope}}{{else}}{{.Stage}}{{end}}",
        "{{with .Metadata}}x{{else}}{{.Nope}}{{end}}",
        "{{range .Links}}x{{else}}{{.Nope}}{{end}}",
        "{{if .Nope}}{{end}}",
        "{{printf `%s` (index .Nope 1)}}",
        "{{define `a`}}{{.Nope}}{{end}}{{template `a` .}}",
        "{{block `a` .}}{{.Nope}}{{end}}",
        "{{define `a`}}{{template `a` .}}{{.Nope}}{{end}}{{template `a` $}}",
    ],
)
def test_unknown_names_are_refused_before_anything_is_rendered(source):
    with pytest.raises(TemplateSyntax, match=r"\d:\d+: a task has no 'Nope'"):
        check_template(source)


@pytest.mark.parametrize(
    "source", ["{{", "{{if}}", "{{nofunc 1}}", "{{end}}", "{{$y}}", "{{break}}"]
)
def test_what_is_no_template_is_refused_with_its_place(source):
    with pytest.raises(TemplateSyntax, match=r"^1:\d+: "):
        check_template(source)


def test_a_template_has_a_longest_length():
    check_template("x" * FULL.source_chars)
    with pytest.raises(TemplateSyntax, match="longer than 16384"):
        check_template("x" * (FULL.source_chars + 1))


@pytest.mark.parametrize(
    ("source", "limit"),
    [
        ("{{range 10001}}{{end}}", "iteration"),
        ("{{range 101}}{{range 100}}{{end}}{{end}}", "iteration"),
        ("{{range 5001}}{{len (print .)}}{{end}}", "function-call"),
        ("{{define `a`}}{{template `a` .}}{{end}}{{template `a` .}}", "depth"),
        ("{{range 10000}}0123456789{{end}}", "output"),
        ("{{printf `%70000d` 1}}", "width"),
        ("{{printf `%*d` 70000 1}}", "width"),
        ("{{with .Name}}" + "{{with print . .}}" * 40 + "{{end}}" * 41, "value"),
        ("{{.Name" + " | printf `%[1]s%[1]s`" * 40 + "}}", "value"),
    ],
)
def test_no_template_works_without_bound(source, limit):
    with pytest.raises(TooMuch, match=limit):
        RENDERER.render(source, DATA)


def test_what_fits_the_limits_is_the_same_under_both():
    quick = Renderer(QUICK)
    source = "{{range 400}}{{.}},{{end}}"
    assert quick.render(source, DATA) == RENDERER.render(source, DATA)
    with pytest.raises(TooMuch):
        quick.render("{{range 600}}{{end}}", DATA)
