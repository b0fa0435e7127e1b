"""The heart: versioned collections, their change log, pages, snapshots, subscriptions, masks.

Every API of the server lists things in pages and streams their changes; this package does it
once, for all of them. It knows no API, no schema and no clock: a dialect gives it encoders,
orders and filters, and gets ready-made bytes, revisions and cursors back.
"""

from simulator.store import masks
from simulator.store.change import Change, Kind, seen_through
from simulator.store.collection import Collection
from simulator.store.errors import BadCursor, BadMask, BadToken, FellBehind, StoreError
from simulator.store.page import Cursor, Page
from simulator.store.query import Order, Query
from simulator.store.snapshot import Snapshot
from simulator.store.subscription import Subscription
from simulator.store.tokens import TokenSigner
from simulator.store.wakeup import Wakeup

__all__ = [
    "BadCursor",
    "BadMask",
    "BadToken",
    "Change",
    "Collection",
    "Cursor",
    "FellBehind",
    "Kind",
    "Order",
    "Page",
    "Query",
    "Snapshot",
    "StoreError",
    "Subscription",
    "TokenSigner",
    "Wakeup",
    "masks",
    "seen_through",
]
