"""What a load run needs to know of its target: address, credentials, permission and caps.

Taken from the target profile that all commands share, with files read and commands asked, so that
it can travel to the other processes of a run. Values that may be secret appear in no output.
"""

from __future__ import annotations

import base64
import ipaddress
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from fixtures.documents.problems import DocumentError
from fixtures.targets.command import MetadataError, printed_by
from fixtures.targets.model import Target as Profile
from fixtures.targets.model import Tls as TlsFiles
from fixtures.targets.model import check_endpoint
from fixtures.targets.reading import read as read_profile
from loadtests import http_target
from loadtests.errors import UsageError
from loadtests.http_target import Exchange


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tls(_Model):
    """PEM files as their content; no `ca` means the system's certificates."""

    ca: bytes | None = None
    cert: bytes | None = None
    key: bytes | None = Field(default=None, repr=False)
    server_name: str | None = None


class Caps(_Model):
    """What a run may do at most; None where the profile names no figure. Seconds for durations."""

    max_rate: float | None = None
    max_calls: int | None = None
    max_streams: int | None = None
    max_duration: float | None = None


class Dispatch(_Model):
    """The dispatch API of the target; `generation` is that of the contract that fits it."""

    generation: str = "1.1"
    microgrid_ids: tuple[int, ...] = ()
    auth_key: str | None = None
    sign_secret: str | None = None


class Hook(_Model):
    """Where the objects of an API that only reads are written: a `MetaControl`.

    `metadata` is sent instead of the target's where it is given.
    """

    endpoint: str
    plaintext: bool = False
    metadata: Mapping[str, str] | None = Field(default=None, repr=False)


class Meta(_Model):
    """The meta API of the target; `unusable` tells of a hook that load cannot use."""

    profile: str = "doc"
    metadata: Mapping[str, str] = Field(default={}, repr=False)
    hook: Hook | None = None
    unusable: str = ""


class Services(_Model):
    """The services API of the target: collections by number, and what may be made in them.

    Configurations are JSON objects as text, by what they lead to; without a type a run only reads.
    """

    package: str = "v1"
    names: tuple[str, ...] = ("drivers",)
    generated: tuple[str, ...] = ()
    kind: str = ""
    configs: Mapping[str, str] = Field(default={}, repr=False)
    quirks: tuple[str, ...] = ()
    metadata: Mapping[str, str] = Field(default={}, repr=False)
    unusable: str = ""


class Tasks(_Model):
    """The tasks API of the target; `tokens` are whole values of the header, by tenant."""

    tenants: tuple[str, ...] = ()
    service_names: tuple[str, str] = ("Tasks", "Types")
    header: str = "authorization"
    tokens: Mapping[str, str] = Field(default={}, repr=False)
    has_feed: bool = False
    metadata: Mapping[str, str] = Field(default={}, repr=False)


class Target(_Model):
    """An endpoint and how it may be treated; without `has_grpc` it is that of a URL.

    `apis` are those that its profile claims, none if there is no profile.
    """

    endpoint: str
    has_grpc: bool = True
    tls: Tls | None = None
    metadata: Mapping[str, str] = Field(default={}, repr=False)
    load_allowed: bool = False
    allow_disruptive: bool = False
    apis: tuple[str, ...] = ()
    caps: Caps = Caps()
    dispatch: Dispatch = Field(default=Dispatch(), repr=False)
    meta: Meta = Field(default=Meta(), repr=False)
    services: Services = Field(default=Services(), repr=False)
    tasks: Tasks = Field(default=Tasks(), repr=False)
    exchange: Exchange = Field(default=Exchange(), repr=False)

    @property
    def is_loopback(self) -> bool:
        """Whether everything that is called is on this machine."""
        hook = self.meta.hook
        others = (hook.endpoint,) if hook else ()
        return all(map(is_here, (self.endpoint, *others, *self.exchange.addresses)))

    def of_meta(self) -> Target:
        """The target as calls of the meta API see it."""
        return self._sending(self.meta.metadata)

    def of_services(self) -> Target:
        """The target as calls of the services API see it."""
        return self._sending(self.services.metadata)

    def of_tasks(self, tenant: str) -> Target:
        """The target as calls for a tenant of the tasks API see it."""
        token = self.tasks.tokens.get(tenant)
        own = {self.tasks.header: token} if token is not None else {}
        return self._sending({**self.tasks.metadata, **own})

    def _sending(self, metadata: Mapping[str, str]) -> Target:
        changes = {"metadata": {**self.metadata, **metadata}, "dispatch": Dispatch()}
        return self.model_copy(update=changes)

    def of_hook(self) -> Target | None:
        """The target as calls of its mutation hook see it; None without one."""
        hook, own = self.meta.hook, self.of_meta()
        if hook is None:
            return None
        changes = {
            "endpoint": hook.endpoint,
            "tls": None if hook.plaintext else self.tls,
            "metadata": own.metadata if hook.metadata is None else hook.metadata,
        }
        return own.model_copy(update=changes)

    def to_json(self) -> dict[str, Any]:
        """Everything, secrets included: for the processes of the run, never for a report."""
        data = self.model_dump()
        if self.tls:
            data["tls"] = {
                name: base64.b64encode(value).decode() if isinstance(value, bytes) else value
                for name, value in data["tls"].items()
            }
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Target:
        """The target that `to_json` described."""
        data = dict(data)
        if data.get("tls"):
            data["tls"] = {
                name: base64.b64decode(value) if value and name != "server_name" else value
                for name, value in data["tls"].items()
            }
        return cls.model_validate(data)


