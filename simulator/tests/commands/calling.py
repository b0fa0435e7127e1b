"""Calls a command function as the command line would."""

from collections.abc import Callable
from typing import Any

import typer
from typer.testing import CliRunner, Result


def call(command: Callable[..., Any], *words: str) -> Result:
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, list(words))
