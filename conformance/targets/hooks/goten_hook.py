"""A hook for installations that also have `goten.meta.v1`, the later API with writes.

Only what both APIs know can be written: titles and labels of regions, names and versions of
services, names of resources, and which deployments there are. Answers tell what was left out.
"""

from __future__ import annotations

from typing import Any

import grpc

from conformance.targets.client import Client
from conformance.targets.hooks.model import UNSUPPORTED, HookError, Json
from fixtures.contracts import load

PACKAGE = "goten.meta.v1"
CAPABILITIES = ("mutate",)

_FIELDS = {
    "regions": ("title",),
    "services": ("displayName", "allVersions"),
    "resources": ("pluralName", "fqn"),
    "deployments": ("service",),
}
"""What can be written, as the JSON of v1alpha2 names it, besides the name and the metadata."""

_WRITTEN = {
    "title": "title",
    "displayName": "display_name",
    "allVersions": "all_versions",
    "pluralName": "plural_name",
    "fqn": "fqn",
    "service": "service_name",
}
_METADATA = ("labels", "annotations", "tags")
_LOST = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


class GotenHook:
    """Calls the four services of the later API.

    Args:
        client: connection and credentials; closed with the hook.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._contract = load("goten-meta")

    def send(self, request: Json) -> Json:
        """Carry out `capabilities`, `upsert` or `delete`; anything else is unsupported.

        Raises:
            HookError: nobody answers, or not in time.
        """
        op = request["op"]
        try:
            if op == "capabilities":
                return {"ok": True, "capabilities": list(CAPABILITIES)}
            if op == "upsert":
                return self._upsert(request["resource"])
            if op == "delete":
                return self._delete(request["name"])
        except grpc.RpcError as error:
            code: grpc.StatusCode = error.code()
            if code in _LOST:
                where = f"hook at {self._client.endpoint}, {op}"
                raise HookError(f"{where}: {code.name}: {error.details()}") from None
            return {"ok": False, "code": code.name, "error": error.details() or ""}
        return UNSUPPORTED

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _upsert(self, resource: Json) -> Json:
        name = str(resource["name"])
        kind = name.split("/")[-2]
        singular = kind[:-1]
        request = self._message(f"Update{singular.capitalize()}Request")
        written = getattr(request, singular)
        written.name = name
        paths = ["metadata." + part for part in _METADATA]
        for key in _FIELDS[kind]:
            field = _WRITTEN[key]
            paths.append(field)
            value = resource.get(key)
            if isinstance(value, list):
                getattr(written, field).extend(value)
            elif value is not None:
                setattr(written, field, value)
        if kind == "deployments":
            written.region, _, own = name.partition("/deployments/")
            written.name = f"{resource.get('service', '')}/deployments/{own}"
            paths.append("region")
        metadata = resource.get("metadata", {})
        written.metadata.labels.update(metadata.get("labels", {}))
        written.metadata.annotations.update(metadata.get("annotations", {}))
        written.metadata.tags.extend(metadata.get("tags", []))
        request.update_mask.paths.extend(paths)
        request.allow_missing = True
        self._call(singular, f"Update{singular.capitalize()}", request)
        ignored = sorted(set(resource) - {"name", "metadata", *_FIELDS[kind]})
        return {"ok": True, "revision": "", "ignored": ignored}

    def _delete(self, name: str) -> Json:
        kind = name.split("/")[-2]
        singular = kind[:-1]
        request = self._message(f"Delete{singular.capitalize()}Request")
        if kind == "deployments":
            found = self._deployment(name)
            if found is None:
                return {"ok": False, "code": "NOT_FOUND", "error": f"no deployment {name}"}
            name = found
        request.name = name
        self._call(singular, f"Delete{singular.capitalize()}", request)
        return {"ok": True, "revision": ""}

    def _deployment(self, name: str) -> str | None:
        """The name that a deployment has here, below a service that only the API knows."""
        region, _, own = name.partition("/deployments/")
        request = self._message("ListDeploymentsRequest")
        request.parent, request.filter = "services/-", f'region = "{region}"'
        reply = self._call("deployment", "ListDeployments", request)
        ends = f"/deployments/{own}"
        names = [d.name for d in reply.deployments if d.region == region]
        return next((found for found in names if found.endswith(ends)), None)

    def _message(self, name: str) -> Any:
        return self._contract.message(f"{PACKAGE}.{name}")()

    def _call(self, singular: str, method: str, request: Any) -> Any:
        service = f"{PACKAGE}.{singular.capitalize()}Service"
        called = self._contract.methods(service)[method]
        data = self._client.unary(called.path, request.SerializeToString())
        return called.response.FromString(data)
