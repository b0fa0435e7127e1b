"""All operations on data stores, `storage_*`, under the names that they have on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.services.exchange.directories import Directories
from simulator.services.exchange.files import Files
from simulator.services.exchange.stores import Stores
from simulator.services.exchange.zips import Zips

if TYPE_CHECKING:
    from simulator.services.exchange.core import Core


class Storage(Stores, Directories, Files, Zips):
    """Stores, their directories, their files, and archives of these."""

    def __init__(self, core: Core) -> None:
        for part in (Stores, Directories, Files, Zips):
            part.__init__(self, core)
