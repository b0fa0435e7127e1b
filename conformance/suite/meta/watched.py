"""The meta API as a subject of the law of pull streams (`laws.watch`): resources of one kind."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

from conformance.context import current
from conformance.oracles.meta.model import KINDS, Data
from conformance.strategies.meta_histories import plan_for
from conformance.suite.laws.watch import View
from conformance.suite.meta.watching import patience
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import SET_LABEL
from conformance.targets.meta_stream import WatchStream

LISTED = 100
"""Page size with which the truth is listed."""


class Watched:
    """Resources below a label or a parent of their own; at first there are none.

    Args:
        meta: the target; changes come through its hook.
        kind: plural, of a kind that has two texts of its own.
    """

    def __init__(self, meta: MetaTarget, kind: str = "regions") -> None:
        self.meta = meta
        self.kind = kind
        self.plan = plan_for(KINDS[kind])
        self.capabilities = meta.capabilities
        self.patience_s = patience(meta)
        self.tag = meta.session.names.fresh("regions").partition("/")[2]
        self.parent: str | None = None
        if KINDS[kind].parent:
            holder = meta.fresh(KINDS[kind].parent)
            meta.hook.upsert(holder)
            self.parent = holder["name"]
        self._names: dict[int, str] = {}

    def open(
        self, view: View, *, resume: str = "", tag: str = "", reading: bool = True
    ) -> AbstractContextManager[WatchStream]:
        """A new stream of a view."""
        return self.meta.watch(
            self.kind,
            parent=self.parent,
            type="stateful" if view.stateful else "stateless",
            size=view.page or None,
            order=self.order(view),
            filter=self.filter(view),
            mask=self.mask(view),
            chunk=view.chunk or None,
            resume=resume,
            tag=tag,
            reading=reading,
        )

    def listed(self, view: View) -> list[Data]:
        """What List shows of a view, page by page."""
        found: list[Data] = []
        token = ""
        while True:
            page = self.meta.list(
                self.kind,
                parent=self.parent,
                size=LISTED,
                token=token,
                order=self.order(view),
                filter=self.filter(view),
                mask=self.mask(view),
            )
            found += page.items
            token = page.next
            if not token or (view.page and len(found) >= view.page):
                return found[: view.page or None]

    def filter(self, view: View) -> str:
        """The filter that keeps everything of anybody else out."""
        own = f'metadata.labels.{SET_LABEL} = "{self.tag}"'
        return f"{own} AND {self.plan.filter}" if view.inside else own

    def order(self, view: View) -> str:
        """The order of a window."""
        return f"{self.plan.key}, name" if view.stateful else ""

    def mask(self, view: View) -> Sequence[str] | None:
        """The mask of a narrow view."""
        return ["name", self.plan.visible, self.plan.key] if view.narrow else None

    def fresh(self, slot: int) -> Data:
        """A resource with the name of the slot."""
        data = self.meta.fresh(
            self.kind,
            parent=self.parent,
            name=self._names.get(slot),
            metadata={"labels": {SET_LABEL: self.tag}},
        )
        self._names[slot] = data["name"]
        return {**data, self.plan.visible: "", self.plan.key: ""}

    def write(self, changes: Sequence[Data | str]) -> None:
        """Make changes, several as one revision."""
        if len(changes) > 1:
            self.meta.hook.apply(changes)
        elif isinstance(change := changes[0], str):
            self.meta.hook.delete(change)
        else:
            self.meta.hook.upsert(change)

    def arrived(self) -> None:
        """Return when List shows every change."""
        self.meta.hook.barrier()

    def fault(self, kind: str, *, tag: str, after_chunks: int = 0, code: int | None = None) -> None:
        """Order a fault of the hook."""
        self.meta.hook.fault(kind, tag=tag, after_chunks=after_chunks, code=code)

    def demands(self, requirement: str) -> bool:
        """Whether it is a MUST of the declared profile."""
        row, profile = current().ledger[requirement], self.meta.profile.profile
        return row.asked_of(profile) and row.under(profile).level == "must"
