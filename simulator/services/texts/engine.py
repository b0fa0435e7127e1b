"""The engine that tasks and types ask to check, render and validate texts.

Everything is tried at once under small limits; only what passes them goes to a worker process, and
is ended there at a limit of time. Both ways give the same result, for nothing here has effects.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Protocol

from simulator.services.texts.errors import (
    ExecutionFailed,
    InputInvalid,
    SchemaInvalid,
    TemplateSyntax,
)
from simulator.services.texts.limits import QUICK
from simulator.services.texts.schemas import Checker, parse_schema, suspects
from simulator.services.texts.templates import Renderer, TooMuch, check_template
from simulator.services.texts.workers import Workers

__all__ = ["TextEngine", "Texts"]

_CALLS_TEMPLATES = re.compile(r"\{\{-?\s*(template|block)\b")
"""Calls can branch at every depth, which no budget of gotpl counts; so never tried at once."""


class Texts(Protocol):
    """What the service of tasks needs of an engine; every call is free of side effects."""

    def check_template(self, source: str) -> None:
        """Check that a text is a template and asks only for names that a task has.

        Raises:
            TemplateSyntax: it is not.
        """

    def check_schema(self, source: str) -> None:
        """Check an input schema as far as it can be without data: with `{{`, as a template only.

        Raises:
            SchemaInvalid: neither empty nor a schema of draft 2020-12, nor a template of one.
        """

    async def render(self, source: str, data: Mapping[str, Any]) -> str:
        """Return the text of a template for the data of a task.

        Raises:
            ExecutionFailed: the template fails on this data or passes a limit.
        """

    async def check_input(self, source: str, data: Mapping[str, Any], value: Any) -> None:
        """Render a schema and check `value`, JSON, against it; an empty one accepts everything.

        Raises:
            ExecutionFailed: the schema cannot be rendered.
            SchemaInvalid: what it renders to is no schema, or its evaluation passes a limit.
            InputInvalid: the value breaks it.
        """


class TextEngine:
    """Renders with gotpl in its sandbox, validates with jsonschema; see `Texts`.

    For one event loop at a time. `close` ends the worker processes, if any were needed; the end of
    the program does so too.
    """

    def __init__(self, workers: Workers | None = None) -> None:
        self._renderer = Renderer(QUICK)
        self._checker = Checker(QUICK)
        self._workers = workers or Workers()

    def close(self) -> None:
        """End the worker processes; what they work on fails."""
        self._workers.close()

    def check_template(self, source: str) -> None:
        """See `Texts`."""
        check_template(source)

    def check_schema(self, source: str) -> None:
        """See `Texts`."""
        if "{{" in source:
            try:
                check_template(source)
            except TemplateSyntax as error:
                raise SchemaInvalid(f"as a template: {error}") from None
        elif source:
            parse_schema(source)

    async def render(self, source: str, data: Mapping[str, Any]) -> str:
        """See `Texts`."""
        if not _CALLS_TEMPLATES.search(source):
            try:
                return self._renderer.render(source, data)
            except TooMuch:
                pass
        try:
            return str(await self._ask({"do": "render", "source": source, "data": dict(data)}))
        except TooMuch as error:
            raise ExecutionFailed(str(error)) from None

    async def check_input(self, source: str, data: Mapping[str, Any], value: Any) -> None:
        """See `Texts`."""
        if not source:
            return
        text = await self.render(source, data) if "{{" in source else source
        if max(len(text), len(json.dumps(value))) <= QUICK.input_chars:
            try:
                self._checker.check(text, value)
            except TooMuch:
                pass
            else:
                return
        try:
            await self._ask({"do": "check", "text": text, "value": value})
        except TooMuch as error:
            reason = f"the evaluation passed a limit: {error}"
            if found := suspects(parse_schema(text), value, QUICK.pattern_ways):
                reason += f"; what may take long is the pattern {found[0]!r}"
            raise SchemaInvalid(reason) from None

    async def _ask(self, job: Mapping[str, Any]) -> Any:
        reply = await self._workers.run(job)
        match reply.get("error"):
            case None:
                return reply["result"]
            case "InputInvalid":
                raise InputInvalid(tuple((path, text) for path, text in reply["violations"]))
            case "SchemaInvalid":
                raise SchemaInvalid(reply["text"])
            case "ExecutionFailed":
                raise ExecutionFailed(reply["text"])
            case _:
                raise TooMuch(reply["text"])
