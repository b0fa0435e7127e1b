"""Create, get, delete, update and list dispatches with plain values."""

from __future__ import annotations

import builtins
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from conformance.failures import Untestable
from conformance.oracles.model import DispatchData, Filter, RuleUpdate, Target, Update
from conformance.targets.credentials import Headers
from conformance.targets.dispatch_codec import sub
from conformance.targets.dispatch_ground import DispatchGround
from conformance.targets.dispatch_model import Dispatch, Page
from conformance.targets.dispatch_updates import masked
from conformance.targets.pages import walked


class DispatchCalls(DispatchGround):
    """The unary methods of the API.

    Every call may be given `metadata`, which replaces the credentials, and `deadline_s`. A
    status other than OK is raised as `Refused`.
    """

    def create(
        self,
        data: DispatchData | None = None,
        *,
        microgrid: int | None = None,
        start_immediately: bool | None = None,
        empty_rule: bool = False,
        empty_end: bool = False,
        tag: bool = True,
        metadata: Headers | None = None,
        deadline_s: float | None = None,
        **fields: Any,
    ) -> Dispatch:
        """Create a dispatch: `data`, or the valid default with `fields` replaced.

        Raises:
            Refused: the target does not want it.
            NotApplicable: the safety rule forbids it.
        """
        data = replace(data, **fields) if data is not None else self.data(**fields)
        if tag:
            data = replace(data, payload=self.tagged(data.payload))
        request = self.message("CreateMicrogridDispatchRequest")()
        request.microgrid_id = self.microgrid if microgrid is None else microgrid
        sub(request, 2).CopyFrom(self.encode(data, empty_rule=empty_rule, empty_end=empty_end))
        if start_immediately is not None:
            request.start_immediately = start_immediately
        reply: Any = self.call(
            "CreateMicrogridDispatch", request, metadata=metadata, deadline_s=deadline_s
        )
        return self._shown("CreateMicrogridDispatch", reply)

    def get(
        self,
        id: int,
        *,
        microgrid: int | None = None,
        metadata: Headers | None = None,
        deadline_s: float | None = None,
    ) -> Dispatch:
        """Get one dispatch."""
        request = self._named("GetMicrogridDispatchRequest", id, microgrid)
        reply = self.call("GetMicrogridDispatch", request, metadata=metadata, deadline_s=deadline_s)
        return self._shown("GetMicrogridDispatch", reply)

    def delete(
        self,
        id: int,
        *,
        microgrid: int | None = None,
        metadata: Headers | None = None,
        deadline_s: float | None = None,
    ) -> tuple[int, int]:
        """Delete one dispatch; the microgrid id and the dispatch id of the answer."""
        request = self._named("DeleteMicrogridDispatchRequest", id, microgrid)
        reply: Any = self.call(
            "DeleteMicrogridDispatch", request, metadata=metadata, deadline_s=deadline_s
        )
        return reply.microgrid_id, reply.dispatch_id

    def update(
        self,
        id: int,
        paths: Collection[str] | None = None,
        *,
        microgrid: int | None = None,
        start_us: int | None = None,
        duration_s: int | None = None,
        target: Target | None = None,
        active: bool | None = None,
        payload: Mapping[str, Any] | None = None,
        rule: RuleUpdate | None = None,
        **options: Any,
    ) -> Dispatch:
        """Update one dispatch; see `update_with`."""
        update = Update(
            start_us=start_us,
            duration_s=duration_s,
            target=target,
            active=active,
            payload=payload,
            rule=rule,
        )
        return self.update_with(id, update, paths, microgrid=microgrid, **options)

    def update_with(
        self,
        id: int,
        update: Update,
        paths: Collection[str] | None = None,
        *,
        microgrid: int | None = None,
        raw_paths: bool = False,
        tag: bool = True,
        metadata: Headers | None = None,
        deadline_s: float | None = None,
    ) -> Dispatch:
        """Update one dispatch.

        Args:
            id: of the dispatch.
            update: the values sent.
            paths: the mask; None names the fields that `update` has. `target` becomes the name
                of the target's generation unless `raw_paths`.
            microgrid: another than this check's own.
            raw_paths: send `paths` as they stand.
            tag: keep the run's tag in a payload.
            metadata: replaces the credentials.
            deadline_s: replaces the usual one.

        Raises:
            Refused: the target does not want it.
            NotApplicable: the safety rule forbids it.
        """
        if update.payload is not None and tag:
            update = replace(update, payload=self.tagged(update.payload))
        request = self._named("UpdateMicrogridDispatchRequest", id, microgrid)
        own_name = "selector" if self.generation == "0.15" else "target"
        names = masked(update) if paths is None else paths
        request.update_mask.paths.extend(
            p if raw_paths else own_name if p == "target" else p for p in names
        )
        request.update.CopyFrom(self.codec.update(update))
        reply = self.call(
            "UpdateMicrogridDispatch", request, metadata=metadata, deadline_s=deadline_s
        )
        return self._shown("UpdateMicrogridDispatch", reply)

    def list(
        self,
        *,
        microgrid: int | None = None,
        filter: Filter | None = None,
        sort: tuple[int, int] | None = None,
        size: int | None = None,
        token: str | None = None,
        metadata: Headers | None = None,
        deadline_s: float | None = None,
    ) -> Page:
        """One page.

        Args:
            microgrid: another than this check's own.
            filter: None sends no filter.
            sort: field and order as numbers.
            size: None sends no size; 0 is sent.
            token: sent instead of a size; both at once cannot be said here.
            metadata: replaces the credentials.
            deadline_s: replaces the usual one.
        """
        request = self.list_request(
            microgrid=microgrid, filter=filter, sort=sort, size=size, token=token
        )
        reply: Any = self.call(
            "ListMicrogridDispatches", request, metadata=metadata, deadline_s=deadline_s
        )
        return self.page(reply)

    def list_request(
        self,
        *,
        microgrid: int | None = None,
        filter: Filter | None = None,
        sort: tuple[int, int] | None = None,
        size: int | None = None,
        token: str | None = None,
    ) -> Any:
        """The request of `list`, for checks that change it."""
        request = self.message("ListMicrogridDispatchesRequest")()
        request.microgrid_id = self.microgrid if microgrid is None else microgrid
        if filter is not None:
            request.filter.SetInParent()
            request.filter.CopyFrom(self.codec.filter(filter))
        if sort is not None:
            request.sort_options.SetInParent()
            request.sort_options.sort_field, request.sort_options.sort_order = map(int, sort)
        if size is not None:
            request.pagination_params.page_size = size
        if token is not None:
            request.pagination_params.page_token = token
        return request

    def page(self, reply: Any) -> Page:
        """What a List answer says."""
        info = reply.pagination_info
        return Page(
            items=tuple(self.decode(item) for item in reply.dispatches),
            total=info.total_items,
            next_token=info.next_page_token if info.HasField("next_page_token") else None,
            message=reply,
        )

    def walk(
        self,
        *,
        microgrid: int | None = None,
        filter: Filter | None = None,
        sort: tuple[int, int] | None = None,
        size: int | None = None,
        max_pages: int | None = None,
        repeat_query: bool = True,
    ) -> builtins.list[Page]:
        """All pages, in order; later requests carry the token and repeat filter and sort.

        Args:
            microgrid: another than this check's own.
            filter: of every request, or of the first one only.
            sort: likewise.
            size: of the first request.
            max_pages: stop after these.
            repeat_query: False sends later requests with the token alone.

        Raises:
            Nonconformance: it does not come to an end.
        """
        query = {"filter": filter, "sort": sort}
        return walked(
            lambda token: self.list(
                microgrid=microgrid,
                size=size if token is None else None,
                token=token,
                **(query if token is None or repeat_query else {}),  # type: ignore[arg-type]
            ),
            size=size,
            max_pages=max_pages,
        )

    def list_all(self, **query: Any) -> tuple[Dispatch, ...]:
        """The dispatches of all pages; takes what `walk` takes."""
        return tuple(item for page in self.walk(**query) for item in page.items)

    def require_private(self) -> None:
        """Make sure that nobody else's dispatches are in `microgrid`.

        Raises:
            Untestable: the pool's microgrids hold others.
        """
        if self.tracking.pooled and self.microgrid not in self.session.private:
            strangers = [d for d in self.list_all() if not self.owns(d.id)]
            if strangers or not self.session.exclusive:
                raise Untestable(f"microgrid {self.microgrid} of the pool is not ours alone")
            self.session.private.add(self.microgrid)

    def _named(self, request_name: str, id: int, microgrid: int | None) -> Any:
        request = self.message(request_name)()
        request.microgrid_id = self.microgrid if microgrid is None else microgrid
        request.dispatch_id = id
        return request

    def _shown(self, method: str, reply: Any) -> Dispatch:
        return self.tracking.shown(method, reply)
