"""Eight cases at once in machine code, for their sums: what `loop.py` does, in lanes.

Lanes share dispatches and vehicles; between two moments at which these change each goes through its
own events and inputs. A lane that waits for the others does its last step again, over no time.
"""

from __future__ import annotations

from simulator.microgrid.units import EPSILON_W, S_PER_H, S_PER_US, US_PER_S

from . import columns as k
from .accounting import NEGLIGIBLE
from .jit import entry, laned, laned_apart, raw
from .lanes_control import decide, impose, source_of, wake
from .lanes_flows import flow_in_lane
from .lanes_site import add_up, arrive, close, leave, load_of, settle, unfollowed_w
from .lanewise import Mask, in_lane, lanes_of, least, nothing, pick, put, scatter, size, some, where
from .memory import Floats, Ints
from .vectors import rows_of_lanes

# Rows of the clock, moments in microseconds since one that all share: up to when a lane is settled,
# when it must look again, ... when its inputs change next and which row of them that is, when the
# stretch between two edges ends and which one that is, what flowed in it so far; inputs follow.
(
    SINCE,
    WAKE,
    OWN,
    DECIDED,
    GOES_ON,
    NEXT,
    ROW,
    TABLE,
    EDGE,
    BIN,
    BINS,
    SUM_IN,
    SUM_OUT,
    SUM_PV,
    INPUTS,
) = range(15)
"""`TABLE` and `BINS`: where the inputs and the stretches of a lane begin among those of all."""
T_ASKED, T_SHORT = range(2)
N_TALLY = 2
"""What is kept of an occurrence."""


@entry
def run(
    whole: Ints,
    state: Floats,
    clock: Floats,
    marks: Ints,
    moments: Floats,
    inputs: Floats,
    edges: Floats,
    tallies: Floats,
    left: Floats,
    bins: Floats,
) -> bool:
    """Go from the start to the end; False = the limits of the site bind, which lanes do not know.

    `state`, `clock`, `tallies` and `left` are matrices of lanes: the state of `memory.py`, the rows
    above, two rows for each occurrence, and two for each vehicle that leaves (what it was charged
    with, what it misses). `marks` are the happenings that lanes share. `moments` and `inputs` say
    what inputs are from when on. `bins` has for each lane energies in, out and of PV between the
    `edges`, and room for as much as a lane more. A last moment and a last edge are infinite.
    """
    m, s, c = raw(whole), rows_of_lanes(state), rows_of_lanes(clock)
    happening, at = raw(marks), m[k.ZERO]
    feed, sums, gone = (raw(moments), raw(inputs)), rows_of_lanes(tallies), rows_of_lanes(left)
    grid = (raw(edges), raw(bins), len(edges) - 2)
    plan, slot, n_left = -1, 0, m[k.ZERO]
    nowhere = c[SINCE] != c[SINCE]
    end_us = float(m[k.END_US])
    while True:
        moment = min(float(happening[at]), end_us)
        while True:
            due = least(c[WAKE], c[NEXT])
            goes = due < moment
            if not some(goes):
                break
            _pass(m, s, c, sums, grid, plan, slot, where(goes, due, c[SINCE]))
            takes = _take(m, s, c, feed)
            if not _solve(m, s, c, plan, goes, takes, moment):
                return False
        _pass(m, s, c, sums, grid, plan, slot, nothing(c[SINCE]) + moment)
        if float(happening[at]) > end_us:
            close(m, s)
            return True
        _take(m, s, c, feed)
        while float(happening[at]) == moment:
            kind, one, two = happening[at + 1], happening[at + 2], happening[at + 3]
            if kind == k.CHANGE:
                plan, slot = one, two
                impose(m, s, one)
            elif two >= 0:
                arrive(s, one, two)
            else:
                gone[n_left], gone[n_left + 1] = leave(s, one)
                n_left += 2
            at += k.N_HAPPENING
        if not _solve(m, s, c, plan, ~nowhere, ~nowhere, float(happening[at])):
            return False


@laned
def _pass(
    m: Ints,
    s: Floats,
    c: Floats,
    sums: Floats,
    grid: tuple[Floats, Floats, int],
    plan: int,
    slot: int,
    until_us: Floats,
) -> None:
    """Settle each lane up to a moment."""
    t = (until_us - c[SINCE]) * S_PER_US
    settle(m, s, t)
    _spread(m, s, c, grid, until_us)
    if plan >= 0 and s[plan + k.P_ACCOUNTED, 0] != 0.0:
        _book(m, s, sums, plan, slot, t)
    c[SINCE] = until_us


@laned
def _take(m: Ints, s: Floats, c: Floats, feed: tuple[Floats, Floats]) -> Mask:
    """Take the inputs that begin now; return in which lanes any did."""
    moments, inputs = feed
    takes: Mask = c[NEXT] == c[SINCE]
    if not some(takes):
        return takes
    width, row = m[k.N_INPUTS], where(takes, c[ROW], -1.0)
    place = where(takes, c[TABLE] + row * float(width), 0.0)
    for i in range(width):
        c[INPUTS + i] = where(takes, pick(inputs, place + float(i)), c[INPUTS + i])
    c[NEXT] = where(takes, pick(moments, row + 1.0), c[NEXT])
    c[ROW] = where(takes, row + 1.0, c[ROW])
    for i in range(m[k.N_DEVICES]):
        at = int(s[i * k.N_DEVICE + k.INPUT_AT, 0])
        if at >= 0:
            s[i * k.N_DEVICE + k.INPUT] = c[INPUTS + at]
    for node in range(m[k.N_NODES]):
        n = m[k.W_NODES] + node * k.N_NODE
        load = nothing(s[n])
        first = int(s[n + k.N_LOADS, 0])
        for at in range(first, first + int(s[n + k.N_N_LOADS, 0])):
            load = load + c[INPUTS + m[at]]
        s[n + k.N_WANTED], s[n + k.N_LOAD] = load, load
    return takes


