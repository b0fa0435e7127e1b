"""Reads the ledger files and answers questions about their records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any, Literal, get_args

import yaml

from fixtures.documents.names import neighbour

Level = Literal["must", "should", "may"]
LEVELS: tuple[Level, ...] = get_args(Level)

SERVICES = ("dispatch", "meta", "services", "tasks", "exchange")
"""APIs that have a ledger, in the order in which they are judged."""

HOOKS = ("mutate", "fault")
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "level": LEVELS,
    "hook": HOOKS,
    "profile": ("sdk", "reference"),
    "doc": LEVELS,
}
_NEEDED = {"id", "level", "text", "source"}
_KEYS = _NEEDED | {"generation", "untestable", "when"} | set(_CHOICES)


class LedgerError(ValueError):
    """A ledger record is malformed, or an id does not exist."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Requirement:
    """One demand on a service.

    Attributes:
        id: stable, for instance `DSP-PAG-003`.
        level: `must`, `should` or `may`.
        text: the demand in one sentence of our own.
        source: where it is stated, or "inferred".
        generation: None for every generation, "1.x" for releases from 1.0 on.
        when: what a target has to declare first: `tls`, or one of the API's `Api.needs`.
        hook: what the mutation hook has to offer: `mutate`, `fault` or None.
        profile: the only declared profile that demands it, unless `doc` is given; None for all.
        doc: the level under profile doc of a row that names another profile.
        untestable: why no check can judge it from outside, else None.
    """

    id: str
    service: str
    level: Level
    text: str
    source: str
    generation: str | None = None
    when: str | None = None
    hook: str | None = None
    profile: str | None = None
    doc: Level | None = None
    untestable: str | None = None

    @property
    def group(self) -> str:
        """The middle of the id: `PAG` of `DSP-PAG-003`."""
        return self.id.split("-")[1]

    def applies_to(self, generation: str) -> bool:
        """Whether a target of this generation can be asked at all."""
        return self.generation is None or not generation.startswith("0.")

    def asked_of(self, profile: str) -> bool:
        """Whether a target that declares this profile can be asked at all."""
        return self.profile in (None, profile) or self.doc is not None

    def under(self, profile: str) -> Requirement:
        """The row with the level that it has for a target that declares this profile."""
        if self.doc is None or self.profile in (None, profile):
            return self
        return replace(self, level=self.doc)

    @property
    def conditions(self) -> tuple[str, ...]:
        """Everything that a target has to offer first."""
        return tuple(condition for condition in (self.when, self.hook) if condition)


@dataclass(frozen=True, kw_only=True, slots=True)
class Trait:
    """An open question and the readings a target may take, the preferred one first."""

    id: str
    question: str
    readings: tuple[str, ...]

    @property
    def preferred(self) -> str:
        """The reading that the reference takes."""
        return self.readings[0]


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """All requirements and traits, in the order of the files."""

    requirements: Mapping[str, Requirement]
    traits: Mapping[str, Trait]

    def __iter__(self) -> Iterator[Requirement]:
        return iter(self.requirements.values())

    def __getitem__(self, id_: str) -> Requirement:
        """The requirement `id_`.

        Raises:
            LedgerError: there is none; the text names the nearest one.
        """
        try:
            return self.requirements[id_]
        except KeyError:
            raise LedgerError(_absent("requirement", id_, self.requirements)) from None

    def trait(self, id_: str) -> Trait:
        """The trait `id_`.

        Raises:
            LedgerError: there is none.
        """
        try:
            return self.traits[id_]
        except KeyError:
            raise LedgerError(_absent("trait", id_, self.traits)) from None

    def declared(self, profiles: Mapping[str, str]) -> Ledger:
        """The same ledger with the levels for a target that declares these profiles, by service."""
        rows = {
            id_: row.under(profiles[row.service]) if row.service in profiles else row
            for id_, row in self.requirements.items()
        }
        return replace(self, requirements=rows)

    def select(
        self,
        *,
        services: Iterable[str] | None = None,
        level: Level | None = None,
        only: Iterable[str] = (),
    ) -> tuple[Requirement, ...]:
        """Requirements of these services and ids, at this level or a stricter one.

        An entry of `only` is an id or the beginning of some (`DSP-PAG`).

        Raises:
            LedgerError: an entry of `only` or `services` fits nothing.
        """
        wanted = set(SERVICES if services is None else services)
        for name in wanted - set(SERVICES):
            raise LedgerError(_absent("service", name, SERVICES))
        prefixes = tuple(only)
        for prefix in prefixes:
            if not any(_fits(id_, prefix) for id_ in self.requirements):
                raise LedgerError(_absent("requirement", prefix, self.requirements))
        levels = LEVELS if level is None else LEVELS[: LEVELS.index(level) + 1]
        return tuple(
            r
            for r in self
            if r.service in wanted
            and r.level in levels
            and (not prefixes or any(_fits(r.id, prefix) for prefix in prefixes))
        )


@cache
def load() -> Ledger:
    """The shipped ledger.

    Raises:
        LedgerError: a record is malformed or an id appears twice.
    """
    requirements: dict[str, Requirement] = {}
    for service in SERVICES:
        for record in _read(f"{service}.yaml"):
            requirement = _requirement(service, record)
            if requirement.id in requirements:
                raise LedgerError(f"{requirement.id} appears twice")
            requirements[requirement.id] = requirement
    traits = {
        record["id"]: Trait(
            id=record["id"], question=record["question"], readings=tuple(record["readings"])
        )
        for record in _read("traits.yaml")
    }
    return Ledger(requirements=requirements, traits=traits)


def _read(name: str) -> list[dict[str, Any]]:
    text = (resources.files("conformance.requirements") / name).read_text(encoding="utf-8")
    records: list[dict[str, Any]] = yaml.safe_load(text)
    return records


def _requirement(service: str, record: Mapping[str, Any]) -> Requirement:
    id_ = record.get("id", record)
    if unknown := set(record) - _KEYS:
        raise LedgerError(f"{id_}: unknown key {', '.join(sorted(unknown))}")
    if missing := _NEEDED - set(record):
        raise LedgerError(f"{id_}: lacks {', '.join(sorted(missing))}")
    for key, choices in _CHOICES.items():
        if record.get(key, choices[0]) not in choices:
            raise LedgerError(f"{id_}: {key} {record[key]!r}, expected {', '.join(choices)}")
    return Requirement(service=service, **record)


def _fits(id_: str, prefix: str) -> bool:
    return id_ == prefix or id_.startswith(prefix.rstrip("-*") + "-")


def _absent(kind: str, name: str, known: Iterable[str]) -> str:
    return f"no {kind} {name!r}{neighbour(name, known, cutoff=0.4)}"
