"""What a load run needs to know of its target: address, credentials, permission and caps.

Read from the same target profile as `conform` uses; of the keys that only the judge needs, just
the names at the top level are checked. Values of metadata never appear in any output.
"""

from __future__ import annotations

import base64
import difflib
import ipaddress
import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from loadtests.errors import UsageError
from loadtests.options import seconds

JUDGE_KEYS = ("http", "identities", "contract", "known_failing")
"""Top-level keys of a profile that a load run has no use for."""

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_COMMAND_TIMEOUT_S = 30


def _seconds(value: Any) -> Any:
    return seconds(value) if isinstance(value, str) else value


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tls(_Model):
    """PEM files as their content; no `ca` means the system's certificates."""

    ca: bytes | None = None
    cert: bytes | None = None
    key: bytes | None = None
    server_name: str | None = None


class Caps(_Model):
    """What a run may do at most; None where the profile names no figure."""

    max_rate: float | None = Field(default=None, gt=0)
    max_calls: int | None = Field(default=None, gt=0)
    max_streams: int | None = Field(default=None, gt=0)
    max_duration: Annotated[float | None, BeforeValidator(_seconds)] = Field(default=None, gt=0)


class Dispatch(_Model):
    """The dispatch API of the target; keys of the judge beside these are passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    generation: Annotated[str, BeforeValidator(str)] = "1.1"
    microgrid_ids: tuple[int, ...] = ()
    auth_key: str | None = None
    sign_secret: str | None = None


class Target(_Model):
    """An endpoint and how it may be treated."""

    endpoint: str
    tls: Tls | None = None
    metadata: Mapping[str, str] = Field(default={}, repr=False)
    load_allowed: bool = False
    allow_disruptive: bool = False
    caps: Caps = Caps()
    dispatch: Dispatch = Field(default=Dispatch(), repr=False)

    @property
    def is_loopback(self) -> bool:
        """Whether the endpoint is on this machine."""
        host = self.endpoint.rsplit(":", 1)[0].strip("[]")
        if self.endpoint.startswith("unix:") or host == "localhost":
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

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


def at(endpoint: str) -> Target:
    """A target of which only the address is known.

    Raises:
        UsageError: not HOST:PORT.
    """
    if not re.fullmatch(r"(unix:.+|[^\s:]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5})", endpoint):
        raise UsageError(f"endpoint {endpoint!r}: expected HOST:PORT")
    return Target(endpoint=endpoint)


def read(path: Path, *, endpoint: str | None = None) -> Target:
    """The target of a profile; `endpoint` replaces the profile's own.

    Raises:
        UsageError: with file, line, what was expected and the nearest name.
    """
    data, lines = _load(path)
    if endpoint is not None:
        data["endpoint"] = endpoint
    known = (*Target.model_fields, "metadata_command", "services", *JUDGE_KEYS)
    for key in data:
        if key not in known or key == "dispatch":
            raise UsageError(f"{path}:{lines[key,]}: unknown key {key}{_nearest(key, known)}")
    if "endpoint" not in data:
        raise UsageError(f"{path}: endpoint is missing, expected HOST:PORT")
    at(str(data["endpoint"]))
    command = data.pop("metadata_command", None)
    services = data.pop("services", None) or {}
    values = {key: value for key, value in data.items() if key not in JUDGE_KEYS}
    if isinstance(services, dict) and services.get("dispatch"):
        values["dispatch"] = services["dispatch"]
    if isinstance(values.get("tls"), dict):
        values["tls"] = _files(path, values["tls"], lines)
    try:
        target = Target.model_validate(values)
    except ValidationError as error:
        raise UsageError(_explained(path, error, lines)) from None
    if command:
        target = target.model_copy(update={"metadata": {**target.metadata, **_ask(str(command))}})
    return target


def _load(path: Path) -> tuple[dict[str, Any], dict[tuple[Any, ...], int]]:
    try:
        node = yaml.compose(path.read_text("utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise UsageError(f"{path}: {reason}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise UsageError(f"{where}: {getattr(error, 'problem', None) or 'not YAML'}") from None
    lines = dict(_lines(node, ())) if node else {}
    loader = yaml.SafeLoader("")
    data = loader.construct_document(node) if node else {}
    if not isinstance(data, dict):
        raise UsageError(f"{path}:1: expected a mapping of keys")
    return _expanded(data, path), lines


def _lines(node: yaml.Node, at_key: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*at_key, key.value), key.start_mark.line + 1
            yield from _lines(value, (*at_key, key.value))


def _expanded(value: Any, path: Path) -> Any:
    if isinstance(value, dict):
        return {key: _expanded(item, path) for key, item in value.items()}
    if isinstance(value, list):
        return [_expanded(item, path) for item in value]
    if not isinstance(value, str):
        return value

    def variable(match: re.Match[str]) -> str:
        if match[1] not in os.environ:
            raise UsageError(f"{path}: environment variable {match[1]} is not set")
        return os.environ[match[1]]

    return _VARIABLE.sub(variable, value)


def _files(path: Path, tls: dict[str, Any], lines: Mapping[tuple[Any, ...], int]) -> dict[str, Any]:
    result = dict(tls)
    for name in ("ca", "cert", "key"):
        if tls.get(name):
            try:
                result[name] = (path.parent / str(tls[name])).read_bytes()
            except OSError as error:
                where = f"{path}:{lines['tls', name]}"
                raise UsageError(f"{where}: tls.{name} {tls[name]}: {error.strerror}") from None
    return result


def _ask(command: str) -> dict[str, str]:
    try:
        done = subprocess.run(
            shlex.split(command),
            capture_output=True,
            text=True,
            timeout=_COMMAND_TIMEOUT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise UsageError(f"metadata_command failed: {type(error).__name__}") from None
    pairs = (line.partition(":") for line in done.stdout.splitlines() if line.strip())
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _explained(path: Path, error: ValidationError, lines: Mapping[tuple[Any, ...], int]) -> str:
    fields: dict[str, type[_Model]] = {"tls": Tls, "caps": Caps, "dispatch": Dispatch}
    sentences = []
    for problem in error.errors():
        location = tuple(problem["loc"])
        written = ("services", *location) if location[0] == "dispatch" else location
        line = next(
            (lines[written[:n]] for n in range(len(written), 0, -1) if written[:n] in lines), 1
        )
        name = ".".join(str(part) for part in written)
        if problem["type"] == "extra_forbidden":
            model = fields.get(str(location[0]), Target)
            text = f"unknown key {name}{_nearest(str(location[-1]), model.model_fields)}"
        else:
            text = f"{name}: {problem['msg'][:1].lower()}{problem['msg'][1:]}"
        sentences.append(f"{path}:{line}: {text}")
    return "\n".join(sentences)


def _nearest(name: str, known: Any) -> str:
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else f"; expected one of {', '.join(known)}"
