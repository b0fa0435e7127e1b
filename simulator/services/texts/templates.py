"""Go text templates, rendered by gotpl in its sandbox and under the bounds of one `Limits`.

Data are JSON values; numbers become doubles, as they are in a Struct: 12345678 prints as
`1.2345678e+07`. Source: seed 001; the behaviour is that of Go's text/template.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from gotpl import (
    BudgetExceededError,
    ExecutionBudget,
    SandboxPolicy,
    TemplateExecutionError,
    TemplateSyntaxError,
)
from gotpl.compile.instructions import Program
from gotpl.parse.parser import parse_template
from gotpl.runtime.callables import PreparedFunctionRegistry
from gotpl.runtime.sync_vm import render_program

from simulator.services.texts.errors import ExecutionFailed, TemplateSyntax
from simulator.services.texts.functions import bounded_functions
from simulator.services.texts.limits import FULL, Limits
from simulator.services.texts.names import FIELDS, root_fields
from simulator.services.texts.programs import compile_program

__all__ = ["Renderer", "TooMuch", "check_template"]

_COMPILED = 512
"""Templates kept compiled: a service has a few types, each with a few templates."""


class TooMuch(ValueError):
    """A text that needs more than the limits allow; says which."""


def check_template(source: str) -> None:
    """Check that a text is a template and asks only for names that a task has.

    Raises:
        TemplateSyntax: it is not, or is too long.
    """
    if len(source) > FULL.source_chars:
        raise TemplateSyntax(f"longer than {FULL.source_chars} characters")
    try:
        parsed = parse_template(source)
    except TemplateSyntaxError as error:
        raise TemplateSyntax(_without_prefix(str(error))) from None
    except (ArithmeticError, RecursionError, ValueError) as error:
        raise TemplateSyntax(f"cannot be compiled: {error}") from None
    for name, offset in root_fields(parsed):
        if name not in FIELDS:
            raise TemplateSyntax(
                f"{_place(source, offset)}: a task has no {name!r}; there are: "
                + ", ".join(sorted(FIELDS))
            )


class Renderer:
    """Renders under fixed limits and keeps what it compiled."""

    def __init__(self, limits: Limits) -> None:
        self._functions = PreparedFunctionRegistry(bounded_functions(limits.output_chars))
        self._source_chars = limits.source_chars
        self._budget = ExecutionBudget(
            max_output_chars=limits.output_chars,
            max_iterations=limits.iterations,
            max_template_depth=limits.depth,
            max_function_calls=limits.calls,
        )
        self._sandbox = SandboxPolicy()
        self._compiled = lru_cache(_COMPILED)(_compile)

    def render(self, source: str, data: Mapping[str, Any]) -> str:
        """Return the text of a template.

        Raises:
            ExecutionFailed: it fails on this data, or is no template.
            TooMuch: a limit is passed.
        """
        if len(source) > self._source_chars:
            raise TooMuch(f"a template is longer than {self._source_chars} characters")
        try:
            return render_program(
                self._compiled(source),
                _doubles(data),
                functions=self._functions,
                budget=self._budget,
                sandbox=self._sandbox,
            )
        except BudgetExceededError as error:
            raise TooMuch(_without_prefix(str(error))) from None
        except (TemplateExecutionError, TemplateSyntaxError) as error:
            raise ExecutionFailed(_without_prefix(str(error))) from None
        except (ArithmeticError, RecursionError, ValueError, TypeError) as error:
            raise ExecutionFailed(f"{type(error).__name__}: {error}") from None


def _compile(source: str) -> Program:
    return compile_program(parse_template(source), source)


def _doubles(value: Any) -> Any:
    match value:
        case bool():
            return value
        case int():
            return float(value)
        case Mapping():
            return {key: _doubles(each) for key, each in value.items()}
        case list() | tuple():
            return [_doubles(each) for each in value]
        case _:
            return value


def _place(source: str, offset: int) -> str:
    before = source.encode()[:offset].decode(errors="replace")
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def _without_prefix(text: str) -> str:
    """Strip the name that gotpl gives to templates without one."""
    return text.removeprefix("template: ").removeprefix("template:")
