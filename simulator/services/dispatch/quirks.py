"""Known departures of real dispatch systems from the documents, as data; all off by default.

Each quirk replaces one field of the policy. Switching one on makes the reference server answer as
such a system does, so that clients and the suite can be tried against it.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from simulator.services.dispatch.payload import check_json
from simulator.services.dispatch.policy import Policy
from simulator.services.dispatch.updates import known_path
from simulator.services.errors import Code
from simulator.services.instants import SECOND_US
from simulator.services.quirks import Quirk, bend


def _exact(t_us: int) -> int:
    return t_us


def _truncated(t_us: int) -> int:
    return t_us // SECOND_US * SECOND_US


def _echoed(interval: int) -> int:
    return interval


def _known_only(paths: Sequence[str]) -> list[str]:
    return [path for path in paths if known_path(path)]


def _unchanged(update_us: int, now_us: int) -> int:
    return update_us


def _equals(query: str, text: str) -> bool:
    return query == text


def _as_pairs(target: Any) -> None:
    """Rewrite categories as pairs of category and type, which readers of 0.15 cannot see."""
    if target.WhichOneof("components") != "component_categories":
        return
    numbers = sorted(set(target.component_categories.categories))
    target.component_categories_types.SetInParent()
    for number in numbers:
        target.component_categories_types.categories.add(category=number)


_QUIRKS: Final = (
    Quirk(
        name="past-start-accepted",
        sentence="Start times in the past are accepted.",
        field="past_us",
        value=None,
    ),
    Quirk(
        name="start-kept-exact",
        sentence="Start times keep their fractions of a second.",
        field="round_start",
        value=_exact,
    ),
    Quirk(
        name="start-truncated",
        sentence="Start times lose their fractions of a second.",
        field="round_start",
        value=_truncated,
    ),
    Quirk(
        name="until-inclusive",
        sentence="An occurrence exactly at until_time still happens, as in RFC 5545.",
        field="until_inclusive",
        value=True,
    ),
    Quirk(
        name="interval-zero-echoed",
        sentence="An interval that was left out is answered as 0, though it acts as 1.",
        field="answered_interval",
        value=_echoed,
    ),
    Quirk(
        name="no-end-time",
        sentence="end_time is never answered.",
        field="computes_end",
        value=False,
    ),
    Quirk(
        name="target-variant-normalised",
        sentence="Category sets are answered as category and type sets.",
        field="answer_target",
        value=_as_pairs,
    ),
    Quirk(
        name="payload-unlimited",
        sentence="Payloads of any depth and size are accepted.",
        field="check_payload",
        value=check_json,
    ),
    Quirk(
        name="unknown-paths-ignored",
        sentence="Unknown and immutable paths of an update mask are ignored.",
        field="keep_paths",
        value=_known_only,
    ),
    Quirk(
        name="empty-mask-accepted",
        sentence="An update without any path succeeds and renews the update time.",
        field="empty_mask_allowed",
        value=True,
    ),
    Quirk(
        name="deletion-keeps-time",
        sentence="A deletion event shows the last update time instead of a newer one.",
        field="deletion_us",
        value=_unchanged,
    ),
    Quirk(
        name="not-found-as-unknown",
        sentence="A dispatch that does not exist is answered with UNKNOWN.",
        field="not_found",
        value=Code.UNKNOWN,
    ),
    Quirk(
        name="ascending-by-default",
        sentence="Lists whose order is left open begin with the oldest.",
        field="descending",
        value=False,
    ),
    Quirk(
        name="interval-end-included",
        sentence="Interval filters include their end, as in the release candidates of 1.0.",
        field="end_included",
        value=True,
    ),
    Quirk(
        name="endless-always-found",
        sentence="Dispatches without end_time pass any filter of end times.",
        field="endless_has_upper_bound",
        value=False,
    ),
    Quirk(
        name="targets-all",
        sentence="Several targets of a filter must all match.",
        field="combine_targets",
        value=all,
    ),
    Quirk(
        name="queries-exact",
        sentence="A text query of a filter must equal the type.",
        field="query_matches",
        value=_equals,
    ),
    Quirk(
        name="total-counts-all",
        sentence="total_items counts the whole microgrid, whatever the filter.",
        field="counts_matches",
        value=False,
    ),
    Quirk(
        name="ids-not-repeated",
        sentence="Replies to get lack the microgrid id, replies to delete both ids.",
        field="repeats_ids",
        value=False,
    ),
    Quirk(
        name="stream-replay-on-subscribe",
        sentence="A new stream begins with every existing dispatch as CREATED.",
        field="replays",
        value=True,
    ),
    Quirk(
        name="category-numbers-v1",
        sentence="Category numbers mean what they did before release 1.0.0.",
        field="numbering",
        value="v1",
    ),
    Quirk(
        name="reflects-0.15",
        sentence="Reflection shows generation 0.15 instead of 1.1.",
        field="reflects",
        value="0.15",
    ),
)
QUIRKS: Final = {quirk.name: quirk for quirk in _QUIRKS}
"""All quirks by name."""


def policy_with(names: Iterable[str], policy: Policy | None = None) -> Policy:
    """Return a policy (the preferred one) bent by the quirks named.

    Raises:
        UnknownQuirk: a name that no quirk has.
    """
    return bend("dispatch", policy or Policy(), names, QUIRKS)
