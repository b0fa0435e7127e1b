"""Known or likely departures of real exchanges, as data; all off by default.

Seed 002 leaves these points open, and another server may well answer them so; switching one on
makes the reference server do it, so that clients and the suite can be tried against it.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from simulator.services.exchange.policy import Policy
from simulator.services.quirks import Quirk, bend

_OWN: Final = (
    Quirk(
        name="shared-write",
        sentence="READ_WRITE members of a collaborative write to services of others, too.",
        field="shared_write",
        value=True,
    ),
    Quirk(
        name="refuse-same-file",
        sentence="A directory takes no second file of the same name and extension.",
        field="same_file_twice",
        value=False,
    ),
    Quirk(
        name="short-urls",
        sentence="Presigned URLs are good for three seconds.",
        field="url_lifetime_s",
        value=3,
    ),
    Quirk(
        name="late-confirmation",
        sentence="An upload is confirmed a second after its end.",
        field="upload_confirmation_delay_s",
        value=1.0,
    ),
)
_SERIES: Final = (
    Quirk(
        name="paged-last-values",
        sentence="Last values come in pages of two assets.",
        field="last_values_page_assets",
        value=2,
    ),
    Quirk(
        name="atomic-publish",
        sentence="One bad record keeps all records of a call from being stored.",
        field="atomic_publish",
        value=True,
    ),
    Quirk(
        name="end-exclusive",
        sentence="The end of a query's interval does not belong to it.",
        field="end_inclusive",
        value=False,
    ),
    Quirk(
        name="slow-export",
        sentence="An export is complete a second after it was asked for.",
        field="export_delay_s",
        value=1.0,
    ),
)
_SQL: Final = (
    Quirk(
        name="empty-sql-pages",
        sentence="Two pages without rows, but with a token, come before the first rows.",
        field="empty_pages",
        value=2,
    ),
    Quirk(
        name="short-sql-limit",
        sentence="An SQL query may take five seconds, not sixty.",
        field="time_limit_s",
        value=5.0,
    ),
)
_PARTS: Final = {
    **{quirk.name: "series" for quirk in _SERIES},
    **{quirk.name: "sql" for quirk in _SQL},
}
"""Which part of the policy a quirk bends; one that is not here bends the policy itself."""
QUIRKS: Final = {quirk.name: quirk for quirk in (*_OWN, *_SERIES, *_SQL)}
"""All quirks by name."""


def policy_with(names: Iterable[str], policy: Policy | None = None) -> Policy:
    """Return a policy (the preferred one) bent by the quirks that are named.

    Raises:
        UnknownQuirk: a name that no quirk has.
    """
    policy = policy or Policy()
    for name in names:
        part = _PARTS.get(name)
        if part is None:
            policy = bend("exchange", policy, [name], QUIRKS)
        else:
            bent = bend("exchange", getattr(policy, part), [name], QUIRKS)
            policy = replace(policy, **{part: bent})
    return policy
