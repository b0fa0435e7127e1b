"""Templates as the naive endpoint reads them: what is nested too deep is refused, too."""

from __future__ import annotations

import pytest

from conformance.mutants.tasks.template_text import BadTemplate, parse

DEEP = 2_000


@pytest.mark.parametrize(
    "source",
    [
        "{{" + "(" * DEEP + "1" + ")" * DEEP + "}}",
        "{{if true}}" * DEEP + "{{end}}" * DEEP,
    ],
    ids=["brackets", "branches"],
)
def test_what_is_nested_too_deep_is_no_template(source: str) -> None:
    with pytest.raises(BadTemplate, match="deep"):
        parse(source)


def test_what_is_nested_a_little_is_one() -> None:
    assert parse("{{if true}}" * 8 + "{{(((1)))}}" + "{{end}}" * 8)
