"""The compiler of the kernels: numba where it is installed, else nothing.

Without numba the kernels are plain Python functions, which is how they can be debugged; the engine
that is called `compiled` refuses to start then. Machine code is kept on disk under a digest of all
sources of kernels: numba itself looks only at the file of a function, not at what it calls.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

__all__ = ["HAS_NUMBA", "compiled", "entry", "instead_of", "laned", "laned_apart", "raw"]

F = TypeVar("F", bound=Callable[..., Any])

HAS_NUMBA = find_spec("numba") is not None

KERNELS = (
    *("accounting", "assigning", "booking", "charging", "columns", "control", "devices"),
    *("exponentials", "jit", "laws", "loop", "reviewing", "sharing"),
    *("lanes_control", "lanes_devices", "lanes_flows", "lanes_laws", "lanes_sharing"),
    *("lanes_site", "lanewise", "side_by_side", "vectors"),
)
"""Modules whose code or numbers go into machine code."""

OPTIONS = {"nogil": True, "error_model": "numpy"}
"""Division by zero gives infinity, as in NumPy: kernels ask before they divide."""


def compiled(function: F) -> F:
    """Compile a function that other kernels call."""
    return _made(function, is_entry=False)


def entry(function: F) -> F:
    """Compile a function that is called from Python, and keep its machine code on disk."""
    return _made(function, is_entry=True)


def laned(function: F) -> F:
    """Leave a function to Python, and let kernels contain it, too."""
    return _left(function, forceinline=True)


def laned_apart(function: F) -> F:
    """Leave a function to Python, and let kernels call it, too: what is rare, or needed often."""
    return _left(function, forceinline=False)


def _left(function: F, *, forceinline: bool) -> F:
    if not HAS_NUMBA:
        return function
    extending: Any = import_module("numba.extending")
    both: F = extending.register_jitable(forceinline=forceinline, **OPTIONS)(function)
    return both


def instead_of(other: Callable[..., Any]) -> Callable[[F], F]:
    """Let kernels that call a function of Python call the decorated one, of the same arguments."""

    def register(function: F) -> F:
        if HAS_NUMBA:
            extending: Any = import_module("numba.extending")
            extending.overload(other, jit_options=OPTIONS, strict=False)(lambda *args: function)
        return function

    return register


def _made(function: F, *, is_entry: bool) -> F:
    if not HAS_NUMBA:
        return function
    numba: Any = import_module("numba")
    config = numba.config
    before = config.CACHE_DIR
    config.CACHE_DIR = str(_folder())
    try:
        made: F = numba.njit(
            cache=is_entry,
            **OPTIONS,
            no_cpython_wrapper=not is_entry,
            no_cfunc_wrapper=True,
        )(function)
    finally:
        config.CACHE_DIR = before
    return made


@cache
def _folder() -> Path:
    """Return where machine code of these sources is kept."""
    root = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    digest = sha256()
    for name in KERNELS:
        digest.update((Path(__file__).parent / f"{name}.py").read_bytes())
    return Path(root) / "gridproof" / "kernels" / digest.hexdigest()[:16]


def _raw() -> Callable[[Any], Any]:
    """Return what turns an array into what kernels index: its first element's address.

    Arrays would be asked at every access whether the place counts from their end.
    """
    if not HAS_NUMBA:
        return lambda array: array
    types: Any = import_module("numba").types
    extending: Any = import_module("numba.extending")

    def pointer(_context: Any, array: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return context.make_array(signature.args[0])(context, builder, arguments[0]).data

        return types.CPointer(array.dtype)(array), generate

    made: Callable[[Any], Any] = extending.intrinsic(pointer)
    return made


raw = _raw()
"""Called by entries on their arrays."""
