"""Many cases side by side: the event loop of `loop.py` over the columns of one matrix.

Lanes share what happens and when, and differ in numbers only. Between two shared moments each lane
goes through its own events, those that are due together at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from simulator.microgrid.scenario_base import from_us
from simulator.microgrid.units import EPSILON_W, S_PER_H, S_PER_US, US_PER_S

from . import columns as k
from .case import NotCovered
from .lanes_control import decide, impose, source_of, wake
from .lanes_flows import flow_in_lane
from .lanes_rows import write_rows
from .lanes_site import add_up, arrive, close, leave, load_of, settle, unfollowed_w
from .lanewise import Mask
from .memory import Floats, Ints
from .packing import Rows
from .reviewing import NEVER_S

__all__ = ["Lanes"]


@dataclass(slots=True, eq=False)
class Note:
    """An event of one lane."""

    lane: int
    row: list[float]
    """As `N_EVENT` says."""


@dataclass(slots=True, eq=False)
class Piece:
    """Settled segments of some lanes, for a record."""

    lanes: Ints
    since_us: Ints
    until_us: Ints
    state: Floats
    """Devices and nodes after it; powers are those at its start."""


class Lanes:
    """A group of cases on their way through time.

    `m`: the integers that they share; `w`: a row for each number, a column for each case; `rows`:
    the inputs of each, which all change at the same moments; `keeps`: whether every segment is
    kept as a piece.
    """

    def __init__(self, m: Ints, w: Floats, rows: Sequence[Rows], *, keeps: bool = False) -> None:
        self.m, self.w = m, w
        self.notes: list[Note] = []
        self.pieces: list[Piece] = []
        self._keeps = keeps
        lanes, front = w.shape[1], m
        self.bins = np.zeros((int(front[k.N_BINS]), k.N_BIN, lanes))
        """Energies between the edges: stretch, kind, lane."""
        self.segments, self.steps = np.zeros((2, lanes), dtype=np.int64)
        # Moments of lanes count from here; cycles of the controller begin at multiples of theirs.
        start_us = int(front[k.AT_SINCE])
        self._zero_us = start_us - start_us % max(int(front[k.CONTROL_US]), 1)
        self._since = np.full(lanes, float(start_us - self._zero_us))
        self._wake, self._own = np.full((2, lanes), np.inf)
        self._decided = np.full(lanes, -np.inf)
        self._bin = np.zeros(lanes, dtype=np.int64)
        edges = front[front[k.M_EDGES] : front[k.M_EDGES] + front[k.N_BINS] + 1]
        self._edges = (edges - self._zero_us).astype(np.float64)
        self._plan, self._slot = -1, 0
        same = all(each.values is rows[0].values for each in rows)
        self._values = (
            rows[0].values[:, :, None] if same else np.stack([each.values for each in rows], axis=2)
        )
        first = int(front[k.W_NODES])
        self._nodes = [first + i * k.N_NODE for i in range(int(front[k.N_NODES]))]
        self._devices = [i * k.N_DEVICE for i in range(int(front[k.N_DEVICES]))]
        self._producing = front[front[k.M_PRODUCING] : front[k.M_PRODUCING] + front[k.N_PRODUCING]]
        self._state = int(front[k.W_STATE])

    def run(self, report: Callable[[int], None]) -> None:
        """Go from the start to the end."""
        m, end_us = self.m, int(self.m[k.END_US])
        at, first = 0, int(m[k.M_HAPPENINGS])
        every = np.arange(self.w.shape[1])
        with np.errstate(all="ignore"):
            while True:
                moment = int(m[first + at * k.N_HAPPENING])
                self._until(min(moment, end_us))
                if moment > end_us:
                    break
                self._settle(self.w[: self._state], every, self._all_at(moment))
                while int(m[first + at * k.N_HAPPENING]) == moment:
                    place = first + at * k.N_HAPPENING
                    self._take(moment, *(int(each) for each in m[place + 1 : place + 4]))
                    at += 1
                new = np.zeros(len(every), dtype=np.bool_)
                self._solve(self.w[: self._state], every, self._all_at(moment), new)
                report(moment)
            self._settle(self.w[: self._state], every, self._all_at(end_us))
            close(m, self.w[: self._state])

    def _all_at(self, moment: int) -> Floats:
        return np.full(self.w.shape[1], float(moment - self._zero_us))

    def _until(self, moment: int) -> None:
        """Let lanes go through their own events before a shared moment."""
        while len(due := np.flatnonzero(self._wake < moment - self._zero_us)):
            s = self.w[: self._state, due]
            now_us = self._wake[due]
            self._settle(s, due, now_us)
            goes_on = np.zeros(len(due), dtype=np.bool_)
            if self.m[k.N_STORAGES] > 1:
                goes_on = now_us < np.minimum(self._decided[due] + US_PER_S, self._own[due])
            self._solve(s, due, now_us, goes_on)
            self.w[: self._state, due] = s

    # What happens

    def _take(self, moment: int, kind: int, one: int, two: int) -> None:
        if kind == k.ROW:
            self._inputs(one)
        elif kind == k.CHANGE:
            self._plan, self._slot = one, two
            impose(self.m, self.w, one)
        elif two >= 0:
            arrive(self.w, one, two)
        else:
            for lane, (had, lacks) in enumerate(zip(*leave(self.w, one), strict=True)):
                device = one // k.N_DEVICE
                self.notes.append(Note(lane, [moment, k.E_LEFT, device, float(had), float(lacks)]))

    def _inputs(self, place: int) -> None:
        values, w = self._values[place], self.w
        for d in self._devices:
            at = int(w[d + k.INPUT_AT, 0])
            if at >= 0:
                w[d + k.INPUT] = values[at]
        for n in self._nodes:
            first = int(w[n + k.N_LOADS, 0])
            inputs = self.m[first : first + int(w[n + k.N_N_LOADS, 0])]
            w[n + k.N_WANTED] = w[n + k.N_LOAD] = values[inputs].sum(axis=0)

    # Solve

    def _solve(self, s: Floats, lanes: Ints, now_us: Floats, goes_on: Mask) -> None:
        m = self.m
        self.steps[lanes] += 1
        self._decided[lanes] = np.where(goes_on, self._decided[lanes], now_us)
        outside = decide(m, s, self._plan, load_of(m, s), goes_on)
        if outside.any():
            us = self._zero_us + int(now_us[np.flatnonzero(outside)[0]])
            when = from_us(us).isoformat()
            raise NotCovered("batch", [f"limits of the site that bind (at {when})"])
        add_up(m, s)
        # What comes next is not known here: as far ahead as anything is.
        ahead = np.full(len(lanes), NEVER_S)
        self._wake[lanes], self._own[lanes] = wake(m, s, self._plan, now_us, ahead)
        for i, d in enumerate(self._devices):
            if s[d + k.KIND, 0] == k.STORAGE:
                self._threshold(s, lanes, now_us, i, d)

    def _threshold(self, s: Floats, lanes: Ints, now_us: Floats, i: int, d: int) -> None:
        cause = s[d + k.CAUSE]
        edge = np.where((cause == k.TAPER) | (cause == k.WINDOW), cause, 0.0)
        for lane in np.flatnonzero((edge != s[d + k.EDGE]) & (edge != 0.0)):
            high = float(s[d + k.ASKED, lane] > 0.0)
            t_us = float(self._zero_us) + float(now_us[lane])
            row = [t_us, k.E_THRESHOLD, i, float(edge[lane]), high]
            self.notes.append(Note(int(lanes[lane]), row))
        s[d + k.EDGE] = edge

    # Settle

    def _settle(self, s: Floats, lanes: Ints, until_us: Floats) -> None:
        """Settle some lanes up to their moments; lanes that stand there already do nothing."""
        moves = until_us > self._since[lanes]
        if not moves.all():
            if moves.any():
                part = s[:, moves]
                self._settle(part, lanes[moves], until_us[moves])
                s[:, moves] = part
            return
        since_us = self._since[lanes]
        t = (until_us - since_us) * S_PER_US
        before = s.copy() if self._keeps else s
        settle(self.m, s, t)
        if len(self.bins):
            self._spread(s, lanes, since_us, until_us)
        if self._keeps:
            write_rows(self.m, before, s, t)
            begins, ends = (self._zero_us + each.astype(np.int64) for each in (since_us, until_us))
            self.pieces.append(Piece(lanes, begins, ends, s.copy()))
        self.segments[lanes] += 1
        if s[self._plan + k.P_ACCOUNTED, 0]:
            self._book(s, lanes, t, t / S_PER_H)
        self._since[lanes] = until_us

    def _spread(self, s: Floats, lanes: Ints, since_us: Floats, until_us: Floats) -> None:
        """Add the energies of settled segments to the stretches that they touch."""
        n = self._nodes[-1]
        bending = int(s[n + k.N_BENDING, 0]), int(s[n + k.N_N_BENDING, 0])
        whole = np.stack(
            [
                s[n + k.N_ROW_IN],
                s[n + k.N_ROW_OUT],
                np.zeros(len(lanes)) - sum(s[d + k.NET] for d in self._producing),
            ]
        )
        before = np.zeros_like(whole)
        todo = np.arange(len(lanes))
        while len(todo):
            place = self._bin[lanes[todo]]
            end_us = np.minimum(self._edges[place + 1], until_us[todo])
            done = end_us == until_us[todo]
            share = (end_us - since_us[todo]) / (until_us[todo] - since_us[todo])
            reached = np.where(done, whole[:, todo], whole[:, todo] * share)
            for i in np.flatnonzero(~done & (s[n + k.N_BENDS, todo] != 0.0)):
                lane = int(todo[i])
                seconds = float(end_us[i] - since_us[lane]) * S_PER_US
                reached[:2, i] = flow_in_lane(self.m, s, n + k.N_C, *bending, lane, seconds)
            self.bins[place, :, lanes[todo]] += (reached - before[:, todo]).T
            before[:, todo] = reached
            full = (end_us == self._edges[place + 1]) & (place + 1 < len(self.bins))
            self._bin[lanes[todo]] += full
            todo = todo[~done]

    # Accounts

    def _book(self, s: Floats, lanes: Ints, t: Floats, hours: Floats) -> None:
        m, plan = self.m, self._plan
        followed, others = (int(s[plan + each, 0]) for each in (k.P_N_SOURCES, k.P_N_UNFOLLOWED))
        for j in range(followed + others):
            slot, source = int(m[self._slot + j]), source_of(m, s, plan, j)
            if slot < 0:
                continue
            if j < followed:
                first = int(s[source + k.S_STORAGES, 0])
                storages = m[first : first + int(s[source + k.S_N_STORAGES, 0])].tolist()
                delivered = sum(s[d + k.ENERGY] for d in storages) + np.zeros(len(lanes))
                asked = s[source + k.S_ASKED] * hours
                gaps = self._gaps(s, storages, hours)
            else:
                delivered = np.zeros(len(lanes))
                asked = unfollowed_w(m, s, source) * hours
                gaps = np.full((k.N_CAUSES, len(lanes)), -1.0)
                gaps[int(s[source + k.S_CAUSE, 0])] = 0.0
            self._account(slot, lanes, asked, delivered, t, gaps)

    def _gaps(self, s: Floats, storages: Sequence[int], hours: Floats) -> Floats:
        """Return what is missing by cause, -1 = not a cause."""
        lanes = np.arange(s.shape[1])
        gaps = np.full((k.N_CAUSES, len(lanes)), -1.0)
        for d in storages:
            off = s[d + k.OFF].astype(np.int64)
            is_off = (off == k.FAULT) | (off == k.STOPPED) | (off == k.SWITCHED_OFF)
            cause = np.where(is_off, off, s[d + k.CAUSE].astype(np.int64))
            gap = np.nan_to_num(np.abs(s[d + k.ASKED] * hours - s[d + k.ENERGY]))
            gap = np.where(is_off, 1e300, gap)
            gaps[cause, lanes] = np.maximum(gaps[cause, lanes], gap)
        gaps[k.NO_CAUSE] = -1.0
        nobody = (gaps < 0.0).all(axis=0)
        gaps[k.OVERRIDDEN] = np.where(nobody, 0.0, gaps[k.OVERRIDDEN])
        return gaps

    def _account(
        self, slot: int, lanes: Ints, asked: Floats, delivered: Floats, t: Floats, gaps: Floats
    ) -> None:
        w, row = self.w, int(self.m[k.W_ACCOUNTS]) + slot * k.N_ACCOUNT
        w[row + k.A_ASKED, lanes] += asked
        w[row + k.A_DELIVERED, lanes] += delivered
        w[row + k.A_GROSS, lanes] += np.abs(asked)
        missing = np.where(asked >= 0.0, asked - delivered, delivered - asked)
        some = missing > 1e-9 * np.abs(asked) + EPSILON_W * t / S_PER_H
        if not some.any():
            return
        missing = np.where(some, missing, 0.0)
        w[row + k.A_SHORT, lanes] += missing
        rows = row + k.A_SECONDS + np.arange(k.N_CAUSES)
        w[np.ix_(rows, lanes)] += np.where((gaps >= 0.0) & some, t, 0.0)
        by_name = np.argsort(k.NAME_ORDER)
        cause = by_name[gaps[by_name].argmax(axis=0)]
        w[row + k.A_MISSING + cause, lanes] += missing
        edge = (cause == k.WINDOW) | (cause == k.TAPER)
        full = np.where(asked > 0.0, k.N_CAUSES, k.N_CAUSES + 1)
        w[row + k.A_REASON + np.where(edge, full, cause), lanes] += missing
