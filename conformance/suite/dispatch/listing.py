"""Lists of dispatches that the check knows: making them, and showing them to the law of paging."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from conformance.judging import by_depth, expect
from conformance.oracles import model
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import Dispatch, Page


def made(dispatch: DispatchTarget, count: int) -> list[Dispatch]:
    """So many dispatches in a microgrid that holds nothing else, oldest first.

    Raises:
        Untestable: where no such microgrid can be had.
    """
    dispatch.new_microgrid()
    dispatch.require_private()
    return [dispatch.create() for _ in range(count)]


def some(dispatch: DispatchTarget, count: int) -> list[Dispatch]:
    """So many dispatches for this check, oldest first; others may be beside them."""
    dispatch.new_microgrid()
    return [dispatch.create() for _ in range(count)]


def emptied(dispatch: DispatchTarget) -> list[Dispatch]:
    """No dispatches, in a microgrid that had one: some targets know no others."""
    for item in made(dispatch, 1):
        dispatch.delete(item.id)
    return []


def several(dispatch: DispatchTarget) -> list[Dispatch]:
    """Dispatches that other checks may read, too: as few as paging can be seen by."""
    return dispatch.prepared(made, by_depth(full=7, staging=4))


def page_size() -> int:
    """A size with which `several` need more than two pages."""
    return by_depth(full=3, staging=1)


def keys(*pages: Page) -> list[int]:
    """Ids of the dispatches on pages, in order."""
    return [item.id for page in pages for item in page.items]


def continued(page: Page, what: str = "first page of several") -> str:
    """The token of a page that has to have one."""
    expect(page.next_token, what, got="no token", wanted="a token, since there is more")
    return page.next_token or ""


def rest_of_walk(dispatch: DispatchTarget, token: str, *, most: int) -> list[int]:
    """Ids on the pages that follow a token; fails if there are more than `most`."""
    rest: list[int] = []
    while token:
        page = dispatch.list(token=token)
        rest += keys(page)
        token = page.next_token or ""
        expect(len(rest) <= most, "rest of the walk", got=rest, wanted="an end")
    return rest


class DispatchListing:
    """All dispatches of a check's own microgrid, in the default order."""

    def __init__(self, dispatch: DispatchTarget) -> None:
        self.dispatch = dispatch

    @classmethod
    def empty(cls, dispatch: DispatchTarget) -> DispatchListing:
        """A list without entries."""
        made(dispatch, 0)
        return cls(dispatch)

    def page(self, size: int | None, token: str | None) -> model.Page:
        """One page; the size is sent with the first request only."""
        shown = self.dispatch.list(size=size if token is None else None, token=token)
        return model.Page(
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


def populated(dispatch: DispatchTarget, count: int) -> tuple[DispatchListing, Sequence[Hashable]]:
    """A list of so many entries that only is read, and their ids."""
    items = dispatch.prepared(made, count) if count else dispatch.prepared(emptied)
    return DispatchListing(dispatch), [item.id for item in items]
