"""Known departures of real meta systems from the documents, as data; all off by default.

Each quirk replaces one field of the policy. A profile names several: `doc` is what seed 003 says,
`sdk` what the published Go code does. Switching one on makes the reference server answer as such
a system does, so that clients and the suite can be tried against it.
"""

from collections.abc import Iterable
from typing import Final

from simulator.services.errors import Code
from simulator.services.meta.policy import Policy
from simulator.services.quirks import Quirk, bend

_QUIRKS: Final = (
    Quirk(
        name="like-unimplemented",
        sentence="LIKE in a filter is UNIMPLEMENTED.",
        field="like",
        value=False,
    ),
    Quirk(
        name="wide-region-ids",
        sentence="Region ids may have capitals, dots, underscores and up to 128 characters.",
        field="wide_ids",
        value=True,
    ),
    Quirk(
        name="malformed-names-internal",
        sentence="Malformed names in requests to get resources are INTERNAL.",
        field="bad_name",
        value=Code.INTERNAL,
    ),
    Quirk(
        name="mask-without-name",
        sentence="The name is only answered if the mask holds it.",
        field="masks_name",
        value=False,
    ),
    Quirk(
        name="name-view-bare",
        sentence="The view NAME shows nothing but the name of a Service.",
        field="name_view_extended",
        value=False,
    ),
    Quirk(
        name="batch-duplicates-kept",
        sentence="A name that is asked for twice in a batch is answered twice.",
        field="collapses_duplicates",
        value=False,
    ),
    Quirk(
        name="empty-parent-lists-all",
        sentence="A list without parent shows the children of all parents.",
        field="empty_parent_lists_all",
        value=True,
    ),
    Quirk(
        name="unknown-parent-not-found",
        sentence="Listing the children of a parent that does not exist is NOT_FOUND.",
        field="unknown_parent_fails",
        value=True,
    ),
    Quirk(
        name="order-doc-only",
        sentence="Equal items are ordered by name ascending, whatever the last direction.",
        field="tie_follows_last",
        value=False,
    ),
    Quirk(
        name="trailing-empty-page",
        sentence="A full page always promises another one, which may be empty.",
        field="looks_ahead",
        value=False,
    ),
    Quirk(
        name="tokens-unsealed",
        sentence="Page tokens carry no seal, so that altered ones may lead somewhere else.",
        field="tokens",
        value="bare",
    ),
    Quirk(
        name="tokens-bound",
        sentence="Page tokens are refused with another parent or filter than their own.",
        field="tokens",
        value="bound",
    ),
    Quirk(
        name="tokens-by-offset",
        sentence="Page tokens count items, and slip when items come and go.",
        field="tokens",
        value="offset",
    ),
    Quirk(
        name="paging-info-zero",
        sentence="Offset and total are 0 even if they are asked for.",
        field="counts",
        value=False,
    ),
    Quirk(
        name="chunk-clamped",
        sentence="A max_chunk_size out of bounds is moved to the nearest bound.",
        field="clamps_chunks",
        value=True,
    ),
    Quirk(
        name="size-zero-by-default",
        sentence="snapshot_size is 0 in messages that are no size check.",
        field="unset_snapshot_size",
        value=0,
    ),
)
QUIRKS: Final = {quirk.name: quirk for quirk in _QUIRKS}
"""All quirks by name."""

PROFILES: Final = {
    "doc": (),
    "sdk": (
        "like-unimplemented",
        "wide-region-ids",
        "mask-without-name",
        "trailing-empty-page",
        "tokens-unsealed",
    ),
}
"""The quirks of each profile, by its name."""


def policy_with(names: Iterable[str], policy: Policy | None = None) -> Policy:
    """Return a policy (the preferred one) bent by the quirks, or profiles of them, that are named.

    Raises:
        UnknownQuirk: a name that no quirk or profile has.
    """
    return bend("meta", policy or Policy(), names, QUIRKS, PROFILES)
