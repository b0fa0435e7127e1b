"""The services core, called in-process: requests by keyword, replies parsed, time by hand."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any

from simulator.microgrid.clock import ManualClock
from simulator.services.services import (
    CollectionSpec,
    Config,
    ConfigError,
    Kind,
    LoadFailed,
    ServicesService,
    parse_knobs,
    parse_object,
    policy_with,
)
from simulator.services.services.wire import CONTRACT, SERVICES
from simulator.services.timers import Timers
from simulator.store import TokenSigner

START_US = 1_800_000_000_000_000
"""2027-01-15T08:00:00Z."""
NODE = "node"
METHODS = CONTRACT.methods(SERVICES["v1"])
VERBS = {
    "get": "GetService",
    "create": "CreateService",
    "delete": "DeleteService",
    "list": "ListServices",
    "start": "StartService",
    "configure": "ConfigureService",
    "stop": "StopService",
    "get_metadata": "GetServiceMetadata",
    "pull": "PullService",
    "pull_all": "PullServices",
    "pull_metadata": "PullServiceMetadata",
}


class Recorder:
    """A driver that does nothing but remember; a config may have it refuse."""

    def __init__(self, service_id: str, calls: list[Any]) -> None:
        self.id = service_id
        self.calls = calls

    def apply(self, value: Any) -> None:
        self.calls.append((self.id, "apply", value))
        if isinstance(value, dict) and (text := value.get("refuses")) is not None:
            raise LoadFailed(text, fatal=value.get("fatal", False))

    def stop(self) -> None:
        self.calls.append((self.id, "stop"))

    def remove(self) -> None:
        self.calls.append((self.id, "remove"))


class Api:
    """A service with dummy kinds, bent by quirks.

    `drivers` need ids, `systems` have one of each type, `scratch` makes ids up.
    """

    def __init__(self, *quirks: str, log_size: int = 10_000, seed: int = 0) -> None:
        self.clock = ManualClock(START_US)
        self.timers = Timers(self.clock)
        self.signer = TokenSigner(b"secret of the tests", purpose="services")
        self.calls: list[Any] = []
        self.service = ServicesService(
            self.clock,
            self.timers,
            self.signer,
            policy_with(quirks),
            self.specs(),
            seed=seed,
            log_size=log_size,
        )

    def specs(self) -> tuple[CollectionSpec, ...]:
        def kind(name: str, default: Any) -> Kind:
            return Kind(
                name=name,
                parse=parse,
                driver=lambda service_id: Recorder(service_id, self.calls),
                default=default,
            )

        kinds = {
            "plain": kind("plain", None),
            "other": kind("other", {}),
            "needy": kind("needy", {"refuses": "a config is needed"}),
        }
        return tuple(
            CollectionSpec(name=name, aliases=(f"{NODE}/{name}",), ids=ids, kinds=kinds)
            for name, ids in (
                ("drivers", "required"),
                ("systems", "kind"),
                ("scratch", "generated"),
            )
        )

    def wait(self, seconds: float) -> None:
        """Let time pass; the clock shows the instant of each timer while it fires."""
        end_us = self.clock.now_us() + round(seconds * 1_000_000)
        while self.timers.next_us is not None and self.timers.next_us <= end_us:
            self.clock.set(self.timers.next_us)
            self.timers.run(self.timers.next_us)
        self.clock.set(end_us)

    def call(self, verb: str, name: str = "drivers", **fields: Any) -> Any:
        """Send a request through the wire format and return the parsed reply."""
        method = METHODS[VERBS[verb]]
        request = method.request.FromString(method.request(name=name, **fields).SerializeToString())
        return method.response.FromString(getattr(self.service, verb)(request))

    def create(self, service_id: str = "a", kind: str = "plain", **fields: Any) -> Any:
        name = fields.pop("name", "drivers")
        config = config_text(fields.pop("config", ""))
        service = {"id": service_id, "type": kind, "config_raw": config, **fields}
        return self.call("create", name, service=service)

    def get(self, service_id: str = "a", **fields: Any) -> Any:
        return self.call("get", id=service_id, **fields)

    def start(self, service_id: str = "a", **fields: Any) -> Any:
        return self.call("start", id=service_id, **fields)

    def stop(self, service_id: str = "a", **fields: Any) -> Any:
        return self.call("stop", id=service_id, **fields)

    def configure(self, config: Any = "{}", service_id: str = "a", **fields: Any) -> Any:
        return self.call("configure", id=service_id, config_raw=config_text(config), **fields)

    def delete(self, service_id: str = "a", **fields: Any) -> Any:
        return self.call("delete", id=service_id, **fields)

    def list(self, name: str = "drivers", **fields: Any) -> Any:
        return self.call("list", name, **fields)

    def totals(self, name: str = "drivers", **fields: Any) -> Any:
        return self.call("get_metadata", name, **fields)

    def follow(self, verb: str, name: str = "drivers", **fields: Any) -> "Stream":
        """Open a stream: `pull`, `pull_all` or `pull_metadata`."""
        return Stream(self, verb, METHODS[VERBS[verb]].request(name=name, **fields))


class Stream:
    """An open stream, read in-process."""

    def __init__(self, api: Api, verb: str, request: Any) -> None:
        self.response = METHODS[VERBS[verb]].response
        self.feed = getattr(api.service, verb)(request)
        self.ended = False

    def messages(self, most: int | None = None) -> list[Any]:
        """All that is given without waiting, or what is given in so many turns."""
        with asyncio.Runner() as runner:
            taken = runner.run(self._due(most))
        return [self.response.FromString(data) for data in taken]

    def changes(self) -> list[Any]:
        return [change for message in self.messages() for change in message.changes]

    async def _due(self, most: int | None) -> list[bytes]:
        found: list[bytes] = []
        while most is None or most > 0:
            most = None if most is None else most - 1
            taking = asyncio.ensure_future(self.feed.take())
            await asyncio.sleep(0)
            if not taking.done():
                taking.cancel()
                await asyncio.wait({taking})
                break
            if isinstance(taking.exception(), StopAsyncIteration):
                self.ended = True
                break
            if not taking.result():
                break
            found += taking.result()
        return found


def config_text(config: Any) -> str:
    return config if isinstance(config, str) else json.dumps(config)


def parse(raw: str) -> Config:
    data = parse_object(raw)
    if "unreadable" in data:
        raise ConfigError(data["unreadable"])
    return Config(raw=raw, knobs=parse_knobs(data), value=data)


def fault(**knobs: Any) -> dict[str, Any]:
    """A config whose load goes as told."""
    return {"fault": knobs}


SLOW = fault(loadDelay="2s")
FAILING = fault(failAlways=True)
FATAL = fault(failAlways=True, fatal=True, retry={})
RETRYING = fault(failAlways=True, retry={})
TWICE = fault(failAttempts=2, retry={})


def state(service: Any) -> str:
    """The name of the state that a service is in, by what is on the wire."""
    waits = service.HasField("next_attempt_time")
    match service.active, service.loading, bool(service.error), waits:
        case False, False, False, False:
            return "INACTIVE"
        case False, False, True, False:
            return "ERROR"
        case True, True, _, False:
            return "LOADING"
        case True, True, True, True:
            return "RETRYING"
        case True, False, _, False:
            return "ACTIVE"
        case False, True, _, _:
            return "STOPPING"
    raise AssertionError(f"no such state: {service}")


def at(service: Any, field: str) -> float | None:
    """Seconds since the tests began, None if it never happened."""
    if not service.HasField(field):
        return None
    moment = getattr(service, field)
    return (moment.seconds * 1_000_000 + moment.nanos // 1000 - START_US) / 1_000_000


def times(service: Any) -> SimpleNamespace:
    """All times of a service, without their prefix and suffix."""
    names = [field.name for field in service.DESCRIPTOR.fields if field.name.endswith("_time")]
    return SimpleNamespace(**{_short(name): at(service, name) for name in names})


def _short(name: str) -> str:
    return name.removesuffix("_time").removeprefix("last_")


def mask(*paths: str) -> dict[str, Any]:
    """A field mask."""
    return {"paths": paths}
