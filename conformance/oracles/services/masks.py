"""What a read mask leaves of a service or of the counts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields

from conformance.oracles.services.model import FIELDS, Metadata, Service

COUNTS = tuple(each.name for each in fields(Metadata))
"""Top-level paths of the counts."""


def masked(service: Service, paths: Collection[str]) -> Service:
    """The service reduced to these paths; what the contract does not know leaves nothing."""
    return Service(**{name: getattr(service, name) for name in FIELDS if name in paths})


def masked_counts(metadata: Metadata, paths: Collection[str]) -> Metadata:
    """The counts reduced to these paths; `type_counts.x` leaves the count of the type `x`."""
    kept = {name: getattr(metadata, name) for name in COUNTS if name in paths}
    if "type_counts" not in kept:
        types = {path.removeprefix("type_counts.") for path in paths if path.startswith("type_")}
        kept["type_counts"] = {k: n for k, n in metadata.type_counts.items() if k in types}
    return Metadata(**kept)
