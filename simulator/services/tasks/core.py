"""What the methods of the tasks API work on, between two resets of the server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from simulator.services.tasks.policy import Policy
    from simulator.services.tasks.tenants import Tenants
    from simulator.services.tasks.texts import Texts
    from simulator.store import TokenSigner


@dataclass(kw_only=True)
class Core:
    """All that a method needs."""

    tenants: Tenants
    policy: Policy
    engine: Texts
    """Renders templates and checks inputs."""
    signer: TokenSigner
    """Signs page tokens."""
    ids: Iterator[str]
    """Ids of resources whose writers choose none."""


def seeded_ids(seed: int) -> Iterator[str]:
    """Yield ids of the form of a random UUID, the same for the same seed."""
    random = Random(seed)
    while True:
        yield str(UUID(int=random.getrandbits(128), version=4))