@laned
def _solve(
    m: Ints, s: Floats, c: Floats, plan: int, goes: Mask, is_new: Mask, to_us: float
) -> bool:
    """Decide anew, or go on, as far as a shared moment; False = the site leaves its limits."""
    now_us = c[SINCE]
    goes_on = c[GOES_ON] != 0.0
    if m[k.N_STORAGES] > 1:
        soon = now_us < least(c[DECIDED] + US_PER_S, c[OWN])
        goes_on = (goes & ~is_new & soon) | (~goes & goes_on)
        c[GOES_ON] = where(goes_on, 1.0, 0.0)
    c[DECIDED] = where(goes & ~goes_on, now_us, c[DECIDED])
    ahead = (least(c[NEXT], nothing(now_us) + to_us) - now_us) * S_PER_US
    for i in range(m[k.N_DEVICES]):
        s[i * k.N_DEVICE + k.HORIZON] = ahead
    if some(decide(m, s, plan, load_of(m, s), goes_on)):
        return False
    add_up(m, s)
    c[WAKE], c[OWN] = wake(m, s, plan, now_us, ahead)
    return True


@laned
def _spread(
    m: Ints, s: Floats, c: Floats, grid: tuple[Floats, Floats, int], until_us: Floats
) -> None:
    """Add the energies of settled segments to the stretches between the edges that they touch."""
    n = m[k.W_NODES] + (m[k.N_NODES] - 1) * k.N_NODE
    since_us = c[SINCE]
    made = nothing(until_us)
    for at in range(m[k.M_PRODUCING], m[k.M_PRODUCING] + m[k.N_PRODUCING]):
        made = made - s[m[at] + k.NET]
    before_in, before_out, before_made = made - made, made - made, made - made
    goes = True
    while goes:
        end_us = least(c[EDGE], until_us)
        inside = end_us < until_us
        goes = some(inside)
        next_in, next_out, next_made = s[n + k.N_ROW_IN], s[n + k.N_ROW_OUT], made
        if goes:
            share = where(inside, (end_us - since_us) / (until_us - since_us), 1.0)
            next_in, next_out, next_made = next_in * share, next_out * share, made * share
            bends = inside & (s[n + k.N_BENDS] != 0.0)
            if some(bends):
                seconds = where(bends, (end_us - since_us) * S_PER_US, 0.0)
                first, count = int(s[n + k.N_BENDING, 0]), int(s[n + k.N_N_BENDING, 0])
                for lane in range(lanes_of(seconds)):
                    t = in_lane(seconds, lane)
                    if t > 0.0:
                        one, other = flow_in_lane(m, s, n + k.N_C, first, count, lane, t)
                        next_in = put(next_in, lane, one)
                        next_out = put(next_out, lane, other)
        c[SUM_IN] = c[SUM_IN] + (next_in - before_in)
        c[SUM_OUT] = c[SUM_OUT] + (next_out - before_out)
        c[SUM_PV] = c[SUM_PV] + (next_made - before_made)
        before_in, before_out, before_made = next_in, next_out, next_made
        if some(c[EDGE] == end_us):
            _turn_over(c, grid, end_us)


@laned
def _turn_over(c: Floats, grid: tuple[Floats, Floats, int], end_us: Floats) -> None:
    """Write down what flowed in stretches that end."""
    edges, bins, count = grid
    ends, place = c[EDGE] == end_us, c[BIN]
    # Lanes whose stretch goes on write behind those of all.
    spare = float(lanes_of(place) * k.N_BIN * count)
    at = where(ends, c[BINS] + place, spare)
    for i in range(k.N_BIN):
        scatter(bins, at, i * count, c[SUM_IN + i])
        c[SUM_IN + i] = where(ends, 0.0, c[SUM_IN + i])
    c[BIN] = where(ends, place + 1.0, place)
    c[EDGE] = where(ends, pick(edges, where(ends, place + 2.0, 0.0)), c[EDGE])


@laned_apart
def _book(m: Ints, s: Floats, sums: Floats, plan: int, slot: int, t: Floats) -> None:
    """Book settled segments with the running dispatches."""
    hours = t / S_PER_H
    n_sources = int(s[plan + k.P_N_SOURCES, 0])
    for j in range(n_sources + int(s[plan + k.P_N_UNFOLLOWED, 0])):
        row = m[slot + j] * N_TALLY
        if row < 0:
            continue
        source = source_of(m, s, plan, j)
        delivered = nothing(t)
        if j < n_sources:
            asked = s[source + k.S_ASKED] * hours
            first = int(s[source + k.S_STORAGES, 0])
            for at in range(first, first + int(s[source + k.S_N_STORAGES, 0])):
                delivered = delivered + s[m[at] + k.ENERGY]
        else:
            asked = unfollowed_w(m, s, source) * hours
        missing = where(asked >= 0.0, asked - delivered, delivered - asked)
        small = missing <= NEGLIGIBLE * size(asked) + EPSILON_W * t / S_PER_H
        sums[row + T_ASKED] = sums[row + T_ASKED] + asked
        sums[row + T_SHORT] = sums[row + T_SHORT] + where(small, 0.0, missing)
