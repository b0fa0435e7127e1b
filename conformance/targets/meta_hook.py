"""The mutation hook as one check uses it: gated, recorded, journalled, cleaned up.

Only names of this run are ever written, so that on a shared system nothing of anybody else's is
touched; nothing is made the default region.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from conformance.failures import JudgeError
from conformance.oracles.meta.model import Data
from conformance.recorder import Recorder, Step, now_us
from conformance.targets.hooks.model import (
    FAULTS,
    HookError,
    HookRefused,
    Json,
    Undeclared,
)
from conformance.targets.meta_codec import kind_of_name, to_json
from conformance.targets.meta_session import MetaSession, made

BARRIER_S = 3.0
"""How long a change may take until it is listed, unless a check says otherwise."""

Listed = Callable[[Sequence[str]], list[Data]]
"""Those of some resources that List shows."""


class Hook:
    """Brings change about on behalf of one check.

    Args:
        session: with the adapter.
        recorder: of the check.
        listed: how to look whether a change has arrived, where the hook cannot tell.
    """

    def __init__(self, session: MetaSession, recorder: Recorder, listed: Listed) -> None:
        self._session = session
        self._recorder = recorder
        self._listed = listed
        self._made: dict[str, bool] = {}  # names in order of making, and whether others read them
        self._unseen: dict[str, Data | None] = {}

    @property
    def capabilities(self) -> frozenset[str]:
        """What it can do; nothing without a hook, or where writes are not allowed."""
        return self._session.abilities.capabilities

    @property
    def tag_key(self) -> str:
        """Name of the metadata by which it knows watches."""
        return self._session.abilities.tag_key

    @property
    def made(self) -> tuple[str, ...]:
        """Names of what the check has made and not yet deleted, in the order of making."""
        return tuple(self._made)

    def upsert(self, data: Data) -> str:
        """Create or replace a resource; its revision, "" where the hook tells none.

        Raises:
            Undeclared: the hook cannot.
            HookError: it should, and did not.
        """
        self._require("mutate")
        self._prepare(data)
        resource = to_json(kind_of_name(data["name"]), data)
        return self._committed({"op": "upsert", "resource": resource}, [data])

    def delete(self, name: str) -> str:
        """Delete a resource; its revision.

        Raises:
            Undeclared, HookError: as `upsert`.
        """
        self._require("mutate")
        self._guard(name)
        return self._committed({"op": "delete", "name": name}, [name])

    def apply(self, changes: Sequence[Data | str]) -> str:
        """All of these changes as one revision: resources to upsert, names to delete.

        Raises:
            Undeclared, HookError: as `upsert`; the hook has to be atomic.
        """
        self._require("atomic")
        items: list[Json] = []
        for change in changes:
            if isinstance(change, str):
                self._guard(change)
                items.append({"delete": change})
            else:
                self._prepare(change)
                items.append({"upsert": to_json(kind_of_name(change["name"]), change)})
        return self._committed({"op": "apply", "changes": items}, changes)

    def change(self, changes: Sequence[Data | str]) -> None:
        """These changes in this order, at once if the hook can do that.

        Raises:
            Undeclared, HookError: as `upsert`.
        """
        if "atomic" in self.capabilities:
            self.apply(changes)
            return
        for change in changes:
            if isinstance(change, str):
                self.delete(change)
            else:
                self.upsert(change)

    def reset(self, fixture: str = "default") -> str:
        """Replace the whole registry, on a target that is nobody else's.

        Raises:
            Undeclared: profile full was not asked for.
        """
        self._require("mutate")
        if self._session.depth != "full":
            raise Undeclared("a registry that may be shared is not reset; needs profile full")
        revision = str(self._asked({"op": "reset", "fixture": fixture}).get("revision", ""))
        for name in list(self._made):
            self._forget(name)
        return revision

    def barrier(self, timeout_s: float = BARRIER_S) -> int:
        """Wait until every change so far is listed and sent to open watches.

        Without that capability it is asked for by List, and watches get the time of the profile.

        Returns:
            Watches that were not waited for, 0 if the hook does not know.

        Raises:
            HookError: it takes longer.
        """
        if "barrier" in self.capabilities:
            answer = self._asked({"op": "barrier", "timeout": timeout_s})
            self._unseen.clear()
            return int(answer.get("stalled", 0))
        self._wait_listed(timeout_s)
        time.sleep(self._session.profile.quiet)
        return 0

    def fault(
        self,
        kind: str,
        *,
        tag: str = "",
        after_chunks: int | None = None,
        code: int | None = None,
        value: int | None = None,
        n: int | None = None,
        ms: int | None = None,
    ) -> int:
        """Order legal but rare behaviour; how many open watches it concerns.

        Args:
            kind: one of `FAULTS`.
            tag: of the watches; all of them if empty.
            after_chunks: messages with changes that each may still send before.
            code: number of the status of `drop_stream`; absent UNAVAILABLE, 0 a clean end.
            value: of `send_snapshot_size`; absent the true one.
            n: of `split_changeset`.
            ms: of `pause_emission`; 0 until `resume_emission`.

        Raises:
            Undeclared, HookError: as `upsert`.
        """
        self._require(FAULTS[kind])
        given = {"after_chunks": after_chunks, "code": code, "value": value, "n": n, "ms": ms}
        request: Json = {"op": "fault", "fault": kind}
        request |= {"tag": tag} if tag else {}
        request |= {key: item for key, item in given.items() if item is not None}
        return int(self._asked(request).get("watches", 0))

    def shelve(self, names: Sequence[str]) -> None:
        """Leave these for other checks: the end of the run removes them."""
        for name in names:
            self._made.pop(name, None)
        self._session.lasting += names

    def clean(self) -> None:
        """Delete what the check has made; what cannot be deleted stays in the journal.

        Where calls are few, the deletion waits for that of other checks.
        """
        left = list(self._made)
        is_atomic = len(left) > 0 and "atomic" in self.capabilities
        if is_atomic and self._session.depth != "full":
            self._made.clear()
            self._session.leave(left)
            return
        left.reverse()
        try:
            if is_atomic and len(left) > 1 and self._session.remove(left):
                self._made.clear()
                return
            for name in left:
                self._cleaned(name)
        except JudgeError:
            return

    def _cleaned(self, name: str) -> None:
        self._session.client.budget.clean()
        answer = self._sent({"op": "delete", "name": name})
        if answer["ok"] or answer.get("code") == "NOT_FOUND":
            self._gone(name)

    def _committed(self, request: Json, changes: Sequence[Data | str]) -> str:
        new = [c["name"] for c in changes if not isinstance(c, str) and c["name"] not in self._made]
        for name in new:
            # Before the call: it may be carried out and its answer never come.
            self._session.journal.created(made(name))
            self._made[name] = True
        answer = self._asked(request, creates=bool(new))
        for change in changes:
            if isinstance(change, str):
                self._forget(change)
                self._unseen[change] = None
            else:
                ignored = set(answer.get("ignored", ()))
                kept = {k: v for k, v in change.items() if _camel(k) not in ignored}
                self._unseen[change["name"]] = kept
        return str(answer.get("revision", ""))

    def _asked(self, request: Json, *, creates: bool = False) -> Json:
        self._session.client.budget.spend(creates=creates)
        answer = self._sent(request)
        if answer["ok"]:
            return answer
        what = request["op"]
        if answer.get("unsupported"):
            raise HookError(f"the hook declares what it does not support: {what}")
        raise HookRefused(what, str(answer.get("code", "UNKNOWN")), str(answer.get("error", "")))

    def _sent(self, request: Json) -> Json:
        at_us, began = now_us(), time.perf_counter()
        answer: Json = {"ok": False, "error": "no answer"}
        try:
            answer = self._session.adapter.send(request)
        finally:
            took_ms = (time.perf_counter() - began) * 1000
            self._recorder.add(
                Step(
                    kind="hook",
                    method=str(request["op"]),
                    request={key: value for key, value in request.items() if key != "op"},
                    reply=answer,
                    at_us=at_us,
                    took_ms=took_ms,
                )
            )
        return answer

    def _require(self, capability: str) -> None:
        if not self._session.declared:
            raise Undeclared("the profile declares no mutation hook that may be used")
        if capability not in self.capabilities:
            raise Undeclared(f"the hook has no capability {capability}")

    def _prepare(self, data: Data) -> None:
        self._guard(data["name"])
        if data.get("is_default"):
            raise ValueError("a check never makes a region the default one")

    def _guard(self, name: str) -> None:
        if not self._session.names.owns(name):
            raise ValueError(f"{name} is not of this run, and not to be written")

    def _forget(self, name: str) -> None:
        if name in self._made:
            self._session.client.budget.release()
        self._gone(name)

    def _gone(self, name: str) -> None:
        self._made.pop(name, None)
        self._session.journal.removed(made(name))

    def _wait_listed(self, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while self._unseen:
            found = {data["name"]: data for data in self._listed(list(self._unseen))}
            for name, wanted in list(self._unseen.items()):
                if _shows(found.get(name), wanted):
                    del self._unseen[name]
            if self._unseen and time.monotonic() > deadline:
                names = ", ".join(self._unseen)
                self._unseen.clear()
                raise HookError(f"not listed within {timeout_s:g} s as the hook left it: {names}")
            if self._unseen:
                time.sleep(0.1)


def _camel(name: str) -> str:
    """The JSON name of a field."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _shows(found: Data | None, wanted: Data | None) -> bool:
    """Whether a resource is as it was written, apart from what the server adds."""
    if found is None or wanted is None:
        return found is wanted
    return all(_same(found.get(key), value) for key, value in wanted.items() if key != "metadata")


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(found.get(key) == value for key, value in wanted.items())
    return bool(found == wanted)
