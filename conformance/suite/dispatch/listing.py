"""The list of dispatches as the law of paging sees it: keys are dispatch ids."""

from __future__ import annotations

from collections.abc import Hashable

from conformance.oracles.model import Page
from conformance.targets.dispatch import DispatchTarget


class DispatchListing:
    """All dispatches of a microgrid that is the check's own, in the default order.

    Raises:
        Untestable: where no such microgrid can be had.
    """

    def __init__(self, dispatch: DispatchTarget) -> None:
        self.dispatch = dispatch
        self.dispatch.new_microgrid()
        self.dispatch.require_private()

    def page(self, size: int | None, token: str | None) -> Page:
        """One page; the size is sent with the first request only."""
        shown = self.dispatch.list(size=size if token is None else None, token=token)
        return Page(
            keys=tuple(item.id for item in shown.items),
            next_token=shown.next_token,
            total=shown.total,
            asked=size,
        )

    def make(self) -> int:
        """A dispatch with default values; its id."""
        return self.dispatch.create().id

    def drop(self, key: Hashable) -> None:
        """Delete a dispatch."""
        assert isinstance(key, int)
        self.dispatch.delete(key)
