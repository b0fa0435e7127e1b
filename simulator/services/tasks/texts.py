"""What tasks and types ask of their texts; the engine behind it knows nothing of tasks.

It stands in a package of its own because its worker processes start by importing that package, and
should not pay for the service.
"""

from simulator.services.texts import (
    ExecutionFailed,
    InputInvalid,
    SchemaInvalid,
    TemplateSyntax,
    TextEngine,
    Texts,
)

__all__ = [
    "ExecutionFailed",
    "InputInvalid",
    "SchemaInvalid",
    "TemplateSyntax",
    "TextEngine",
    "Texts",
]
