"""The target profile: what a target is, what it claims, and how gently it has to be treated.

A YAML file with a default for every key; without a file the defaults describe a foreign endpoint
with the dispatch API. An unknown key is an error that names file, line and nearest neighbour.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from conformance.failures import UsageError
from conformance.requirements import load as load_ledger
from conformance.targets.profile_file import Source, nearest

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?")
_SECONDS = {None: 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds(value: Any) -> Any:
    """Seconds from `90`, `90s`, `2m`, `1h` or `1d`; anything else is left to the validation."""
    if isinstance(value, str) and (match := _DURATION.fullmatch(value.strip())):
        return float(match[1]) * _SECONDS[match[2]]
    return value


def _generation(value: Any) -> Any:
    text = str(value).removeprefix("v")
    known = {"0.15.1": "0.15", "1": "1.1", "1.0": "1.1", "1.0.0": "1.1", "1.1.0": "1.1"}
    return known.get(text, text)


Duration = Annotated[float, BeforeValidator(seconds), Field(ge=0)]
Generation = Annotated[Literal["1.1", "1.0-rc", "0.15"], BeforeValidator(_generation)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Tls(_Model):
    """Files in PEM form; `ca` alone checks the server, `cert` and `key` show who we are."""

    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    server_name: str | None = None


class Identity(_Model):
    """Another caller: the metadata that it sends."""

    metadata: dict[str, str] = {}
    auth_key: str | None = None
    sign_secret: str | None = None


class Caps(_Model):
    """Bounds of what a run may do to the target; calls and calls per second, over all workers."""

    max_rate: float = Field(default=20, gt=0)
    max_calls: int = Field(default=1500, gt=0)
    max_streams: int = Field(default=20, gt=0)
    max_duration: Duration = 120.0


class DispatchProfile(_Model):
    """What a target says about its dispatch API.

    Attributes:
        generation: of the contract it speaks; `1.0-rc` has inclusive interval ends.
        microgrid_ids: ids that may be used; empty: fresh random ones.
        auth_key: sent as `key` metadata.
        sign_secret: signs every call.
        simulated_site: no hardware follows the dispatches, so active ones may be made.
        clock_tolerance: how far the clocks may be apart (A1).
        token_delay: the pause after which a page token is tried again.
        deadline: of every call.
        pins: trait readings by trait id, given as keys `A1` to `A30` of the block.
    """

    generation: Generation = "1.1"
    microgrid_ids: tuple[int, ...] = ()
    auth_key: str | None = None
    sign_secret: str | None = None
    simulated_site: bool = False
    clock_tolerance: Duration = 5.0
    token_delay: Duration = 60.0
    deadline: Duration = 10.0
    pins: dict[str, str] = {}


class Services(_Model):
    """The APIs that the target claims; one that is absent is not judged."""

    dispatch: DispatchProfile | None = None
    meta: dict[str, Any] | None = None
    services: dict[str, Any] | None = None
    tasks: dict[str, Any] | None = None
    exchange: dict[str, Any] | None = None

    @property
    def claimed(self) -> tuple[str, ...]:
        """Names of the APIs in the file."""
        return tuple(n for n in type(self).model_fields if getattr(self, n) is not None)


class Target(_Model):
    """A whole profile.

    Attributes:
        endpoint: `HOST:PORT` of gRPC.
        http: URL of REST and GraphQL.
        metadata: sent with every call; `metadata_command` prints `name: value` lines instead.
        identities: further callers by role (`second_tenant`, `read_only`).
        contract: `builtin`, `reflection`, or the path of a descriptor set.
        load_allowed: whether load tests may run against it.
        caps: bounds; in profile full they hold only where the file gives them.
    """

    endpoint: str | None = None
    http: str | None = None
    tls: Tls | None = None
    metadata: dict[str, str] = {}
    metadata_command: str | None = None
    identities: dict[str, Identity] = {}
    contract: str = "builtin"
    load_allowed: bool = False
    caps: Caps = Caps()
    known_failing: Path | None = None
    services: Services = Services(dispatch=DispatchProfile())

    def secrets(self) -> tuple[str, ...]:
        """Values that must not appear in any report, longest first."""
        found: set[str] = set(self.metadata.values())
        holders: list[Any] = [*self.identities.values(), self.services.dispatch]
        for holder in holders:
            if holder is not None:
                found |= {holder.auth_key or "", holder.sign_secret or ""}
        for identity in self.identities.values():
            found |= set(identity.metadata.values())
        return tuple(sorted((s for s in found if len(s) >= 4), key=lambda s: (-len(s), s)))


def read(path: Path) -> Target:
    """The profile in a YAML file, `${NAME}` in its texts replaced from the environment.

    Paths in it are relative to the file.

    Raises:
        UsageError: file, line, what was expected; every mistake on a line of its own.
    """
    source = Source.read(path)
    data = _pins_gathered(source)
    try:
        target = Target.model_validate(data)
    except ValidationError as error:
        lines = [_sentence(source, problem) for problem in error.errors()]
        raise UsageError("\n".join(dict.fromkeys(lines))) from None
    return _resolved(target, path.parent)


def _pins_gathered(source: Source) -> Any:
    """Move `A1` to `A30` of the dispatch block into `pins`, checked against the ledger."""
    data = source.data
    block = data.get("services", {}) if isinstance(data, dict) else {}
    dispatch = block.get("dispatch") if isinstance(block, dict) else None
    if not isinstance(dispatch, dict):
        return data
    traits = load_ledger().traits
    pins = {}
    for key in [k for k in dispatch if k in traits]:
        reading = dispatch[key]
        where = source.at(("services", "dispatch", key))
        if reading not in traits[key].readings:
            known = ", ".join(traits[key].readings)
            raise UsageError(f"{where}: {key}: {reading!r}, expected one of {known}")
        pins[key] = reading
    rest = {k: v for k, v in dispatch.items() if k not in pins}
    return {**data, "services": {**block, "dispatch": {**rest, "pins": pins} if pins else rest}}


def _sentence(source: Source, problem: Any) -> str:
    location = tuple(problem["loc"])
    where = source.at(location)
    name = ".".join(str(part) for part in location) or "the file"
    if problem["type"] == "extra_forbidden":
        known = _keys_at(location[:-1])
        return f"{where}: unknown key {name}{nearest(str(location[-1]), known)}"
    given = "" if isinstance(problem["input"], dict | list) else f", got {problem['input']!r}"
    message = problem["msg"][:1].lower() + problem["msg"][1:]
    return f"{where}: {name}: {message}{given}"


def _keys_at(location: tuple[Any, ...]) -> list[str]:
    models: dict[tuple[Any, ...], type[_Model]] = {
        (): Target,
        ("tls",): Tls,
        ("caps",): Caps,
        ("services",): Services,
        ("services", "dispatch"): DispatchProfile,
    }
    if location[:1] == ("identities",):
        return list(Identity.model_fields)
    model = models.get(location)
    traits = list(load_ledger().traits) if model is DispatchProfile else []
    return [k for k in model.model_fields if k != "pins"] + traits if model else []


def _resolved(target: Target, folder: Path) -> Target:
    changes: dict[str, Any] = {}
    if target.known_failing is not None:
        changes["known_failing"] = folder / target.known_failing
    if target.contract not in ("builtin", "reflection"):
        changes["contract"] = str(folder / target.contract)
    if target.tls is not None:
        files = {n: folder / p for n in ("ca", "cert", "key") if (p := getattr(target.tls, n))}
        changes["tls"] = target.tls.model_copy(update=files)
    return target.model_copy(update=changes)
