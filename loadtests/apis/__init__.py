"""The APIs that can be loaded, one package each; everything outside is the same for all of them.

A new API brings a package with an `Api` (see `base`), a line in `load`, entries in the catalogue
and a scenario module for each.
"""

from __future__ import annotations

from importlib import import_module

from loadtests.apis.base import Api, Context

KINDS = {
    "dispatch": ("loadtests.apis.dispatch.api", "DispatchApi"),
    "meta": ("loadtests.apis.meta.api", "MetaApi"),
    "services": ("loadtests.apis.services.api", "ServicesApi"),
    "tasks": ("loadtests.apis.tasks.api", "TasksApi"),
    "exchange": ("loadtests.apis.exchange.api", "ExchangeApi"),
}
"""Module and class of each API; imported when needed, since they bring gRPC's messages along."""

PREFIXES = {"dispatch": "ld", "meta": "lm", "services": "ls", "tasks": "lt", "exchange": "lx"}
"""How the ids of runs begin, so that a clean-up finds the API that a run was about."""


def kind(name: str) -> type[Api]:
    """The class of an API, by its name."""
    module, attribute = KINDS[name]
    found: type[Api] = getattr(import_module(module), attribute)
    return found


def load(context: Context) -> Api:
    """The API of a run."""
    return kind(context.entry.api)(context)
