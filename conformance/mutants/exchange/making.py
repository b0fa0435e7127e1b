"""Short ways to write faults and variants of the exchange endpoint down."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from conformance.mutants.change import Changes, Mutant, Variant
from conformance.mutants.exchange import documents
from conformance.mutants.exchange.book import Refuse

Json = dict[str, Any]


def fault(id_: str, sentence: str, changes: Changes, *kills: str) -> Mutant:
    """A fault of the exchange endpoint; `kills` are ids without their `DX-`."""
    return Mutant(
        id=f"exchange-{id_}",
        sentence=sentence,
        changes=changes,
        kills=tuple(f"DX-{kill}" for kill in kills),
        api="exchange",
    )


def variant(
    id_: str,
    sentence: str,
    trait: str,
    changes: Changes,
    *near: str,
    settings: Mapping[str, Any] | None = None,
) -> Variant:
    """A legal variant of the exchange endpoint.

    Args:
        id_: without the name of the API.
        sentence: what it does differently.
        trait: the rule that leaves it free.
        changes: replacements by hook.
        near: ids, without their `DX-`, of what a careless check would find broken.
        settings: of the profile that the judge is given.
    """
    return Variant(
        id=f"exchange-{id_}",
        sentence=sentence,
        trait=trait,
        changes=changes,
        near=tuple(f"DX-{one}" for one in near),
        api="exchange",
        settings=settings or {},
    )


def always(value: Any) -> Callable[..., Any]:
    """A hook that decides the same whatever it is asked."""
    return lambda *_, **__: value


def nothing(*_: Any, **__: Any) -> None:
    """A hook that neither refuses nor does anything."""


def looks(kind: str, **fields: Any) -> Changes:
    """Things of a type whose fields are others: values, or functions of the whole answer."""

    def shown(call: Any, of: str, answer: Json) -> Json:
        if of != kind:
            return answer
        changed = {k: v(answer) if callable(v) else v for k, v in fields.items()}
        return {**answer, **changed}

    return {"shown": shown}


def answering(operation: str, change: Callable[[Any], Any]) -> Changes:
    """An operation whose answer is changed."""

    def answered(name: str, answer: Any) -> Any:
        return change(answer) if name == operation else answer

    return {"answered": answered}


def reworded(change: Callable[[str], str]) -> Changes:
    """Answers whose JSON text is changed."""

    def sent(status: int, answer: Json) -> tuple[int, str, str]:
        status, text, content_type = documents.sent(status, answer)
        return status, change(text), content_type

    return {"sent": sent}


def rebuilt(change: Callable[[str, Any], Any]) -> Changes:
    """Answers in which each value below `data` is what `change` makes of its key and it."""

    def walk(key: str, value: Any) -> Any:
        if isinstance(value, dict):
            value = {inner: walk(inner, one) for inner, one in value.items()}
        elif isinstance(value, list):
            value = [walk(key, one) if isinstance(one, dict) else one for one in value]
        return change(key, value)

    def rebuild(text: str) -> str:
        answer = json.loads(text)
        if isinstance(answer.get("data"), dict):
            answer["data"] = {key: walk(key, value) for key, value in answer["data"].items()}
        return json.dumps(answer)

    return reworded(rebuild)


def each_error(change: Callable[[Json], Json]) -> Changes:
    """Errors that are changed one by one."""
    return {"errors": lambda errors: [change(error) for error in errors]}


def without(*names: str) -> Callable[[Json], Json]:
    """An object without some of its keys."""
    return lambda one: {key: value for key, value in one.items() if key not in names}


def silent(hook: Callable[..., Any], instead: Any = None) -> Callable[..., Any]:
    """A hook that never refuses."""

    def changed(*arguments: Any) -> Any:
        try:
            return hook(*arguments)
        except Refuse:
            return instead

    return changed