def is_here(endpoint: str) -> bool:
    """Whether an address is on this machine."""
    host = endpoint.rsplit(":", 1)[0].strip("[]")
    if endpoint.startswith("unix:") or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def at(endpoint: str) -> Target:
    """A target of which only the address is known, which for the exchange API is a URL.

    Raises:
        UsageError: neither HOST:PORT nor a URL.
    """
    try:
        if http_target.is_url(endpoint):
            url = http_target.graphql_url(endpoint)
            address, exchange = http_target.address_of(url), Exchange().at(url)
            return Target(endpoint=address, has_grpc=False, exchange=exchange)
        return Target(endpoint=check_endpoint(endpoint))
    except ValueError as error:
        raise UsageError(f"endpoint {endpoint!r}: expected {error}") from None


def hooked(target: Target, endpoint: str) -> Target:
    """The same target, written through a hook at this address.

    Raises:
        UsageError: not HOST:PORT.
    """
    known = target.meta.hook or Hook(endpoint=endpoint)
    hook = known.model_copy(update={"endpoint": at(endpoint).endpoint})
    meta = target.meta.model_copy(update={"hook": hook, "unusable": ""})
    return target.model_copy(update={"meta": meta})


def read(path: Path, *, endpoint: str | None = None) -> Target:
    """The target of a profile; `endpoint` replaces the profile's own.

    Raises:
        UsageError: every mistake with file, line, what was found and what was expected.
    """
    try:
        profile = read_profile(path)
        asked = printed_by(profile.metadata_command) if profile.metadata_command else {}
    except (DocumentError, MetadataError) as error:
        raise UsageError(str(error)) from None
    exchange = http_target.read(profile)
    address = endpoint or profile.endpoint or exchange.url
    if not address:
        raise UsageError(f"{path}: endpoint is missing, expected HOST:PORT")
    found = at(address)
    if endpoint and http_target.is_url(endpoint):
        exchange = exchange.at(found.exchange.url)
    return Target(
        endpoint=found.endpoint,
        has_grpc=found.has_grpc,
        tls=_contents(path, profile.tls),
        metadata={**profile.metadata, **asked},
        load_allowed=profile.load_allowed,
        allow_disruptive=profile.allow_disruptive,
        apis=profile.services.claimed,
        # Defaults are made for the judge; for load only what the file says is a cap.
        caps=Caps.model_validate(profile.caps.model_dump(exclude_unset=True)),
        dispatch=_dispatch(profile),
        meta=_meta(profile),
        services=_services(profile),
        tasks=_tasks(profile),
        exchange=exchange,
    )


def _dispatch(profile: Profile) -> Dispatch:
    said = profile.services.dispatch
    if said is None:
        return Dispatch()
    return Dispatch(
        generation=said.contract_generation,
        microgrid_ids=said.microgrid_ids,
        auth_key=said.auth_key,
        sign_secret=said.sign_secret,
    )


def _meta(profile: Profile) -> Meta:
    said = profile.services.meta
    if said is None:
        return Meta()
    hook = said.hook
    if hook is None or hook.grpc is None:
        unusable = "" if hook is None else "the profile's hook is not a grpc one"
        return Meta(profile=said.profile, metadata=said.metadata, unusable=unusable)
    return Meta(
        profile=said.profile,
        metadata=said.metadata,
        hook=Hook(endpoint=hook.grpc, plaintext=hook.plaintext, metadata=hook.metadata),
    )


def _services(profile: Profile) -> Services:
    said = profile.services.services
    if said is None:
        return Services(unusable="the profile says nothing of the services API")
    places = {"required": said.names.required, "generated": said.names.generated}
    names = {policy: name for policy, name in places.items() if name}
    found = Services(
        package=said.service_package,
        names=tuple(names.values()),
        quirks=said.quirks,
        metadata=said.metadata,
        unusable="the profile names no type whose ok_config is a JSON object",
    )
    if said.read_only or not names:
        why = "the profile says so" if said.read_only else "no collection takes services of ours"
        shown = tuple(names.values()) or tuple(filter(None, (said.names.kind,)))
        return found.model_copy(update={"names": shown, "unusable": why})
    for kind, type_ in said.types.items():
        where = {name: policy for policy, name in names.items() if policy in type_.collections}
        if not where or not _is_object(type_.ok_config):
            continue
        texts = {"ok": type_.ok_config, "fail": type_.failing_config, "slow": type_.slow_config}
        changes = {
            "kind": kind,
            "names": tuple(where),
            "generated": tuple(name for name, policy in where.items() if policy == "generated"),
            "configs": {name: text for name, text in texts.items() if _is_object(text)},
            "unusable": "",
        }
        return found.model_copy(update=changes)
    return found


def _is_object(text: str | None) -> bool:
    try:
        return isinstance(json.loads(text or ""), dict)
    except ValueError:
        return False


def _tasks(profile: Profile) -> Tasks:
    said = profile.services.tasks
    if said is None:
        return Tasks()
    scheme = f"{said.auth.scheme} " if said.auth.scheme else ""
    return Tasks(
        tenants=said.tenants,
        service_names=said.service_names,
        header=said.auth.header,
        tokens={tenant: f"{scheme}{token}" for tenant, token in said.auth.tokens.items()},
        has_feed=said.event_adapter is not None,
        metadata=said.metadata,
    )


def _contents(path: Path, files: TlsFiles | None) -> Tls | None:
    if files is None:
        return None
    contents: dict[str, bytes] = {}
    for name in ("ca", "cert", "key"):
        if (file := getattr(files, name)) is not None:
            try:
                contents[name] = file.read_bytes()
            except OSError as error:
                reason = f"{path}: tls.{name}: {file}: {error.strerror}"
                raise UsageError(reason) from None
    return Tls(**contents, server_name=files.server_name)
