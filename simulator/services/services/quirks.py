"""Known departures of real service collections from seed 004, as data; all off by default.

Each quirk replaces one field of the policy. The profile `documented` has none, `sc-bos` those of
the published Go service. Crashes are never reproduced: `fragile` is in no profile, and ends a call
as if its connection had broken.
"""

from collections.abc import Iterable
from typing import Final

from simulator.services.quirks import Quirk, bend
from simulator.services.services.policy import Policy

_QUIRKS: Final = (
    Quirk(
        name="retry-residue",
        sentence="A load that succeeds after failures leaves the text of the last one in error.",
        field="retry_keeps_error",
        value=True,
    ),
    Quirk(
        name="retry-no-error-time",
        sentence="last_error_time does not move while a load is retried.",
        field="retry_moves_error_time",
        value=False,
    ),
    Quirk(
        name="attempts-sticky",
        sentence="Stop and Configure keep failed_attempts; the next attempt overwrites it.",
        field="resets_attempts",
        value=False,
    ),
    Quirk(
        name="stop-in-backoff-sticky",
        sentence="Stop while retrying leaves loading, next_attempt_time and error as they are.",
        field="stop_ends_backoff",
        value=False,
    ),
    Quirk(
        name="stream-reorder",
        sentence="Streams swap some of the states that follow each other at once.",
        field="streams_in_order",
        value=False,
    ),
    Quirk(
        name="metadata-drift",
        sentence="Streamed totals add up swapped states and go astray.",
        field="metadata_folds_log",
        value=False,
    ),
    Quirk(
        name="pull-ignores-mask",
        sentence="PullService and PullServices ignore their read mask.",
        field="pull_masks",
        value=False,
    ),
    Quirk(
        name="lenient-mask",
        sentence="Unknown paths of a read mask are ignored, and an empty mask selects nothing.",
        field="lenient_masks",
        value=True,
    ),
    Quirk(
        name="foreign-type-counts",
        sentence="type_counts counts services of types that do not exist.",
        field="counts_foreign_types",
        value=True,
    ),
    Quirk(
        name="first-update-without-old",
        sentence="An update lacks its old value on streams that were told nothing of it before.",
        field="first_update_has_old",
        value=False,
    ),
    Quirk(
        name="create-replaces",
        sentence="Creating under an id that exists abandons the old service, unstopped and untold.",
        field="create_replaces",
        value=True,
    ),
    Quirk(
        name="ghost-add",
        sentence="A creation that is refused for its type or config is told to streams as an ADD.",
        field="ghost_adds",
        value=True,
    ),
    Quirk(
        name="late-load-end",
        sentence="A stopped load runs on, and its end counts as that of the next load.",
        field="load_notices_stop",
        value=False,
    ),
    Quirk(
        name="bare-errors",
        sentence="Many mistakes of callers are answered with UNKNOWN.",
        field="bare_errors",
        value=True,
    ),
    Quirk(
        name="refused-create-keeps-record",
        sentence="A service of a type that does not exist is refused, and stays with an error.",
        field="keeps_refused",
        value=True,
    ),
    Quirk(
        name="absorb-parse-error",
        sentence="A first config that cannot be read is accepted, and leaves an error.",
        field="absorbs_parse_errors",
        value=True,
    ),
    Quirk(
        name="delete-without-type",
        sentence="The reply to Delete lacks the type.",
        field="delete_tells_type",
        value=False,
    ),
    Quirk(
        name="configure-keeps-error",
        sentence="An accepted config leaves error as it is until the next start.",
        field="configure_keeps_error",
        value=True,
    ),
    Quirk(
        name="open-tokens",
        sentence="Page tokens name the last id, unsealed, for any collection.",
        field="signed_tokens",
        value=False,
    ),
    Quirk(
        name="fragile",
        sentence="A negative page size, or a creation without a service, ends the connection.",
        field="fragile",
        value=True,
    ),
    Quirk(
        name="only-v1",
        sentence="The methods are served under the package name of 2026 alone.",
        field="generations",
        value="v1",
    ),
    Quirk(
        name="only-v0",
        sentence="The methods are served under the package name before 2026 alone.",
        field="generations",
        value="v0",
    ),
)
QUIRKS: Final = {quirk.name: quirk for quirk in _QUIRKS}
"""All quirks by name."""

_BY_REQUEST_ONLY: Final = ("fragile", "only-v1", "only-v0")

PROFILES: Final = {
    "documented": (),
    "sc-bos": tuple(name for name in QUIRKS if name not in _BY_REQUEST_ONLY),
}
"""The quirks of each profile, by its name."""


def policy_with(names: Iterable[str], policy: Policy | None = None) -> Policy:
    """Return a policy (the documented one) bent by the quirks, or profiles of them, named.

    Raises:
        UnknownQuirk: a name that no quirk or profile has.
    """
    return bend("services", policy or Policy(), names, QUIRKS, PROFILES)
