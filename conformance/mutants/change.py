"""Faults and variants as data: what they are called, what they bend, and what that proves.

They are the same for every API; only the policies differ that they bend.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from conformance.mutants.policy import STRAIGHT, Policy

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Api = Literal["dispatch", "meta", "services", "tasks", "exchange"]

Credentials = Literal["none", "key", "sign", "bearer"]
"""What an endpoint asks of its callers: nothing, a key, a key and a signature, or a token."""

Profile = Literal["doc", "sdk"]
"""By what a meta endpoint is judged: the documents, or what the published client needs, too."""

P = TypeVar("P", bound="DataclassInstance")

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
        api: which endpoint it bends.
        profile: by which it is judged (meta).
    """

    id: str
    sentence: str
    changes: Changes
    kills: tuple[str, ...]
    credentials: Credentials = "none"
    api: Api = "dispatch"
    profile: Profile = "sdk"


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
        generation: of the contract whose documents the endpoint follows (dispatch).
        api: which endpoint it bends.
        profile: by which it is judged (meta).
        quirks: departures from the documents that the judge is told of (services).
        settings: of the profile that the judge is given, where they differ (exchange).
    """

    id: str
    sentence: str
    trait: str
    changes: Changes
    near: tuple[str, ...] = ()
    credentials: Credentials = "none"
    generation: str = "1.1"
    api: Api = "dispatch"
    profile: Profile = "doc"
    quirks: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


def policy_of(change: Mutant | Variant | None) -> Policy:
    """The policy of a correct dispatch endpoint with the change made; None changes nothing.

    Raises:
        ValueError: a hook that does not exist.
    """
    return bent(STRAIGHT, change)


def bent(policy: P, change: Mutant | Variant | None) -> P:
    """A policy with the change made; None changes nothing.

    Raises:
        ValueError: a hook that does not exist.
    """
    if change is None:
        return policy
    known = {field.name for field in fields(policy)}
    if unknown := set(change.changes) - known:
        raise ValueError(f"{change.id}: no hook {', '.join(sorted(unknown))}")
    return replace(policy, **change.changes)
