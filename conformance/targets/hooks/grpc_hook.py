"""A hook that serves `gridproof.control.v1.MetaControl`."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf.json_format import MessageToDict, ParseDict

from conformance.targets.client import Client
from conformance.targets.hooks.model import UNSUPPORTED, HookError, Json
from fixtures.contracts import load

SERVICE = "gridproof.control.v1.MetaControl"

_LOST = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


class GrpcHook:
    """Calls the control service; answers have the form of the `exec` hook.

    Args:
        client: connection and credentials; closed with the hook.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._methods = load("control").methods(SERVICE)

    def send(self, request: Json) -> Json:
        """Make the call that the request stands for.

        Raises:
            HookError: nobody answers, or not in time.
        """
        name, fields = _METHODS[request["op"]], _fields(request)
        method = self._methods[name]
        message: Any = ParseDict(fields, method.request())
        deadline_s = self._client.deadline_s + float(request.get("timeout") or 0)
        try:
            data = self._client.unary(
                method.path, message.SerializeToString(), deadline_s=deadline_s
            )
        except grpc.RpcError as error:
            code: grpc.StatusCode = error.code()
            if code is grpc.StatusCode.UNIMPLEMENTED:
                return UNSUPPORTED
            if code in _LOST:
                raise HookError(
                    f"hook at {self._client.endpoint}, {request['op']}: "
                    f"{code.name}: {error.details()}"
                ) from None
            return {"ok": False, "code": code.name, "error": error.details() or ""}
        reply = method.response.FromString(data)
        answer: Json = MessageToDict(
            reply, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
        )
        return {"ok": True, **answer}

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


_METHODS = {
    "capabilities": "GetCapabilities",
    "upsert": "Upsert",
    "delete": "Delete",
    "apply": "Apply",
    "reset": "Reset",
    "barrier": "Barrier",
    "fault": "InjectFault",
}


def _fields(request: Json) -> Json:
    """The request as JSON of its message: the same keys, but for the length of time."""
    fields = {key: value for key, value in request.items() if key != "op"}
    if "timeout" in fields:
        fields["timeout"] = f"{fields['timeout']:g}s"
    return fields
