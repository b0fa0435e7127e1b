"""The `gridproof` command: mounts each command group only when it is called.

Commands live in their rooms; this module knows their names and nothing else, so that `--help` of
one command never pays for the imports of another.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from importlib.metadata import version
from typing import Any

from fixtures.terminal import Exit, fail

INTERRUPTED = 130
"""What shells expect after SIGINT: 128 + 2."""


@dataclass(frozen=True)
class Command:
    """Where a command is found: module, function, and its line in the overview."""

    module: str
    function: str
    summary: str


COMMANDS = {
    "demo": Command(
        "simulator.commands.demo", "demo", "The main job in one go on a shipped scenario."
    ),
    "serve": Command(
        "simulator.commands.serve", "serve", "Serve the APIs, backed by one simulated microgrid."
    ),
    "simulate": Command(
        "simulator.commands.simulate", "simulate", "What a schedule would really do to a site."
    ),
    "sweep": Command("simulator.commands.sweep", "sweep", "A scenario with its values varied."),
    "compare": Command(
        "simulator.commands.compare", "compare", "What differs between finished simulations."
    ),
    "scenarios": Command(
        "simulator.commands.scenarios", "scenarios", "The shipped sites and scenarios, a line each."
    ),
    "conform": Command(
        "conformance.commands", "conform", "Judge any endpoint against the documented behaviour."
    ),
    "requirements": Command(
        "conformance.commands", "requirements", "What is demanded, at which level, from where."
    ),
    "load": Command(
        "loadtests.commands", "load", "Load-test the streaming paths and check their integrity."
    ),
    "generate": Command("fixtures.commands", "generate", "Realistic resources, seeded."),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; always leaves through `SystemExit` with a code of `Exit`."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        _app(words)(args=words or ["--help"], prog_name="gridproof")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(int(Exit.GOOD)) from None
    except Exception as error:
        if os.environ.get("GRIDPROOF_DEBUG"):
            raise
        fail(
            Exit.ERROR,
            f"internal error: {type(error).__name__}: {error} "
            "(set GRIDPROOF_DEBUG=1 for the traceback)",
        )


def _app(words: Sequence[str]) -> Callable[..., object]:
    """The application with the called command real and the others as lines of the overview."""
    import typer

    app = typer.Typer(
        help="Prove that an energy API behaves as documented; see what a schedule would do.",
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    called = next((word for word in words if not word.startswith("-")), None)
    for name, command in COMMANDS.items():
        function = _load(command) if name == called else _named(command)
        settings = {"allow_extra_args": True} if name == "conform" else None
        app.command(
            name, help=None if name == called else command.summary, context_settings=settings
        )(function)

    @app.callback(invoke_without_command=True)
    def overview(
        show_version: bool = typer.Option(False, "--version", help="Print the version and leave."),
    ) -> None:
        if show_version:
            print(version("gridproof"))
            raise typer.Exit

    return app


def _load(command: Command) -> Callable[..., Any]:
    """The command's function; an interrupt leaves with the shell's code instead of "judged bad"."""
    function: Callable[..., Any] = getattr(import_module(command.module), command.function)

    @wraps(function)
    def interruptible(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except KeyboardInterrupt:
            fail(INTERRUPTED, "interrupted")

    return interruptible


def _named(command: Command) -> Callable[[], None]:
    def listed() -> None:
        raise AssertionError(f"{command.module} was listed, not loaded")

    return listed


if __name__ == "__main__":
    main()
