"""Mistakes in a scenario or dispatch file, told so that a person can mend them.

ScenarioError      every mistake of one file at once
Turns the validation errors of the models into problems with file, line, field, what was found and
what was expected; an unknown key names its nearest neighbour.
"""

import types
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from .scenario_base import neighbour
from .scenario_yaml import Document, Path


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Problem:
    """One mistake."""

    file: str
    line: int
    """From 1; 0 = the file as such."""
    field: str
    """Path such as `components[3].capacity_wh`; empty for the whole file."""
    text: str
    """What was found and what was expected."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.line else f"{self.file}: "
        return place + (f"{self.field}: {self.text}" if self.field else self.text)


class ScenarioError(ValueError):
    """A file with mistakes; its text has a line for each of them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems in the order of the file."""
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def show_path(path: Path) -> str:
    """Return `a.b[2].c` for a path."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def show_value(value: Any) -> str:
    """Return a short form of a value as it stands in a file."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a mapping" + (f" of {', '.join(map(str, value))}" if value else "")[:60]
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "…"


def problems_of(
    error: ValidationError, model: type[BaseModel], file: str, document: Document, *, at: Path = ()
) -> list[Problem]:
    """Return the mistakes that a model found in the value at `at` of a document."""
    found = []
    for detail in error.errors(include_url=False):
        path, section = _locate(detail["loc"], model)
        kind = detail["type"]
        if kind == "union_tag_invalid":
            path = (*path, str(detail["ctx"]["discriminator"]).strip("'"))
        where = document.resolve((*at, *path))
        found.append(
            Problem(
                file=file,
                line=document.line(where),
                field=show_path(where),
                text=_text(detail, path, section),
            )
        )
    return found


def _text(detail: ErrorDetails, path: Path, section: type[BaseModel] | None) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        known = _keys(section) if section else []
        word = str(path[-1])
        hint = neighbour(word, known)
        return "unknown key" + (hint or f"; expected one of {', '.join(known)}")
    if kind == "missing":
        return "missing; expected a value"
    value = show_value(detail["input"])
    if kind == "union_tag_not_found":
        return f"expected the key {str(context['discriminator']).strip(chr(39))}"
    if kind == "union_tag_invalid":
        tags = [tag.strip(" '") for tag in str(context["expected_tags"]).split(",")]
        tag = str(context["tag"])
        return f"found {tag!r}, expected one of {', '.join(tags)}{neighbour(tag, tags)}"
    if kind == "value_error":
        return f"found {value}, expected {context['error']}"
    return f"found {value}, expected {_expected(kind, context, detail['msg'])}"


def _expected(kind: str, context: dict[str, Any], message: str) -> str:
    bounds = {
        "greater_than": "a number above {gt}",
        "greater_than_equal": "a number of at least {ge}",
        "less_than": "a number below {lt}",
        "less_than_equal": "a number of at most {le}",
        "literal_error": "{expected}",
        "string_pattern_mismatch": "text that matches {pattern}",
        "string_too_short": "text that is not empty",
        "string_too_long": "at most {max_length} characters",
        "too_short": "at least {min_length} item(s)",
        "too_long": "at most {max_length} item(s)",
    }
    if kind in bounds:
        shown = {
            key: f"{each:g}" if isinstance(each, float) else each for key, each in context.items()
        }
        return bounds[kind].format(**shown)
    plain = {
        "int": "a whole number",
        "float": "a number",
        "bool": "true or false",
        "string": "text",
        "dict": "a mapping",
        "model": "a mapping",
        "tuple": "a list",
        "list": "a list",
        "finite": "a finite number",
        "json": "a JSON value",
    }
    head = kind.split("_")[0]
    return plain.get(head, message[:1].lower() + message[1:])


def _keys(section: type[BaseModel]) -> list[str]:
    """Return the keys that the file may use, in the order of the model."""
    return [_alias(name, info) for name, info in section.model_fields.items()]


def _alias(name: str, info: FieldInfo) -> str:
    alias = info.validation_alias
    if isinstance(alias, str):
        return alias
    if alias is not None:
        choices = getattr(alias, "choices", ())
        return str(choices[0]) if choices else name
    return info.alias or name


def _field(section: type[BaseModel], key: str | int) -> Any:
    """Return the annotation of the field that `key` names in a file, or None."""
    for name, info in section.model_fields.items():
        names = {name, _alias(name, info)}
        names |= {str(each) for each in getattr(info.validation_alias, "choices", ())}
        if key in names:
            discriminator = info.discriminator
            return Annotated[info.annotation, info] if discriminator else info.annotation
    return None


def _members(annotation: Any) -> list[Any]:
    """Return what an annotation may stand for, `Annotated` and unions taken apart."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _members(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [member for each in get_args(annotation) for member in _members(each)]
    return [annotation]


def _tags(member: Any) -> set[str]:
    """Return the values of the literal that tells members of a union apart."""
    if not (isinstance(member, type) and issubclass(member, BaseModel)):
        return set()
    tags: set[str] = set()
    for name in ("category", "kind"):
        info = member.model_fields.get(name)
        if info is not None:
            tags |= {str(tag) for tag in get_args(info.annotation)}
    return tags


def _locate(loc: tuple[int | str, ...], model: type[BaseModel]) -> tuple[Path, type | None]:
    """Return the path in the file and the model that holds the last key.

    The location of a validation error also names members of unions, which no file holds.
    """
    path: list[str | int] = []
    here: list[Any] = [model]
    section: type[BaseModel] | None = None
    for step in loc:
        models = [each for each in here if isinstance(each, type) and issubclass(each, BaseModel)]
        if len(here) > 1:
            tagged = [each for each in here if step in _tags(each) or _is_named(each, step)]
            if tagged:
                here = tagged
                continue
        holder = next((each for each in models if _field(each, step) is not None), None)
        if holder is not None:
            section = holder
            here = _members(_field(holder, step))
        elif isinstance(step, int):
            here = [
                member
                for each in here
                for argument in get_args(each)
                if argument is not Ellipsis
                for member in _members(argument)
            ]
        elif models:
            section = models[0]
            here = []
        elif not any(get_origin(each) is dict for each in here) and not path:
            continue
        path.append(step)
    return tuple(path), section


def _is_named(member: Any, step: int | str) -> bool:
    """Whether a validation error names this member of a union by its type."""
    if not isinstance(step, str):
        return False
    name = getattr(member, "__name__", str(member))
    return step == name or step.startswith((f"{name}[", f"function-before[{name}"))
