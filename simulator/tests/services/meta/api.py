"""The meta core, called in-process: requests by keyword, replies parsed, time by hand."""

from typing import Any

from simulator.microgrid.clock import ManualClock
from simulator.services.meta import KINDS, MetaService, Policy, Remove, Upsert, policy_with
from simulator.store import TokenSigner

NOW_US = 1_800_000_000_000_000
"""2027-01-15T08:00:00Z."""

REGION = KINDS["regions"]
DEPLOYMENT = KINDS["deployments"]
RESOURCE = KINDS["resources"]
SERVICE = KINDS["services"]


class Api:
    """A service with a clock that stands still, bent by quirks."""

    def __init__(self, *quirks: str, policy: Policy | None = None, log_size: int = 10_000) -> None:
        self.clock = ManualClock(NOW_US)
        self.signer = TokenSigner(b"secret of the tests", purpose="meta")
        self.service = MetaService(
            self.clock, self.signer, policy_with(quirks, policy), log_size=log_size
        )
        self.registry = self.service.registry

    def put(self, kind: Any, *resources: Any) -> int:
        """Apply resources, given as messages or as dictionaries, all at once."""
        messages = [kind.message(**r) if isinstance(r, dict) else r for r in resources]
        return self.registry.apply([Upsert(message=message) for message in messages])

    def region(self, region_id: str, **fields: Any) -> Any:
        """Put a region and return it as it is kept."""
        self.put(REGION, {"name": f"regions/{region_id}", **fields})
        return self.registry.get(f"regions/{region_id}").message

    def remove(self, *names: str) -> int:
        return self.registry.apply([Remove(name=name) for name in names])

    def call(self, verb: str, kind: Any, **fields: Any) -> Any:
        """Send a request through the wire format and return the parsed reply."""
        method = kind.methods[verb]
        request = method.request.FromString(method.request(**fields).SerializeToString())
        return method.response.FromString(getattr(self.service, verb)(kind, request))

    def get(self, kind: Any, name: str, **fields: Any) -> Any:
        return self.call("get", kind, name=name, **fields)

    def batch(self, kind: Any, *names: str, **fields: Any) -> tuple[list[Any], list[str]]:
        reply = self.call("batch_get", kind, names=names, **fields)
        return list(getattr(reply, kind.plural)), list(reply.missing)

    def list(self, kind: Any = REGION, **fields: Any) -> Any:
        return self.call("list", kind, **fields)

    def names(self, kind: Any = REGION, **fields: Any) -> "list[str]":
        """The names of a page."""
        return names(kind, self.list(kind, **fields))


def names(kind: Any, page: Any) -> list[str]:
    """The names of a list reply."""
    return [resource.name for resource in getattr(page, kind.plural)]


def mask(*paths: str) -> dict[str, Any]:
    """A field mask."""
    return {"paths": paths}
