"""Short ways to write faults and variants of the services endpoint down."""

from __future__ import annotations

from conformance.mutants.change import Changes, Mutant, Variant


def fault(id_: str, sentence: str, changes: Changes, *kills: str) -> Mutant:
    """A fault of the services endpoint; its id gets the prefix `services-`."""
    return Mutant(
        id=f"services-{id_}", sentence=sentence, changes=changes, kills=kills, api="services"
    )


def variant(
    id_: str,
    sentence: str,
    trait: str,
    changes: Changes,
    *near: str,
    quirks: tuple[str, ...] = (),
) -> Variant:
    """A legal variant; `trait` is a reading's question or a requirement that leaves it free.

    `quirks` are what a target file would have to say of it.
    """
    return Variant(
        id=f"services-{id_}",
        sentence=sentence,
        trait=trait,
        changes=changes,
        near=near,
        api="services",
        quirks=quirks,
    )
