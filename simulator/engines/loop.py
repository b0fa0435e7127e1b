"""The event loop of the compiled engine: `world.py` of the microgrid without its objects.

At each moment the segment is settled, then something changes, then powers are solved anew. The
loop stops when what it keeps finds no more room, and goes on from there when it is called again.
"""

from __future__ import annotations

from simulator.microgrid.units import S_PER_H, S_PER_US, US_PER_S

from . import columns as k
from .accounting import book
from .booking import keep, keep_tapers, settle_node, solve_node, spread
from .charging import arrive, resume_charger, settle_charger
from .control import decide, impose
from .devices import command_storage, settle_consumer, settle_producer, settle_storage
from .jit import compiled, entry, raw
from .laws import Array, Whole
from .memory import Floats, Ints
from .reviewing import note, wake


@entry
def advance(whole: Ints, floats: Floats, to_us: int) -> bool:
    """Let everything happen that is due up to and including a moment; False = no more room.

    The end of the run is a moment like others; `finish` settles what is left then.
    """
    m, w = raw(whole), raw(floats)
    while True:
        now_us = min(m[k.AT_WAKE], m[m[k.M_HAPPENINGS] + m[k.AT_HAPPENING] * k.N_HAPPENING])
        if now_us > to_us:
            return True
        if m[k.AT_EVENT] + 4 * m[k.N_DEVICES] + 4 > m[k.N_EVENTS]:
            return False
        if m[k.N_KEPT] > 0 and m[k.AT_KEPT] >= m[k.N_KEPT]:
            return False
        happen(m, w, now_us)


@entry
def finish(whole: Ints, floats: Floats) -> bool:
    """Settle the last segment; False = no more room."""
    m, w = raw(whole), raw(floats)
    if m[k.N_KEPT] > 0 and m[k.AT_KEPT] >= m[k.N_KEPT]:
        return False
    settle(m, w, m[k.END_US])
    m[k.AT_NOW] = m[k.END_US]
    return True


@compiled
def happen(m: Whole, w: Array, now_us: int) -> None:
    """Process everything due at one moment, then solve."""
    m[k.AT_NOW] = now_us
    settle(m, w, now_us)
    stale = False
    at = m[k.M_HAPPENINGS] + m[k.AT_HAPPENING] * k.N_HAPPENING
    while m[at] == now_us:
        stale = True
        kind, one, two = m[at + 1], m[at + 2], m[at + 3]
        if kind == k.ROW:
            take(m, w, one)
        elif kind == k.VISIT:
            visit(m, w, one, two)
        else:
            m[k.AT_PLAN], m[k.AT_SLOT] = one, two
            impose(m, w, one)
            switch(m, w, w[one + k.P_DARK] != 0.0)
        m[k.AT_HAPPENING] += 1
        at += k.N_HAPPENING
    m[k.AT_BEGUN] = 1
    m[k.AT_STEP] += 1
    load = 0.0
    for node in range(m[k.N_NODES]):
        load += w[m[k.W_NODES] + node * k.N_NODE + k.N_LOAD]
    for i in range(m[k.N_DEVICES]):
        w[i * k.N_DEVICE + k.HORIZON] = (m[at] - now_us) * S_PER_US
    # Batteries that reach their limits one after the other must not make the controller decide
    # ever faster.
    first_us = min(m[k.AT_DECIDED] + US_PER_S, m[k.AT_OWN])
    if not stale and m[k.N_STORAGES] > 1 and now_us < first_us:
        resume(m, w)
    else:
        m[k.AT_DECIDED] = now_us
        m[k.AT_CONFINED] = 1 if decide(m, w, m[k.AT_PLAN], load, now_us) else 0
    for node in range(m[k.N_NODES]):
        solve_node(m, w, m[k.W_NODES] + node * k.N_NODE)
    m[k.AT_WAKE] = wake(m, w, load)


