"""The target profile as the judge reads it: pins are checked against the traits of the ledger."""

from __future__ import annotations

from pathlib import Path

from conformance.failures import UsageError
from conformance.requirements import load as load_ledger
from fixtures.documents.problems import DocumentError
from fixtures.targets import reading
from fixtures.targets.model import (
    Caps,
    DispatchProfile,
    ExchangeProfile,
    Identity,
    MetaHook,
    MetaProfile,
    Services,
    ServicesProfile,
    Target,
    TasksProfile,
    Tls,
)

__all__ = [
    "Caps",
    "DispatchProfile",
    "ExchangeProfile",
    "Identity",
    "MetaHook",
    "MetaProfile",
    "Services",
    "ServicesProfile",
    "Target",
    "TasksProfile",
    "Tls",
    "read",
]


def read(path: Path) -> Target:
    """The profile in a YAML file, `${NAME}` in its texts replaced from the environment.

    Paths in it are relative to the file.

    Raises:
        UsageError: file, line, what was expected; every mistake on a line of its own.
    """
    pins = {trait.id: trait.readings for trait in load_ledger().traits.values()}
    try:
        return reading.read(path, pins=pins)
    except DocumentError as error:
        raise UsageError(str(error)) from None
