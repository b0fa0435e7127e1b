"""What a type of service is to the life cycle: how its config is read, and what runs.

The life cycle knows nothing of batteries or meters. It reads a config through a `Kind`, waits as
its knobs say, and tells a `Driver` what to do; seed 004 leaves open what that is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from fixtures.targets.parts import Duration
from simulator.services.instants import SECOND_US

LONGEST_S: Final = 10 * 365 * 86_400.0
"""Bound of every delay: far beyond any simulation, so that instants stay within the calendar."""


class ConfigError(ValueError):
    """A config that cannot be read. The text says to people what is wrong and where."""


class LoadFailed(Exception):
    """A config that could be read, and could not be applied; `fatal` ones are not retried."""

    def __init__(self, text: str, *, fatal: bool = False) -> None:
        super().__init__(text)
        self.fatal = fatal


@dataclass(frozen=True, kw_only=True)
class Retry:
    """How a failed load is tried again. Defaults of the published Go service."""

    initial_s: float = 0.5
    factor: float = 1.5
    minimum_s: float = 0.5
    maximum_s: float = 30.0
    max_attempts: int = 0
    """How often a load is attempted at most, the first time included; 0: for ever."""

    def delay_us(self, failures: int) -> int:
        """Return how long to wait after so many failures, at least 1, in microseconds."""
        delay_s, rounds = self.initial_s, failures - 1
        # By steps: a power would overflow where retries never end.
        while rounds > 0 and delay_s < self.maximum_s and self.factor > 1.0:
            delay_s *= self.factor
            rounds -= 1
        return round(max(min(delay_s, self.maximum_s), self.minimum_s) * SECOND_US)


@dataclass(frozen=True, kw_only=True)
class Knobs:
    """How a load goes wrong, or slowly, on request: the `fault` block of any config."""

    load_delay_s: float = 0.0
    """How long each attempt takes, in the world's time."""
    fail_attempts: int = 0
    """How many attempts of each load fail before one succeeds."""
    fail_always: bool = False
    fatal: bool = False
    """Whether a failure on request ends the load, retries or not."""
    retry: Retry | None = None
    """None: a failed load is not tried again."""

    def fails(self, attempt: int) -> bool:
        """Whether the attempt of that number, from 1 on, fails on request."""
        return self.fail_always or attempt <= self.fail_attempts


@dataclass(frozen=True, kw_only=True)
class Config:
    """A config that was read."""

    raw: str
    """Byte for byte what the caller sent."""
    knobs: Knobs
    value: Any
    """What the driver makes of it."""


class Driver(Protocol):
    """One service's hold on the world."""

    def apply(self, value: Any) -> None:
        """Start with a config, or change over to it while running.

        Raises:
            LoadFailed: it cannot be; what ran before may run on until `stop`.
        """
        ...

    def stop(self) -> None:
        """End what runs, also if nothing does: the service was stopped or its load given up."""
        ...

    def remove(self) -> None:
        """Let go of everything: the service was deleted, after it was stopped."""
        ...


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A type of service."""

    name: str
    """What `Service.type` says, such as `battery-driver`."""
    parse: Callable[[str], Config]
    """Reads a config text; raises ConfigError."""
    driver: Callable[[str], Driver]
    """Makes the driver of a service, given its id."""
    default: Any = None
    """What the driver applies where a service is started without any config."""


@dataclass(frozen=True, kw_only=True)
class CollectionSpec:
    """A collection of services, and what may be in it."""

    name: str
    """What callers put into `name`, such as `drivers`."""
    kinds: Mapping[str, Kind]
    """By their names."""
    aliases: tuple[str, ...] = ()
    """Other names of the same collection, such as `gridproof/drivers`."""
    ids: Literal["required", "kind", "generated"] = "required"
    """Where the id of a service comes from whose creator gives none."""


def parse_object(raw: str) -> dict[str, Any]:
    """Return the JSON object that a config text holds.

    Raises:
        ConfigError: it holds something else, or none.
    """
    try:
        data = json.loads(raw, parse_constant=_refuse)
    except RecursionError:
        raise ConfigError("the config is nested too deeply") from None
    except ValueError as error:
        raise ConfigError(f"the config is no JSON: {error}") from None
    if not isinstance(data, dict):
        raise ConfigError(f"the config is a JSON {_JSON[type(data)]}, not an object")
    return data


def parse_knobs(data: Mapping[str, Any]) -> Knobs:
    """Return the knobs that a config object has in its member `fault`; defaults where it has none.

    Members: `parse` (true: the config counts as unreadable), `loadDelay`, `failAttempts`,
    `failAlways`, `fatal`, `retry` with `initial`, `factor`, `min`, `max` and `maxAttempts`; an
    empty `retry` means the defaults of `Retry`. Lengths of time are texts such as "250ms" or
    numbers of seconds.

    Raises:
        ConfigError: a member that does not exist or cannot be meant, or `parse`.
    """
    try:
        block = _Fault.model_validate(data.get("fault", {}))
    except ValidationError as error:
        raise ConfigError(f"fault{_first(error)}") from None
    if block.parse:
        raise ConfigError("fault.parse: the config counts as unreadable")
    return Knobs(
        load_delay_s=block.load_delay,
        fail_attempts=block.fail_attempts,
        fail_always=block.fail_always,
        fatal=block.fatal,
        retry=None if block.retry is None else block.retry.value(),
    )


def _finite(seconds: float) -> float:
    if not seconds <= LONGEST_S:  # also for NaN
        raise ValueError(f"at most {LONGEST_S:g} seconds")
    return seconds


_Delay = Annotated[Duration, AfterValidator(_finite)]
_Count = Annotated[int, Field(ge=0, le=2**31 - 1)]


class _Block(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)


class _Retry(_Block):
    initial: _Delay = Retry.initial_s
    factor: Annotated[float, Field(ge=1, le=1000, allow_inf_nan=False)] = Retry.factor
    min: _Delay | None = None
    max: _Delay = Retry.maximum_s
    max_attempts: _Count = 0

    def value(self) -> Retry:
        # Who asks for short delays means them, so the minimum gives way where it was left out.
        minimum_s = min(Retry.minimum_s, self.initial) if self.min is None else self.min
        return Retry(
            initial_s=self.initial,
            factor=self.factor,
            minimum_s=min(minimum_s, self.max),
            maximum_s=self.max,
            max_attempts=self.max_attempts,
        )


class _Fault(_Block):
    parse: bool = False
    load_delay: _Delay = 0.0
    fail_attempts: _Count = 0
    fail_always: bool = False
    fatal: bool = False
    retry: _Retry | None = None


_JSON: Final = {
    dict: "object",
    list: "array",
    str: "text",
    int: "number",
    float: "number",
    bool: "boolean",
    type(None): "null",
}


def _refuse(constant: str) -> float:
    raise ValueError(f"JSON has no {constant}")


def _first(error: ValidationError) -> str:
    """Return where the first mistake is, and what it is."""
    mistake = error.errors(include_url=False, include_context=False)[0]
    place = "".join(f".{part}" for part in mistake["loc"])
    return f"{place}: {mistake['msg'].removeprefix('Value error, ')}"
