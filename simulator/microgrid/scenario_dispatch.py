"""Dispatches as files hold them: the JSON form of the API, read leniently, kept strictly.

Keys follow `DispatchData` of frequenz.api.dispatch.v1 in snake case or in the lower camel case of
protobuf's JSON; a whole `Dispatch` with `metadata` and `data`, as a list call prints it, is taken
too. Enumerations by number, by full name or by the short name in lower case.
"""

from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field, JsonValue, model_validator
from pydantic.alias_generators import to_camel

from .dispatch import Categories, CategoryTypes, Dispatch, Ids, Target
from .recurrence import Frequency, Rule
from .scenario_base import ComponentId, Flag, Instant, Section, Whole, parse_enum
from .scenario_category import SUB_TYPES, Category

MAX_DURATION_S = 2**32 - 1
_CATEGORY_PREFIXES = ("ELECTRICAL_COMPONENT_CATEGORY_", "COMPONENT_CATEGORY_")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _either(name: str, *others: str) -> AliasChoices:
    """Accept a key in snake case and in lower camel case, and other names it goes by."""
    names = [name, *others]
    return AliasChoices(*dict.fromkeys([*names, *(to_camel(each) for each in names)]))


def _category(value: Any) -> Category:
    return parse_enum(Category, value, *_CATEGORY_PREFIXES)


def _frequency(value: Any) -> Frequency:
    return parse_enum(Frequency, value, "FREQUENCY_")