@compiled
def resume(m: Whole, w: Array) -> None:
    """Let devices go on with what they were told, from their present states."""
    for i in range(m[k.N_DEVICES]):
        d = i * k.N_DEVICE
        if w[d + k.KIND] == k.CHARGER:
            resume_charger(w, d, m[k.W_TWIN])
        elif w[d + k.KIND] == k.STORAGE:
            asked, cause = w[d + k.ASKED], w[d + k.CAUSE]
            command_storage(w, d, w[d + k.TOLD])
            w[d + k.ASKED] = asked
            if cause == k.LIMIT and w[d + k.CAUSE] == k.NO_CAUSE:
                w[d + k.CAUSE] = cause


@compiled
def visit(m: Whole, w: Array, d: int, stay: int) -> None:
    """Let a vehicle come or leave."""
    if stay >= 0:
        arrive(w, d, stay)
        return
    w[d + k.PRESENT] = 0.0
    missing = w[d + k.GOAL] - w[d + k.STORED]
    if missing <= 1e-6 * w[d + k.GOAL]:
        missing = 0.0
    charged = w[d + k.STORED] - w[d + k.ARRIVED_WH]
    note(m, w, k.E_LEFT, d // k.N_DEVICE, charged, missing)


@compiled
def take(m: Whole, w: Array, row: int) -> None:
    """Take a row of inputs."""
    for i in range(m[k.N_DEVICES]):
        at = int(w[i * k.N_DEVICE + k.INPUT_AT])
        if at >= 0:
            w[i * k.N_DEVICE + k.INPUT] = w[row + at]
    for node in range(m[k.N_NODES]):
        n = m[k.W_NODES] + node * k.N_NODE
        load = 0.0
        first = int(w[n + k.N_LOADS])
        for at in range(first, first + int(w[n + k.N_N_LOADS])):
            load += w[row + m[at]]
        w[n + k.N_WANTED] = load
        w[n + k.N_LOAD] = 0.0 if m[k.AT_DARK] != 0 else load


@compiled
def switch(m: Whole, w: Array, dark: bool) -> None:
    """Serve the hidden loads, or none of them."""
    if dark == (m[k.AT_DARK] != 0):
        return
    m[k.AT_DARK] = 1 if dark else 0
    for node in range(m[k.N_NODES]):
        n = m[k.W_NODES] + node * k.N_NODE
        w[n + k.N_LOAD] = 0.0 if dark else w[n + k.N_WANTED]
    note(m, w, k.E_SHED if dark else k.E_SERVED, m[k.ZERO], 0.0 if dark else 1.0, 0.0)


@compiled
def settle(m: Whole, w: Array, now_us: int) -> None:
    """Advance every state from its last time to now and book the segment."""
    if now_us <= m[k.AT_SINCE] or m[k.AT_BEGUN] == 0:
        return
    t = (now_us - m[k.AT_SINCE]) * S_PER_US
    hours = t / S_PER_H
    keeps = m[k.N_KEPT] > 0
    if keeps:
        keep_tapers(m, w)
    for node in range(m[k.N_NODES]):
        settle_node(m, w, m[k.W_NODES] + node * k.N_NODE, t, hours)
    terms, found = m[k.W_TERMS], m[k.W_FOUND]
    for i in range(m[k.N_DEVICES]):
        d = i * k.N_DEVICE
        kind = w[d + k.KIND]
        if kind == k.STORAGE:
            settle_storage(w, d, t, hours, terms, found)
        elif kind == k.PRODUCER:
            settle_producer(w, d, hours)
        elif kind == k.CHARGER:
            settle_charger(w, d, t, hours, terms, found)
        else:
            settle_consumer(w, d, hours)
    if m[k.N_BINS] > 0:
        spread(m, w, now_us)
    if keeps:
        keep(m, w, now_us)
    m[k.AT_SEGMENT] += 1
    if w[m[k.AT_PLAN] + k.P_ACCOUNTED] != 0.0:
        book(m, w, t)
    m[k.AT_SINCE] = now_us
