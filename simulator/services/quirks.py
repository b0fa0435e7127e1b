"""Known departures of real systems from their documents: what a quirk is, for every API.

Each replaces one field of an API's policy, a frozen dataclass; the quirks themselves are data and
stand beside their dialect.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from fixtures.documents.names import nearest

P = TypeVar("P")


class UnknownQuirk(ValueError):
    """A quirk that does not exist; the text names the nearest one that does."""


@dataclass(frozen=True, kw_only=True)
class Quirk:
    """One departure: a name, what it does, and the policy field it bends."""

    name: str
    sentence: str
    field: str
    value: Any


def bend(
    api: str,
    policy: P,
    names: Iterable[str],
    quirks: Mapping[str, Quirk],
    profiles: Mapping[str, Sequence[str]] | None = None,
) -> P:
    """Return a policy bent by the quirks that are named, or by all of a profile.

    Raises:
        UnknownQuirk: a name that no quirk or profile of the API has.
    """
    profiles = profiles or {}
    for name in names:
        if name not in quirks and name not in profiles:
            known = [*profiles, *quirks]
            near = nearest(name, known)
            hint = f"did you mean {near!r}?" if near else f"there are {', '.join(known)}"
            raise UnknownQuirk(f"{api} has no quirk {name!r}; {hint}")
        changes = {quirks[each].field: quirks[each].value for each in profiles.get(name, (name,))}
        policy = replace(policy, **changes)  # type: ignore[type-var]  # policies are dataclasses
    return policy
