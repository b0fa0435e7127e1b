"""Known or likely departures of real tasks systems, as data; all off by default.

Seed 001 leaves these points open, and another server may well answer them so; switching one on
makes the reference server do it, so that clients and the suite can be tried against it.
"""

from collections.abc import Iterable
from typing import Final

from simulator.services.errors import Code
from simulator.services.quirks import Quirk, bend
from simulator.services.tasks.policy import Policy

_QUIRKS: Final = (
    Quirk(
        name="create-unknown-tenants",
        sentence="Any well-formed tenant exists as soon as it is named.",
        field="create_unknown_tenants",
        value=True,
    ),
    Quirk(
        name="production-stage",
        sentence="The stage that links are made with is empty.",
        field="stage",
        value="",
    ),
    Quirk(
        name="wide-ids",
        sentence="Clients may choose ids that begin or end with a digit or a hyphen.",
        field="client_id",
        value="[a-z0-9-]{1,63}",
    ),
    Quirk(
        name="small-default-page",
        sentence="A page has 10 items where no size is asked for.",
        field="default_page_size",
        value=10,
    ),
    Quirk(
        name="small-pages",
        sentence="No page has more than 25 items.",
        field="max_page_size",
        value=25,
    ),
    Quirk(
        name="total-size-estimated",
        sentence="total_size ignores the filter.",
        field="total_size_exact",
        value=False,
    ),
    Quirk(
        name="sql-precedence",
        sentence="In filters AND binds tighter than OR.",
        field="sql_precedence",
        value=True,
    ),
    Quirk(
        name="update-mask-optional",
        sentence="An update without mask replaces all fields that it carries.",
        field="update_mask_optional",
        value=True,
    ),
    Quirk(
        name="complete-from-new",
        sentence="A task that nobody claimed can be completed.",
        field="complete_from_new",
        value=True,
    ),
    Quirk(
        name="template-error-literal-empty",
        sentence="A template that fails on a task's data gives an empty text.",
        field="template_error",
        value="literal_empty",
    ),
    Quirk(
        name="unknown-type-invalid",
        sentence="A task of a type that does not exist is INVALID_ARGUMENT.",
        field="unknown_type",
        value=Code.INVALID_ARGUMENT,
    ),
    Quirk(
        name="unknown-type-precondition",
        sentence="A task of a type that does not exist is FAILED_PRECONDITION.",
        field="unknown_type",
        value=Code.FAILED_PRECONDITION,
    ),
    Quirk(
        name="no-time-aliases",
        sentence="Filters and orders know create_time only by that name.",
        field="time_aliases",
        value=False,
    ),
    Quirk(
        name="only-short-names",
        sentence="The services are known as Tasks and Types only.",
        field="service_aliases",
        value=False,
    ),
    Quirk(
        name="plain-errors",
        sentence="Refusals carry no details.",
        field="error_details",
        value=False,
    ),
)
QUIRKS: Final = {quirk.name: quirk for quirk in _QUIRKS}
"""All quirks by name."""


def policy_with(names: Iterable[str], policy: Policy | None = None) -> Policy:
    """Return a policy (the preferred one) bent by the quirks that are named.

    Raises:
        UnknownQuirk: a name that no quirk has.
    """
    return bend("tasks", policy or Policy(), names, QUIRKS)
