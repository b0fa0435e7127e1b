"""Which reading of an open question the service takes: values and functions, preferred by default.

The documents leave thirty questions open; each that a real system answers differently is a field
here. The service asks its policy and knows no quirk; `quirks` names the departures.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from simulator.services.dispatch.payload import check_payload
from simulator.services.errors import Code
from simulator.services.instants import nearest_second

Numbering = Literal["v1alpha8", "v1"]
"""Which release's numbers component categories have: of generation 1.1, or of 0.15."""


def all_paths(paths: Sequence[str]) -> list[str]:
    """Keep every path of an update mask, so that unknown ones are refused."""
    return list(paths)


def whole_rule_interval(interval: int) -> int:
    """Answer an interval that was left out as 1, the default of RFC 5545 §3.3.10."""
    return interval or 1


def keep_variant(target: Any) -> None:
    """Leave a target as it was written, so that a reader of the writer's generation sees it."""


def text_contains(query: str, text: str) -> bool:
    """Whether a query finds a dispatch type: case-sensitive substring."""
    return query in text


def deleted_now(update_us: int, now_us: int) -> int:
    """The update time that a deletion shows: strictly newer than the last one."""
    return max(now_us, update_us + 1)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The readings of one service."""

    past_us: int | None = 1_000_000
    """How far behind the server's clock a new start may lie; None: any distance."""
    round_start: Callable[[int], int] = nearest_second
    """What a new start time becomes."""
    until_inclusive: bool = False
    """Whether an occurrence exactly at `until` belongs to the rule."""
    answered_interval: Callable[[int], int] = whole_rule_interval
    """What an interval of a rule is answered as; it acts as 1 if it is 0."""
    computes_end: bool = True
    """Whether end times are answered at all."""
    answer_target: Callable[[Any], None] = keep_variant
    """What is done to a target before it is kept."""
    check_payload: Callable[[Any, str], None] = check_payload
    """Refuses payloads."""
    keep_paths: Callable[[Sequence[str]], list[str]] = all_paths
    """Which paths of an update mask count."""
    empty_mask_allowed: bool = False
    """Whether an update without any path succeeds, with a new update time."""
    deletion_us: Callable[[int, int], int] = deleted_now
    """Update time of a deleted dispatch, from its last one and now."""
    not_found: Code = Code.NOT_FOUND
    """The code for a dispatch that does not exist, or not in this microgrid."""
    descending: bool = True
    """The direction of a list whose order is left open."""
    end_included: bool = False
    """Whether an interval filter includes its end."""
    endless_has_upper_bound: bool = True
    """Whether an upper bound on end times drops dispatches that have none."""
    combine_targets: Callable[[Iterable[bool]], bool] = any
    """How several targets of a filter combine."""
    query_matches: Callable[[str, str], bool] = text_contains
    """Whether a text query of a filter finds a type."""
    counts_matches: bool = True
    """Whether total_items counts the dispatches found, rather than all of the microgrid."""
    repeats_ids: bool = True
    """Whether replies to get and delete repeat the ids of the request."""
    replays: bool = False
    """Whether a new stream begins with what exists, as CREATED."""
    numbering: Numbering = "v1alpha8"
    """How the simulated site reads category numbers; what is stored keeps the raw ones."""
    reflects: Literal["1.1", "0.15"] = "1.1"
    """The generation that reflection shows; both are served in any case."""
