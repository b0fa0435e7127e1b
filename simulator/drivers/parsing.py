"""Configurations of virtual services: JSON objects with camelCase keys, read into models.

`name`, `type` and `disabled` are tolerated as real entries repeat them; `fault` holds test knobs
that every type has. Unknown keys are refused only in strict mode; durations are texts like `250ms`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from fixtures.documents.names import neighbour_or_all
from fixtures.targets.parts import Duration
from simulator.services.services.kinds import Config, ConfigError, parse_knobs, parse_object

__all__ = [
    "COMMON",
    "ComponentId",
    "Fraction",
    "Interval",
    "NotNegative",
    "Positive",
    "Settings",
    "reader",
]

COMMON: Final = ("name", "type", "disabled", "fault")
"""Keys that every configuration may have."""
_LEAST_S: Final = 0.001
_MOST_S: Final = 366 * 86_400.0


def _bounded(seconds: float) -> float:
    if not _LEAST_S <= seconds <= _MOST_S:
        raise ValueError("1 ms to a year")
    return seconds


Interval = Annotated[Duration, AfterValidator(_bounded)]
"""Seconds between two times, 1 ms to a year."""

ComponentId = Annotated[int, Field(strict=True, gt=0, lt=2**64)]
Positive = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Settings(BaseModel):
    """Base of every configuration: immutable, camelCase outside, snake_case inside."""

    model_config = ConfigDict(
        extra="ignore", frozen=True, alias_generator=to_camel, populate_by_name=True
    )


M = TypeVar("M", bound=Settings)


def reader(
    model: type[M], *, strict: bool = False, idle_without: str | None = None
) -> Callable[[str], Config]:
    """Return what parses configurations of one type; it raises `ConfigError`.

    A configuration that lacks the key `idle_without` is checked, and its value is None: its
    service has nothing to drive.
    """
    known = [*COMMON, *(field.alias or name for name, field in model.model_fields.items())]

    def read(text: str) -> Config:
        data = parse_object(text)
        knobs = parse_knobs(data)
        for key in data if strict else ():
            if key not in known:
                raise ConfigError(f"{key[:60]}: no such key{neighbour_or_all(key, known)}")
        own = {key: value for key, value in data.items() if key not in COMMON}
        is_idle = idle_without is not None and idle_without not in own
        try:
            value = model.model_validate({**own, idle_without: 1} if is_idle else own)
        except ValidationError as error:
            raise ConfigError(_told(error)) from None
        return Config(raw=text, knobs=knobs, value=None if is_idle else value)

    return read


def _told(error: ValidationError) -> str:
    """Return the first mistake, where and what; our own words before those of the library."""
    found = error.errors(include_url=False, include_context=False)
    first = next((each for each in found if each["type"] == "value_error"), found[0])
    place = ".".join(str(step) for step in first["loc"])
    text = first["msg"].removeprefix("Value error, ")
    if first["type"] == "value_error":
        text = f"expected {text}"
    return f"{place}: {text}" if place else text