def _weekday(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 7:
        return value
    if isinstance(value, str):
        name = value.strip().lower().removeprefix("weekday_")
        for number, weekday in enumerate(_WEEKDAYS, start=1):
            if name in (weekday, weekday[:2], weekday[:3]):
                return number
    raise ValueError("a weekday: 1 (Monday) to 7, or " + ", ".join(_WEEKDAYS))


def _inner(key: str) -> BeforeValidator:
    """Take the list itself, or the protobuf message around it."""

    def unwrap(value: Any) -> Any:
        if isinstance(value, dict) and set(value) <= {key}:
            return value.get(key, [])
        return value

    return BeforeValidator(unwrap)


class CategoryAndType(Section):
    """A category, or only those of its components that have one sub-type."""

    category: Annotated[Category, BeforeValidator(_category)]
    type: int | None = None
    """Number of the sub-type within its category; absent = every sub-type."""

    @model_validator(mode="before")
    @classmethod
    def _typed(cls, data: Any) -> Any:
        """Turn `battery: li_ion` (the API's oneof) or `type: li_ion` into a number."""
        if not isinstance(data, dict) or "category" not in data:
            return data
        filled = dict(data)
        for kind in SUB_TYPES:
            for key in (kind.name.lower(), to_camel(kind.name.lower())):
                if key in filled and filled.pop(key) is not None:
                    if _category(filled["category"]) is not kind:
                        raise ValueError(f"{key} only beside category: {kind.name.lower()}")
                    filled["type"] = data[key]
        if filled.get("type") is not None:
            names_of = SUB_TYPES.get(_category(filled["category"]))
            if names_of is None:
                raise ValueError("no type: this category has none")
            prefixes = tuple(f"{kind.name}_TYPE_" for kind in SUB_TYPES)
            filled["type"] = int(parse_enum(names_of, filled["type"], *prefixes))
        return filled


class TargetEntry(Section):
    """What a dispatch acts on: exactly one of the three."""

    component_ids: Annotated[tuple[ComponentId, ...], _inner("ids")] | None = Field(
        default=None, validation_alias=_either("component_ids")
    )
    component_categories: (
        Annotated[tuple[Annotated[Category, BeforeValidator(_category)], ...], _inner("categories")]
        | None
    ) = Field(default=None, validation_alias=_either("component_categories"))
    component_categories_types: (
        Annotated[tuple[CategoryAndType, ...], _inner("categories")] | None
    ) = Field(default=None, validation_alias=_either("component_categories_types"))

    @model_validator(mode="after")
    def _exactly_one(self) -> "TargetEntry":
        if len(self.model_fields_set) != 1:
            raise ValueError(
                "exactly one of component_ids, component_categories, component_categories_types"
            )
        return self

    def to_target(self) -> Target:
        """Return the target as the world knows it."""
        if self.component_ids is not None:
            return Ids(ids=self.component_ids)
        if self.component_categories is not None:
            return Categories(categories=self.component_categories)
        pairs = self.component_categories_types or ()
        return CategoryTypes(pairs=tuple((pair.category, pair.type) for pair in pairs))


class EndCriteria(Section):
    """When a recurrence ends: after a number of occurrences, or before a moment."""

    count: Annotated[Whole, Field(ge=1, le=4096)] | None = None
    until_us: Instant | None = Field(default=None, validation_alias=_either("until_time", "until"))

    @model_validator(mode="after")
    def _at_most_one(self) -> "EndCriteria":
        if self.count is not None and self.until_us is not None:
            raise ValueError("count or until_time, not both")
        return self


class RecurrenceEntry(Section):
    """A recurrence rule: `RecurrenceRule` of the API, RFC 5545 in UTC."""

    freq: Annotated[Frequency, BeforeValidator(_frequency)]
    interval: Annotated[Whole, Field(ge=1, le=10_000)] = 1
    end_criteria: EndCriteria | None = Field(default=None, validation_alias=_either("end_criteria"))
    byminutes: tuple[Annotated[Whole, Field(ge=0, le=59)], ...] = ()
    byhours: tuple[Annotated[Whole, Field(ge=0, le=23)], ...] = ()
    byweekdays: tuple[Annotated[int, BeforeValidator(_weekday)], ...] = ()
    bymonthdays: tuple[Annotated[Whole, Field(ge=-31, le=31)], ...] = ()
    bymonths: tuple[Annotated[Whole, Field(ge=1, le=12)], ...] = ()

    @model_validator(mode="after")
    def _legal(self) -> "RecurrenceEntry":
        if 0 in self.bymonthdays:
            raise ValueError("bymonthdays of 1 to 31 or -31 to -1, not 0")
        if self.bymonthdays and self.freq == Frequency.WEEKLY:
            raise ValueError("no bymonthdays beside freq: weekly")
        return self

    def to_rule(self) -> Rule:
        """Return the rule as the recurrence engine knows it."""
        end = self.end_criteria or EndCriteria()
        return Rule(
            freq=self.freq,
            interval=self.interval,
            count=end.count,
            until_us=end.until_us,
            byminutes=self.byminutes,
            byhours=self.byhours,
            byweekdays=self.byweekdays,
            bymonthdays=self.bymonthdays,
            bymonths=self.bymonths,
        )


class DispatchEntry(Section):
    """One dispatch of a scenario or of a dispatch file."""

    id: ComponentId | None = None
    """Unique above 0; default the position in the list, counted from 1."""
    type: Annotated[str, Field(strict=True, min_length=1)]
    start_us: Instant = Field(validation_alias=_either("start_time"))
    duration_s: Annotated[Whole, Field(ge=0, le=MAX_DURATION_S)] | None = Field(
        default=None, validation_alias=_either("duration_s", "duration")
    )
    """Seconds an occurrence lasts; absent = without end, 0 = an instant."""
    target: TargetEntry = Field(validation_alias=AliasChoices("target", "selector"))
    is_active: Flag = Field(default=True, validation_alias=_either("is_active"))
    is_dry_run: Flag = Field(default=False, validation_alias=_either("is_dry_run"))
    payload: dict[str, JsonValue] = Field(default_factory=dict)
    recurrence: RecurrenceEntry | None = None

    @model_validator(mode="before")
    @classmethod
    def _unwrapped(cls, data: Any) -> Any:
        """Take a whole `Dispatch` message apart; an empty rule means that nothing recurs."""
        if not isinstance(data, dict):
            return data
        inner = dict(data)
        if isinstance(data.get("data"), dict):
            inner = dict(data["data"])
            # Protobuf's JSON leaves out booleans that are false.
            inner.setdefault("isActive" if "startTime" in inner else "is_active", False)
            metadata = data.get("metadata")
            if isinstance(metadata, dict):
                number = metadata.get("dispatchId", metadata.get("dispatch_id"))
                if number is not None:
                    inner["id"] = number
        if inner.get("recurrence") in ({}, {"freq": "FREQUENCY_UNSPECIFIED"}):
            inner.pop("recurrence")
        return inner

    def to_dispatch(self, default_id: int) -> Dispatch:
        """Return the dispatch as the world knows it; `default_id` if the file gives no id."""
        return Dispatch(
            id=default_id if self.id is None else self.id,
            type=self.type,
            start_us=self.start_us,
            duration_s=self.duration_s,
            target=self.target.to_target(),
            active=self.is_active,
            dry_run=self.is_dry_run,
            payload=self.payload,
            rule=None if self.recurrence is None else self.recurrence.to_rule(),
        )
