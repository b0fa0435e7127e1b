"""What a scenario consists of: itself, or several that are played together at a part of their load.

A part keeps the defaults of its own scenario; the share of a mixture scales what it opens and
writes. Pure, so that the command line knows before there is any load what is going to happen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from fixtures.documents.names import neighbour
from loadtests.catalogue import Entry, find
from loadtests.errors import UsageError
from loadtests.options import AMOUNTS, ENGINE_FROM, Options
from loadtests.target import Target

RATES = ("rate", "flaps")
COUNTS = ("subscribers", "walkers", "claimants")
"""Options that the share of a mixture scales; a count stays at least 1."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A scenario with its options; `name` tells it from the others and is empty for one alone."""

    name: str
    entry: Entry
    options: Options


def parts_of(options: Options, entry: Entry, wanted: Target | None = None) -> tuple[Part, ...]:
    """The parts of a scenario, of the APIs that were asked for.

    Args:
        options: of the scenario.
        entry: the scenario.
        wanted: what it is played on; only APIs that its profile claims, if it claims any.

    Raises:
        UsageError: an API that is asked for is not among those of the scenario.
    """
    if not entry.parts:
        return (Part(name="", entry=entry, options=options),)
    found = [find(id_) for id_ in entry.parts]
    apis = chosen_apis(options, entry, wanted)
    scaled = [(part, _scaled(options, part)) for part in found if part.api in apis]
    # Who reads the streams is decided by all of them together: one process has to bear it.
    plane = options.plane
    if plane == "auto" and sum(of_part.subscribers for _, of_part in scaled) >= ENGINE_FROM:
        plane = "engine"
    return tuple(
        Part(name=part.id, entry=part, options=replace(of_part, plane=plane))
        for part, of_part in scaled
    )


def chosen_apis(options: Options, entry: Entry, wanted: Target | None = None) -> Sequence[str]:
    """The APIs that a scenario is played on.

    Raises:
        UsageError: as of `parts_of`.
    """
    if not entry.parts:
        return (entry.api,)
    known = tuple(dict.fromkeys(find(id_).api for id_ in entry.parts))
    if options.services is None:
        return tuple(api for api in known if not (wanted and wanted.apis) or api in wanted.apis)
    names = [name.strip() for name in options.services.split(",")]
    for name in names:
        if name not in known:
            raise UsageError(f"--services: no API {name!r}{neighbour(name, known)}")
    return tuple(api for api in known if api in names)


def _scaled(options: Options, part: Entry) -> Options:
    amounts = {name: part.defaults.get(name, getattr(options, name)) for name in AMOUNTS}
    for name in RATES:
        amounts[name] *= options.share
    for name in COUNTS:
        amounts[name] = math.ceil(amounts[name] * options.share)
    # The address of gRPC is not that of the exchange, which the profile names.
    endpoint = None if part.api == "exchange" else options.endpoint
    return replace(options, **amounts, endpoint=endpoint, fail=(), services=None)
