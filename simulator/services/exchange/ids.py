"""Where ids come from: a readable prefix and a UUID, the same sequence for the same seed.

Clients tell kinds of services apart by the words `dataStore` and `timeSeriesDb` in their ids
(published SDK 0.0.24), so an id of one kind never holds the word of another.
"""

from random import Random
from uuid import UUID


class Ids:
    """Makes ids.

    Args:
        seed: the same one gives the same ids, in the order in which they are asked for.
    """

    def __init__(self, seed: int = 0) -> None:
        self._random = Random(seed)

    def new(self, prefix: str) -> str:
        """Return a new id such as `dataStore-2f1c…`; hexadecimal digits never make up a word."""
        return f"{prefix}-{UUID(int=self._random.getrandbits(128), version=4)}"
