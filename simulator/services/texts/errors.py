"""What can be wrong with a template, a schema or an input.

Errors:
    TemplateSyntax    the text is no template, or asks for a name that a task does not have
    ExecutionFailed   a good template fails on the data of this task, or passes a limit
    SchemaInvalid     the text is no JSON Schema of draft 2020-12, or passes a limit
    InputInvalid      the input breaks the schema; lists where and how
"""

from __future__ import annotations

__all__ = ["ExecutionFailed", "InputInvalid", "SchemaInvalid", "TemplateSyntax"]


class TemplateSyntax(ValueError):
    """A text that can never be rendered; says where, as line:column, and why."""


class ExecutionFailed(ValueError):
    """A template that cannot be rendered with the data given."""


class SchemaInvalid(ValueError):
    """A text that cannot be used as a schema."""


class InputInvalid(ValueError):
    """An input that breaks the schema.

    `violations`: pairs of path (`input.values[0]`, `input` itself for the whole) and sentence, in
    the order of paths; at least one.
    """

    def __init__(self, violations: tuple[tuple[str, str], ...]) -> None:
        super().__init__("; ".join(f"{path}: {text}" for path, text in violations))
        self.violations = violations
