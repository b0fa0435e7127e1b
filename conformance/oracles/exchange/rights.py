"""Who may do what with a store or database (seed 002, collaboratives; where it is silent, ours).

One owner; members of collaboratives in which the service is shared may read; writing to what
others own is a setting; sharing is for owners who are members with READ_WRITE.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Action = Literal["read", "write", "own", "share", "unshare", "list services", "list shared with"]
ACTIONS: tuple[Action, ...] = get_args(Action)

ACTIVE_STATES = frozenset({"APPROVED", "HOST_ORGANIZATION"})
"""States of an organization whose members have rights."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How somebody stands to a service and to one collaborative.

    Attributes:
        owns: whether the service is theirs.
        permission: in the collaborative; None for whoever is no member.
        state: of their organization there; None if it has no part in it.
        shared: whether the service is shared there.
    """

    owns: bool = False
    permission: str | None = None
    state: str | None = None
    shared: bool = False

    @property
    def is_member(self) -> bool:
        """Whether they take part: a permission, in an organization that was let in."""
        return self.permission is not None and self.state in ACTIVE_STATES


def allowed(standing: Standing, action: Action, *, shared_write: bool | None) -> bool | None:
    """Whether an action has to succeed; None where both are legal.

    Args:
        standing: of the caller.
        action: `read` and `write` what the service holds, `own`: change or remove itself, `share`
            and `unshare` it in the collaborative, `list services` of the collaborative, or
            `list shared with`: the collaboratives of the service.
        shared_write: whether READ_WRITE members may write to services of others; None: unknown.
    """
    member = standing.is_member
    if action == "list services":
        return member
    if action in ("own", "list shared with"):
        return standing.owns
    if action == "share":
        return standing.owns and member and standing.permission == "READ_WRITE"
    if action == "unshare":
        return standing.owns
    if standing.owns:
        return True
    reads = member and standing.shared
    if action == "read":
        return reads
    if not reads or standing.permission != "READ_WRITE":
        return False
    return shared_write
