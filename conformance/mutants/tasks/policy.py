"""The hook points of the naive tasks endpoint: a table of functions, one per decision.

The defaults are the functions of the same names in `straight`, `listing` and `telling`. A fault or
a variant is one of them exchanged. What each hook is asked is said where its default stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conformance.mutants.tasks import listing, straight, telling

# A replacement has the signature of the function that it replaces.
Hook = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How an endpoint decides."""

    serves: Hook = straight.serves
    streamed: Hook = straight.streamed
    admits: Hook = straight.admits
    authenticates: Hook = straight.authenticates
    authorizes: Hook = straight.authorizes
    check_parent: Hook = straight.check_parent
    check_name: Hook = straight.check_name
    check_id: Hook = straight.check_id
    make_id: Hook = straight.make_id
    tenant_exists: Hook = straight.tenant_exists
    alone: Hook = straight.alone
    find: Hook = straight.find
    check_free: Hook = straight.check_free
    check_struct: Hook = straight.check_struct
    stored: Hook = straight.stored
    type_for: Hook = straight.type_for
    initial: Hook = straight.initial
    texts: Hook = straight.texts
    claimed: Hook = straight.claimed
    completed: Hook = straight.completed
    check_input: Hook = straight.check_input
    check_type: Hook = straight.check_type
    mask: Hook = straight.mask
    merged: Hook = straight.merged
    touched: Hook = straight.touched
    task_after: Hook = straight.task_after
    details: Hook = straight.details
    answers: Hook = straight.answers

    read_filter: Hook = listing.read_filter
    read_order: Hook = listing.read_order
    arrange: Hook = listing.arrange
    size: Hook = listing.size
    children: Hook = listing.children
    cut: Hook = listing.cut
    next_token: Hook = listing.next_token
    open_token: Hook = listing.open_token
    digest: Hook = listing.digest
    total: Hook = listing.total
    page: Hook = listing.page
    listed: Hook = listing.listed

    commits: Hook = telling.commits
    tells: Hook = telling.tells
    begins: Hook = telling.begins
    pending: Hook = telling.pending
    sees: Hook = telling.sees


STRAIGHT = Policy()
"""A correct endpoint."""
