"""The requests of the meta API, filled from the arguments of its adapter.

What is left out of the arguments is left out of the request, so that a check can tell "absent"
from "empty" wherever the wire can.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from conformance.oracles.meta.model import KINDS, Kind
from conformance.targets.meta_codec import VIEWS, WATCH_TYPES, timestamp
from fixtures.contracts import Contract
from fixtures.contracts.contract import Method

View = str | int | None
Mask = Sequence[str] | None


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One of the five methods of one kind: how it is called and what it speaks."""

    kind: Kind
    verb: str
    method: Method

    @property
    def name(self) -> str:
        """The bare name of the method."""
        return self.method.name


@dataclass(frozen=True)
class Requests:
    """Makes requests with the messages of one contract."""

    contract: Contract

    @cached_property
    def operations(self) -> dict[tuple[str, str], Operation]:
        """By plural of the kind and verb: get, batch, list, watch_one, watch."""
        found = {}
        for kind in KINDS.values():
            methods = self.contract.methods(kind.service)
            for verb, name in _names(kind).items():
                found[kind.plural, verb] = Operation(kind=kind, verb=verb, method=methods[name])
        return found

    def get(self, kind: Kind, name: str, *, mask: Mask, view: View) -> tuple[Operation, Any]:
        """Get, with the name as it stands."""
        return self._filled(kind, "get", {"name": name}, mask, view)

    def batch(
        self, kind: Kind, names: Sequence[str], *, mask: Mask, view: View
    ) -> tuple[Operation, Any]:
        """BatchGet."""
        operation, request = self._filled(kind, "batch", {}, mask, view)
        request.names.extend(names)
        return operation, request

    def list(
        self,
        kind: Kind,
        *,
        parent: str | None,
        size: int | None,
        token: str,
        order: str,
        filter: str,
        mask: Mask,
        view: View,
        info: bool,
    ) -> tuple[Operation, Any]:
        """List; `parent` only where the kind has one."""
        values = {
            "parent": parent,
            "page_size": size,
            "page_token": token,
            "order_by": order,
            "filter": filter,
            "include_paging_info": info,
        }
        return self._filled(kind, "list", values, mask, view)

    def watch(
        self,
        kind: Kind,
        *,
        parent: str | None,
        type: str | int | None,
        size: int | None,
        token: str,
        order: str,
        filter: str,
        mask: Mask,
        view: View,
        chunk: int | None,
        resume: str,
        starting_us: int | None,
    ) -> tuple[Operation, Any]:
        """Watch of a collection."""
        values = {
            "parent": parent,
            "type": WATCH_TYPES[type] if isinstance(type, str) else type,
            "page_size": size,
            "page_token": token,
            "order_by": order,
            "filter": filter,
            "max_chunk_size": chunk,
            "resume_token": resume,
        }
        operation, request = self._filled(kind, "watch", values, mask, view)
        if starting_us is not None:
            timestamp(request.starting_time, starting_us * 1000)
        return operation, request

    def watch_one(self, kind: Kind, name: str, *, mask: Mask, view: View) -> tuple[Operation, Any]:
        """Watch of one resource."""
        return self._filled(kind, "watch_one", {"name": name}, mask, view)

    def _filled(
        self, kind: Kind, verb: str, values: dict[str, Any], mask: Mask, view: View
    ) -> tuple[Operation, Any]:
        operation = self.operations[kind.plural, verb]
        request: Any = operation.method.request()
        for name, value in values.items():
            if value is not None and value != "":
                setattr(request, name, value)
        if mask is not None:
            request.field_mask.SetInParent()
            request.field_mask.paths.extend(mask)
        if view is not None:
            request.view = VIEWS[view] if isinstance(view, str) else view
        return operation, request


def _names(kind: Kind) -> dict[str, str]:
    singular, plural = kind.message, kind.plural.capitalize()
    return {
        "get": f"Get{singular}",
        "batch": f"BatchGet{plural}",
        "list": f"List{plural}",
        "watch_one": f"Watch{singular}",
        "watch": f"Watch{plural}",
    }
