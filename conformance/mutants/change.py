"""Faults and variants as data: what they are called, what they bend, and what that proves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from conformance.mutants.policy import STRAIGHT, Policy

Credentials = Literal["none", "key", "sign"]
"""What an endpoint asks of its callers: nothing, a key, or a key and a signature."""

# A replacement has the signature of the hook it replaces; hooks differ, so the type is open.
Changes = Mapping[str, Callable[..., Any]]


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A faulty endpoint.

    Attributes:
        id: of the fault, in kebab case.
        sentence: what it does wrong.
        changes: replacements by hook of `Policy`; mostly one.
        kills: ids of requirements each of which has to fail.
        credentials: what the endpoint asks for, and the judge is told.
    """

    id: str
    sentence: str
    changes: Changes
    kills: tuple[str, ...]
    credentials: Credentials = "none"


@dataclass(frozen=True, kw_only=True)
class Variant:
    """An unusual endpoint that is right all the same.

    Attributes:
        id: of the variant, in kebab case.
        sentence: what it does differently.
        trait: the ambiguity whose other reading it takes ("A5"), or the rule that leaves it free.
        changes: replacements by hook of `Policy`.
        near: ids of requirements that a careless check would find broken.
        credentials: what the endpoint asks for, and the judge is told.
        generation: of the contract whose documents the endpoint follows.
    """

    id: str
    sentence: str
    trait: str
    changes: Changes
    near: tuple[str, ...] = ()
    credentials: Credentials = "none"
    generation: str = "1.1"


def policy_of(change: Mutant | Variant | None) -> Policy:
    """The policy of a correct endpoint with the change made; None changes nothing.

    Raises:
        ValueError: a hook that does not exist.
    """
    if change is None:
        return STRAIGHT
    known = {field.name for field in fields(Policy)}
    if unknown := set(change.changes) - known:
        raise ValueError(f"{change.id}: no hook {', '.join(sorted(unknown))}")
    return replace(STRAIGHT, **change.changes)
