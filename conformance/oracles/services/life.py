"""The life of one service as its callers may count on it, after each command has settled.

A model holds what is certain; where documents and the published service differ, it holds None and
nothing is judged. Commands give the next model, or the status that refuses them (seed 004).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from conformance.oracles.services.model import Service, State

Load = Literal["ok", "fail", "slow", "retry"]
"""What a configuration does when it is loaded; ok, slow and retry succeed in the end."""

Refusal = Literal["NOT_FOUND", "FAILED_PRECONDITION"]
"""Why a command is refused; it changes nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """One service once nothing is under way.

    Attributes:
        config: text of its configuration, "" without one.
        load: what that does, None without one.
        active: whether it runs.
        error: whether it shows an error; None where either is right.
    """

    config: str = ""
    load: Load | None = None
    active: bool = False
    error: bool | None = False

    @property
    def state(self) -> State | None:
        """What it has to be doing, None where either of inactive and error is right."""
        if self.active:
            return State.ACTIVE
        return {True: State.ERROR, False: State.INACTIVE, None: None}[self.error]


def create(config: str, load: Load | None, *, active: bool) -> Model:
    """A new service; `load` is None without a configuration."""
    made = Model(config=config, load=load)
    return _run(made) if active else made


def start(model: Model | None, *, allow_active: bool) -> Model | Refusal:
    """Start it; None is a service that does not exist."""
    if model is None:
        return "NOT_FOUND"
    if model.active:
        return model if allow_active else "FAILED_PRECONDITION"
    return _run(model)


def stop(model: Model | None, *, allow_inactive: bool) -> Model | Refusal:
    """Stop it."""
    if model is None:
        return "NOT_FOUND"
    if not model.active:
        return model if allow_inactive else "FAILED_PRECONDITION"
    return replace(model, active=False)


def configure(model: Model | None, config: str, load: Load) -> Model | Refusal:
    """Give it a configuration that can be parsed; one that is active loads it."""
    if model is None:
        return "NOT_FOUND"
    given = replace(model, config=config, load=load)
    if model.active:
        return _run(given)
    # An accepted configuration may clear the error at once, or leave that to the next start.
    return replace(given, error=None if model.error else model.error)


def delete(model: Model | None, *, allow_missing: bool) -> Refusal | None:
    """Delete it; None is gone."""
    return "NOT_FOUND" if model is None and not allow_missing else None


Verb = Literal["create", "start", "stop", "configure", "delete"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """One command about one of a few services.

    Attributes:
        verb: what is asked for.
        slot: number of the service.
        load: what the configuration does that is given (create, configure).
        flag: active (create), allow_active, allow_inactive or allow_missing.
    """

    verb: Verb
    slot: int = 0
    load: Load = "ok"
    flag: bool = False


def follow(
    model: Model | None, command: Command, configs: Mapping[Load, str]
) -> Model | Refusal | None:
    """What becomes of the service that a command is about; None is none.

    A create of what exists is left to the caller: documents and the published service differ.

    Args:
        model: of the service, None if there is none.
        command: what is asked for.
        configs: texts of configurations by what they do.
    """
    if command.verb == "create":
        return create(configs[command.load], command.load, active=command.flag)
    if command.verb == "start":
        return start(model, allow_active=command.flag)
    if command.verb == "stop":
        return stop(model, allow_inactive=command.flag)
    if command.verb == "configure":
        return configure(model, configs[command.load], command.load)
    return delete(model, allow_missing=command.flag)


def differences(model: Model, service: Service) -> list[str]:
    """Where a settled service is not what the model says, a sentence each."""
    found = []
    if service.active != model.active:
        found.append(f"active is {service.active}, expected {model.active}")
    if service.config_raw != model.config:
        found.append(f"config_raw is {service.config_raw!r}, expected {model.config!r}")
    if model.error is not None and bool(service.error) != model.error:
        wanted = "an error" if model.error else "no error"
        found.append(f"error is {service.error!r}, expected {wanted}")
    if not service.settled:
        found.append(f"it is {service.state.value}, expected that nothing is under way")
    return found


def _run(model: Model) -> Model:
    """Load what there is, to the end."""
    if model.load == "fail":
        return replace(model, active=False, error=True)
    # The published service keeps the text of the last failure although a retry has succeeded.
    return replace(model, active=True, error=None if model.load == "retry" else False)
