"""The texts of a task: Go templates, and the JSON Schema that its completion must satisfy.

Rendering and validating run what a tenant wrote, so both are bounded: what is cheap is done at
once, anything else in a process of its own that is ended at a limit. Source: seed 001.
"""

from simulator.services.texts.engine import TextEngine, Texts
from simulator.services.texts.errors import (
    ExecutionFailed,
    InputInvalid,
    SchemaInvalid,
    TemplateSyntax,
)

__all__ = [
    "ExecutionFailed",
    "InputInvalid",
    "SchemaInvalid",
    "TemplateSyntax",
    "TextEngine",
    "Texts",
]
